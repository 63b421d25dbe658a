import { ChangeTerm } from './change-term.ts'
import { LevelTerm, RangeTerm, type Remembered, type Term, type Truth } from './condition.ts'
import { CrossTerm } from './cross-term.ts'
import { EventTerm, SilenceTerm } from './event-term.ts'
import type { Occurrence, Reading } from './reading.ts'
import type { Condition } from './rule.ts'

/** The running form of a condition. `source` is what its parts read unless they name another. */
export function termOf(condition: Condition, source: string): Term {
  switch (condition.kind) {
    case 'above':
    case 'below':
      return new LevelTerm(own(condition, source), condition.kind === 'above', condition.level, condition.rearm)
    case 'inside':
    case 'outside':
      return new RangeTerm(own(condition, source), condition.kind === 'inside', condition.low, condition.high)
    case 'crossUp':
    case 'crossDown': {
      const target = typeof condition.target === 'number' ? condition.target : condition.target.text
      return new CrossTerm(own(condition, source), condition.kind === 'crossUp', target)
    }
    case 'changePct':
      return new ChangeTerm(own(condition, source), condition.withinMs, condition.percent, condition.isEither)
    case 'event':
      return new EventTerm(own(condition, source), condition.phase, condition.direction)
    case 'noDataFor':
      return new SilenceTerm(own(condition, source), condition.ms)
    case 'all':
    case 'any':
      return new GroupTerm(
        condition.kind === 'all',
        condition.conditions.map(part => termOf(part, source)),
      )
    case 'not':
      return new NotTerm(termOf(condition.condition, source))
  }
}

function own(condition: { readonly source: { readonly text: string } | undefined }, source: string): string {
  return condition.source?.text ?? source
}

/** True and false win over what cannot be said, as in Kleene's logic. */
class GroupTerm implements Term {
  private readonly isAll: boolean
  private readonly terms: readonly Term[]

  constructor(isAll: boolean, terms: readonly Term[]) {
    this.isAll = isAll
    this.terms = terms
  }

  get occurrence(): Occurrence | undefined {
    return this.terms.find(term => term.occurrence !== undefined)?.occurrence
  }

  get beganUs(): number | undefined {
    return this.terms.find(term => term.truth().holds === true && term.beganUs !== undefined)?.beganUs
  }

  read(source: string, reading: Reading): void {
    for (const term of this.terms) term.read(source, reading)
  }

  tick(atUs: number): void {
    for (const term of this.terms) term.tick(atUs)
  }

  carryOn(): void {
    for (const term of this.terms) term.carryOn?.()
  }

  /** Armed again when a part of `all` is, or every part of `any`. */
  truth(): Truth {
    const parts = this.terms.map(term => term.truth())
    const decisive = !this.isAll
    const holds = parts.some(part => part.holds === decisive)
      ? decisive
      : parts.some(part => part.holds === undefined)
        ? undefined
        : !decisive
    const isRearmed = this.isAll ? parts.some(part => part.isRearmed) : parts.every(part => part.isRearmed)
    return { holds, isRearmed }
  }

  snapshot(): readonly Remembered[] {
    return this.terms.flatMap(term => term.snapshot())
  }

  restore(from: Remembered[]): void {
    for (const term of this.terms) term.restore(from)
  }
}

class NotTerm implements Term {
  readonly occurrence: Occurrence | undefined = undefined
  readonly beganUs: number | undefined = undefined
  private readonly term: Term

  constructor(term: Term) {
    this.term = term
  }

  read(source: string, reading: Reading): void {
    this.term.read(source, reading)
  }

  tick(atUs: number): void {
    this.term.tick(atUs)
  }

  carryOn(): void {
    this.term.carryOn?.()
  }

  truth(): Truth {
    const { holds } = this.term.truth()
    return { holds: holds === undefined ? undefined : !holds, isRearmed: holds === true }
  }

  snapshot(): readonly Remembered[] {
    return this.term.snapshot()
  }

  restore(from: Remembered[]): void {
    this.term.restore(from)
  }
}
