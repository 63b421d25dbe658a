import type { InstrumentId } from '../model/instrument.ts'
import type { DurationMs } from '../model/time.ts'
import type { SignalParams } from '../signal/signal.ts'
import type { AlertSource } from './source.ts'

export const SEVERITIES = ['info', 'warn', 'critical'] as const

export type Severity = (typeof SEVERITIES)[number]

export const FREQUENCIES = ['once', 'everyTime', 'oncePerCandle', 'oncePerCandleClose'] as const

/**
 * `once`: the first fire is the last. `everyTime`: whenever the state machine fires. `oncePerCandle`: at most once within one
 * candle, also while it is open. `oncePerCandleClose`: only closed candles are looked at.
 */
export type Frequency = (typeof FREQUENCIES)[number]

/** What is compared with: a number, or another source of the same instrument. */
export type Target = number | AlertSource

/** What must be true. A condition with a `source` of its own reads that in place of the rule's. */
export type Condition =
  /** At or above `level`; armed again at or below `rearm`. @default rearm: as soon as it is below `level` */
  | {
      readonly kind: 'above' | 'below'
      readonly level: number
      readonly rearm: number | undefined
      readonly source: Src
    }
  /** From at or below to above it (`crossUp`), and as long as it stays there. */
  | { readonly kind: 'crossUp' | 'crossDown'; readonly target: Target; readonly source: Src }
  /** From `low` to `high`, both included in `inside` and excluded from `outside`. */
  | { readonly kind: 'inside' | 'outside'; readonly low: number; readonly high: number; readonly source: Src }
  /** Against the value that was in force `withinMs` earlier. Positive: it rose by so much; negative: it fell. */
  | {
      readonly kind: 'changePct'
      readonly withinMs: DurationMs
      readonly percent: number
      readonly isEither: boolean
      readonly source: Src
    }
  /** One thing that happened: fires by itself, and is over at once. */
  | {
      readonly kind: 'event'
      /** `any`, or the phase that is meant. */
      readonly phase: string
      readonly direction: 1 | -1 | 0 | undefined
      readonly source: Src
    }
  | { readonly kind: 'noDataFor'; readonly ms: DurationMs; readonly source: Src }
  | { readonly kind: 'all'; readonly conditions: readonly Condition[] }
  | { readonly kind: 'any'; readonly conditions: readonly Condition[] }
  | { readonly kind: 'not'; readonly condition: Condition }

type Src = AlertSource | undefined

/** When a rule may fire, in UTC. A rule that fires outside of it is suppressed, and counted. */
export interface Schedule {
  /** 0 is Sunday. @default every day */
  readonly days: readonly number[]
  /** Minutes since midnight; `fromMinute` above `toMinute` goes over midnight. */
  readonly fromMinute: number
  readonly toMinute: number
}

/** A rule as plain data, checked and complete. */
export interface AlertRule {
  readonly id: string
  readonly name: string
  /** Empty: those that the caller names. */
  readonly instruments: readonly InstrumentId[]
  readonly source: AlertSource
  /** Options of a signal. */
  readonly params: SignalParams
  readonly condition: Condition
  readonly forMs: DurationMs
  readonly cooldownMs: DurationMs
  readonly maxPerHour: number
  readonly frequency: Frequency
  readonly onMissing: 'hold' | 'fire'
  readonly requireConverged: boolean
  readonly fireOnStart: boolean
  readonly severity: Severity
  /** With `{value}`, `{name}`, `{instrument}`, … in it. */
  readonly message: string
  readonly channels: readonly string[]
  readonly schedule: Schedule | undefined
  /** Microseconds since 1970. */
  readonly expiresAtUs: number | undefined
  readonly enabled: boolean
}

/** Every source that a rule reads, its own first, each once. */
export function sourcesOf(rule: Pick<AlertRule, 'source' | 'condition'>): readonly AlertSource[] {
  const found = new Map<string, AlertSource>([[rule.source.text, rule.source]])
  const visit = (condition: Condition): void => {
    if (condition.kind === 'all' || condition.kind === 'any') {
      condition.conditions.forEach(visit)
      return
    }
    if (condition.kind === 'not') {
      visit(condition.condition)
      return
    }
    if (condition.source !== undefined) found.set(condition.source.text, condition.source)
    const isCross = condition.kind === 'crossUp' || condition.kind === 'crossDown'
    if (isCross && typeof condition.target !== 'number') found.set(condition.target.text, condition.target)
  }
  visit(rule.condition)
  return [...found.values()]
}
