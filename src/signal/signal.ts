import type { ReadableBook } from '../book/readable-book.ts'
import type {
  GapEvent,
  KlineEvent,
  LiquidationEvent,
  MarkPriceEvent,
  OpenInterestEvent,
  QuoteEvent,
  ResyncEvent,
  TradeEvent,
} from '../model/event.ts'
import type { InstrumentId } from '../model/instrument.ts'
import type { DurationMs, EpochUs } from '../model/time.ts'

/** The maintained book after a change. The view is read in place and is valid during the call only. */
export interface BookInput {
  readonly kind: 'bookState'
  readonly instrument: InstrumentId
  readonly exchangeTimeUs: EpochUs
  readonly receiveTimeUs: EpochUs
  readonly book: ReadableBook
}

/**
 * One whole second of receive time has passed. Each comes exactly once and in order between events, live by a timer and in a
 * replay by the receive time of the next event: what depends on silence is therefore equal in both.
 */
export interface SecondInput {
  readonly kind: 'second'
  readonly receiveTimeUs: EpochUs
  /** Streams (`<instrument> <channel>`) that are known to be behind: their silence does not mean that nothing happened. */
  readonly behind?: ReadonlySet<string> | undefined
}

/** What signals are fed with, in the order of receipt. */
export type SignalInput =
  | TradeEvent
  | QuoteEvent
  | KlineEvent
  | MarkPriceEvent
  | OpenInterestEvent
  | LiquidationEvent
  | GapEvent
  | ResyncEvent
  | BookInput
  | SecondInput

/** Channels a signal has to be fed with. */
export type SignalNeed =
  | 'trade'
  | 'rawTrade'
  | 'quote'
  | 'book'
  | 'markPrice'
  | 'openInterest'
  | 'liquidation'
  | `kline:${string}`

/**
 * `warming`: fewer inputs than the definition needs, the value is absent. `stale`: no fresh input, the last value is kept.
 * `gapped`: something is missing inside the window and was not healed. `invalid`: the input contradicts itself.
 */
export type SignalState = 'warming' | 'ok' | 'stale' | 'gapped' | 'invalid'

export type SignalParams = Readonly<Record<string, number | string | boolean>>

export type SignalRow = Readonly<Record<string, number | string | boolean | undefined>>

/** Closed candles a live start has to bring before the stream, so that the value is right from the first one on. */
export interface SignalHistory {
  readonly interval: string
  readonly candles: number
}

export interface SignalQuality {
  /** Inputs the value rests on. */
  readonly n: number
  /** Exchange time from which on inputs were taken. */
  readonly sinceUs: EpochUs
  /** Inputs that came after their bucket had closed, and were left out. */
  readonly lateDropped: number
  /** Gaps inside the window, or since the anchor. */
  readonly gaps: number
  /** Of sampled inputs (liquidations): the worst among them. */
  readonly coverage?: LiquidationEvent['coverage'] | undefined
  /** Age of the newest input by receive time. */
  readonly ageMs: DurationMs
  /** Recursive averages: the seed weighs less than 0.1 %. */
  readonly converged?: boolean | undefined
}

/** A measurement with its stated quality. It is never advice. */
export interface SignalValue {
  readonly kind: 'signal'
  /** Such as `flow.cvd`. */
  readonly signal: string
  readonly instrument: InstrumentId
  /** The options in use: values with different ones are not comparable. */
  readonly params: SignalParams
  /** Exchange time the value is true for. */
  readonly timeUs: EpochUs
  /** When its last input was received: nobody could know the value before. */
  readonly receiveTimeUs: EpochUs
  /** Absent while there is none; never NaN, never 0 in place of nothing. */
  readonly value?: number | undefined
  /** Further named figures, and the main one again under its own name. */
  readonly values?: Readonly<Record<string, number | string | boolean | undefined>> | undefined
  /** A table that belongs to the value, such as the prices of a footprint. */
  readonly rows?: readonly SignalRow[] | undefined
  /** Unit of `value`, such as `base`, `bps`, `ratio`; empty where there never will be a value. */
  readonly unit: string
  readonly state: SignalState
  /** Why there is no value and will be none: a stream that the signal needs was refused. */
  readonly reason?: string | undefined
  readonly quality: SignalQuality
  /** The value replaces an earlier one: what was missing has been healed. */
  readonly revised?: true | undefined
}

/** One term of a rule with its threshold, passed or not. */
export interface SignalReason {
  readonly term: string
  readonly value: number | string | undefined
  readonly unit: string
  readonly threshold: number | string
  readonly pass: boolean
}

/** What was measured about a kind of signal on recordings; null is shown as "not measured". */
export interface Reliability {
  readonly horizonMs: DurationMs
  readonly n: number
  readonly hitRate: number
  readonly low95: number
  readonly high95: number
  readonly baseRate: number
  readonly meanNetBps: number
  readonly measuredOn: string
}

/** Something began, went on or ended. Never conflated. */
export interface SignalEvent {
  readonly kind: 'signalEvent'
  /** Equal for start, updates and end of one episode. */
  readonly id: string
  /** The signal's id, such as `deriv.liqCascade`. */
  readonly type: string
  readonly instruments: readonly InstrumentId[]
  readonly params: SignalParams
  readonly timeUs: EpochUs
  readonly receiveTimeUs: EpochUs
  readonly phase: 'start' | 'update' | 'end'
  readonly direction: 1 | -1 | 0
  /** 0 to 1; no probability. */
  readonly strength: number
  /** One factual sentence with numbers, and the sign in words. */
  readonly headline: string
  readonly reasons: readonly SignalReason[]
  /** Contrary facts that are known. */
  readonly against: readonly string[]
  readonly notes: readonly string[]
  readonly values: Readonly<Record<string, number | string | boolean | undefined>>
  readonly quality: SignalQuality & { readonly state: SignalState }
  readonly evidence: { readonly fromUs: EpochUs; readonly toUs: EpochUs; readonly streams: readonly string[] }
  readonly reliability: Reliability | null
}

export type SignalOutput = SignalValue | SignalEvent

export interface SignalOutlet {
  emit(output: SignalOutput): void
}

/**
 * A fold from inputs to measurements. Deterministic: equal inputs in equal order give equal outputs, whether they come live, in
 * batches or from a recording. It is fed only with what it needs of its own instruments, and with every second.
 */
export interface Signal {
  /** Such as `flow.cvd`. */
  readonly id: string
  readonly instruments: readonly InstrumentId[]
  readonly params: SignalParams
  readonly needs: readonly SignalNeed[]
  /** Candles of the past that it should be fed with first, as closed `kline` events with `recovered`. */
  readonly history?: readonly SignalHistory[] | undefined
  accept(input: SignalInput, outlet: SignalOutlet): void
}
