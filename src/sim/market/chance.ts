import type { Random } from '../../net/random.ts'
import { seededRandom } from '../../net/random.ts'

/** A 32-bit number from a seed and a name, so that each part of the market has its own, independent chance. */
export function mixSeed(seed: number, name: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0
  for (let index = 0; index < name.length; index++) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193) >>> 0
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b) >>> 0
  return (hash ^ (hash >>> 15)) >>> 0
}

/** The distributions agents draw from. */
export class Chance {
  readonly next: Random

  constructor(seed: number, name: string) {
    this.next = seededRandom(mixSeed(seed, name))
  }

  isLucky(probability: number): boolean {
    return this.next() < probability
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.next()
  }

  /** Waiting time with the given mean. */
  exponential(mean: number): number {
    return -Math.log(1 - this.next()) * mean
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next())
  }

  /** Sizes of orders: many small ones, few large ones; the median is 1. */
  logNormal(deviation: number): number {
    return Math.exp(this.normal() * deviation)
  }

  /** Heavy-tailed sizes from `least` up to `most`; the smaller the exponent, the heavier. */
  pareto(exponent: number, least: number, most: number): number {
    return Math.min(most, least / (1 - this.next()) ** (1 / exponent))
  }
}
