import { type Random, seededRandom } from '../../../src/net/random.ts'

/** Draws from one named stream of a seed, so that more draws in one place change nothing in another. */
export class Chance {
  readonly next: Random

  constructor(seed: number, name: string) {
    let mixed = seed >>> 0
    for (let i = 0; i < name.length; i++) mixed = Math.imul(mixed ^ name.charCodeAt(i), 0x01000193) >>> 0
    this.next = seededRandom(Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) >>> 0)
    this.next()
  }

  /** In [from, to). */
  between(from: number, to: number): number {
    return from + (to - from) * this.next()
  }

  /** A whole number, both ends included. */
  whole(from: number, to: number): number {
    return from + Math.floor((to - from + 1) * this.next())
  }

  isLess(share: number): boolean {
    return this.next() < share
  }

  /** Exponentially distributed: the distance of independent events. */
  wait(meanMs: number): number {
    return -meanMs * Math.log(1 - this.next())
  }

  pick<T>(list: readonly T[]): T {
    const found = list[Math.floor(this.next() * list.length)]
    if (found === undefined) throw new Error('nothing to pick from')
    return found
  }

  /** So many of the list, in drawn order. */
  some<T>(list: readonly T[], count: number): T[] {
    const left = [...list]
    const taken: T[] = []
    while (taken.length < count && left.length > 0) taken.push(...left.splice(Math.floor(this.next() * left.length), 1))
    return taken
  }
}
