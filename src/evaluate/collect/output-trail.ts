import type { SignalOutput } from '../../signal/signal.ts'

/** Everything that was said, as a number each, with the moment at which it was known: two runs can be compared by it. */
export class OutputTrail {
  private readonly hashes: number[] = []
  private readonly times: number[] = []

  get length(): number {
    return this.hashes.length
  }

  add(output: SignalOutput, availableUs: number): void {
    this.hashes.push(hashOf(JSON.stringify(output)))
    this.times.push(availableUs)
  }

  /** How many were known up to then. */
  until(timeUs: number): number {
    const later = this.times.findIndex(each => each > timeUs)
    return later < 0 ? this.times.length : later
  }

  /** First output up to then in which both differ; undefined when they are equal. */
  differsFrom(other: OutputTrail, untilUs: number): number | undefined {
    const count = Math.max(this.until(untilUs), other.until(untilUs))
    for (let at = 0; at < count; at++) if (this.hashes[at] !== other.hashes[at]) return at
    return undefined
  }
}

/** 53 bits of FNV-1a over two lanes. */
function hashOf(text: string): number {
  let a = 0x811c9dc5
  let b = 0x1234567
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    a = Math.imul(a ^ code, 0x01000193)
    b = Math.imul(b ^ code, 0x85ebca6b)
  }
  return (a >>> 0) * 0x200000 + ((b >>> 0) & 0x1fffff)
}
