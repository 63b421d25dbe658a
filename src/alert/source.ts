import type { InstrumentId } from '../model/instrument.ts'
import type { SignalParams } from '../signal/signal.ts'

export const STREAM_FIELDS = {
  trade: ['price', 'quantity', 'notional'],
  quote: ['mid', 'bid', 'ask', 'spread', 'spreadBps', 'bidQuantity', 'askQuantity'],
  mark: ['price', 'index', 'fundingRate', 'premiumBps'],
  ticker: ['last', 'open', 'high', 'low', 'volume', 'quoteVolume', 'changePct'],
  liquidation: ['quantity', 'notional', 'price'],
  openInterest: ['quantity'],
} as const

export type StreamName = keyof typeof STREAM_FIELDS

export const HEALTH_FIELDS = [
  'silentStreams',
  'staleStreams',
  'rejectedStreams',
  'missing',
  'gaps',
  'reconnects',
  'closedConnections',
  'roundTripMs',
  'messageAgeMs',
  'rateLimitUsed',
  'clockOffsetMs',
  'unsyncedBooks',
  'dropped',
] as const

export type HealthField = (typeof HEALTH_FIELDS)[number]

export const ACCOUNT_FIELDS = [
  'fill',
  'fill.quantity',
  'fill.notional',
  'order',
  'marginCall',
  'state',
  'gap',
  'synced',
  'marginRatio',
] as const

export type AccountField = (typeof ACCOUNT_FIELDS)[number]

/** Channels whose arrival alone can be watched (`noDataFor`), and whose lifecycle is told as events. */
export const WATCHED_CHANNELS = [
  'trade',
  'rawTrade',
  'quote',
  'book',
  'ticker',
  'markPrice',
  'liquidation',
  'openInterest',
  'status',
] as const

/** What a rule reads. `text` is its name in the rule's own words, equal for equal sources. */
export type AlertSource = { readonly text: string } & (
  | { readonly kind: 'stream'; readonly stream: StreamName; readonly field: string }
  /** Arrival of anything on a channel; its value counts nothing. */
  | { readonly kind: 'channel'; readonly channel: string }
  /** `gap`, `resync` and `connection` events of a channel. */
  | { readonly kind: 'lifecycle'; readonly event: 'gap' | 'resync' | 'connection'; readonly channel: string }
  | {
      readonly kind: 'signal'
      readonly signal: string
      readonly params: SignalParams
      /** `value`, or a name among `values`. */
      readonly path: string
      /** The interval of a candle source. */
      readonly interval: string | undefined
    }
  | { readonly kind: 'health'; readonly field: HealthField; readonly channel: string | undefined }
  | { readonly kind: 'account'; readonly field: AccountField; readonly account: string | undefined }
)

/** True for sources that are closed candles of an interval. */
export function isCandleSource(source: AlertSource): boolean {
  return source.kind === 'signal' && source.interval !== undefined
}

/** What is said of a whole account and not of one of its instruments. */
const ACCOUNT_WIDE: readonly AccountField[] = ['marginCall', 'state', 'gap', 'synced', 'marginRatio']

/** The instrument that a source is read of, for a rule on an instrument; undefined for what belongs to none. */
export function instrumentFor(source: AlertSource, instrument: InstrumentId | undefined): InstrumentId | undefined {
  return source.kind === 'account' && ACCOUNT_WIDE.includes(source.field) ? undefined : instrument
}
