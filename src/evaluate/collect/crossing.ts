/** Tells when a value comes to at least `level`, or to at most minus that: once, until it was back between them. */
export class Crossing {
  private readonly level: number
  private side: 1 | -1 | 0 | undefined

  constructor(level: number) {
    this.level = level
  }

  /** @param value undefined when it cannot be trusted: what comes behind that is no crossing @returns the direction of an onset */
  see(value: number | undefined): 1 | -1 | undefined {
    const before = this.side
    this.side = value === undefined ? undefined : value >= this.level ? 1 : value <= -this.level ? -1 : 0
    const isOnset = before !== undefined && this.side !== undefined && this.side !== 0 && this.side !== before
    return isOnset && this.side !== 0 ? this.side : undefined
  }
}
