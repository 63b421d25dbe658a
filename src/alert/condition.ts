import type { Occurrence, Reading } from './reading.ts'

/** `holds` is undefined while it cannot be said. */
export interface Truth {
  readonly holds: boolean | undefined
  readonly isRearmed: boolean
}

export const UNKNOWN: Truth = { holds: undefined, isRearmed: false }

export function plainTruth(holds: boolean | undefined): Truth {
  return { holds, isRearmed: holds === false }
}

/** Plain JSON: what a condition remembers of the past. */
export type Remembered = readonly (number | null)[]

/** One term of a rule. It is fed with the readings of the sources it names, and asked what holds now. */
export interface Term {
  /** A reading of one of its sources, by the source's text. */
  read(source: string, reading: Reading): void
  /** Time has passed. */
  tick(atUs: number): void
  /** The rule was active when an earlier process ended. */
  carryOn?(): void
  truth(): Truth
  /** What has just happened, where the term is an event; it is over with the next reading. */
  readonly occurrence: Occurrence | undefined
  /** Exchange time at which what holds now began, where the term knows it better than the reading that told it. */
  readonly beganUs: number | undefined
  snapshot(): readonly Remembered[]
  /** Takes back what `snapshot` gave, from the front of the list. */
  restore(from: Remembered[]): void
}

/** A term that looks at one value. */
export abstract class ValueTerm implements Term {
  readonly occurrence: Occurrence | undefined = undefined
  readonly beganUs: number | undefined = undefined
  protected readonly source: string
  protected value: number | undefined

  constructor(source: string) {
    this.source = source
  }

  read(source: string, reading: Reading): void {
    // What happens has a strength, which is no value of the source.
    if (source === this.source && reading.occurrence === undefined) this.value = reading.value
  }

  tick(_atUs: number): void {}

  abstract truth(): Truth

  snapshot(): readonly Remembered[] {
    return [[this.value ?? null]]
  }

  restore(from: Remembered[]): void {
    this.value = from.shift()?.[0] ?? undefined
  }
}

export class LevelTerm extends ValueTerm {
  private readonly isAbove: boolean
  private readonly level: number
  private readonly rearm: number | undefined

  constructor(source: string, isAbove: boolean, level: number, rearm: number | undefined) {
    super(source)
    this.isAbove = isAbove
    this.level = level
    this.rearm = rearm
  }

  truth(): Truth {
    const { value, isAbove, level, rearm } = this
    if (value === undefined) return UNKNOWN
    const holds = isAbove ? value >= level : value <= level
    if (rearm === undefined) return plainTruth(holds)
    return { holds, isRearmed: isAbove ? value <= rearm : value >= rearm }
  }
}

export class RangeTerm extends ValueTerm {
  private readonly isInside: boolean
  private readonly low: number
  private readonly high: number

  constructor(source: string, isInside: boolean, low: number, high: number) {
    super(source)
    this.isInside = isInside
    this.low = low
    this.high = high
  }

  truth(): Truth {
    const { value } = this
    if (value === undefined) return UNKNOWN
    return plainTruth((value >= this.low && value <= this.high) === this.isInside)
  }
}
