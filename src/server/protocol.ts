import type { SignalEvent } from '../signal/signal.ts'
import type { SignalReading } from './signal-protocol.ts'

export type * from './signal-protocol.ts'

/**
 * The dashboard's wire protocol, shared by the server and the browser: types and pure functions only. Control travels as
 * JSON text; the ladder and the tape travel as binary frames (binary-frame.ts). Times are microseconds since 1970.
 */
export const PROTOCOL_VERSION = 1

/** Path of the WebSocket gateway. */
export const GATEWAY_PATH = '/ws'

/** The largest control message that a client may send, bytes. */
export const MAX_CONTROL_BYTES = 4096

export const VIEW_NAMES = [
  'ticker',
  'candles',
  'ladder',
  'tape',
  'funding',
  'liquidations',
  'signals',
  'flow',
  'pressure',
  'openInterest',
  'health',
  'account',
  'alerts',
] as const

export type ViewName = (typeof VIEW_NAMES)[number]

export const SOURCE_KINDS = ['generated', 'recording', 'live', 'testnet', 'demo'] as const

/** Where the data comes from; anything but `live` is said on every screen. */
export interface SourceInfo {
  readonly kind: (typeof SOURCE_KINDS)[number]
  /** For people: the name of the recording, the seed of the generated market, the venue. */
  readonly label: string
}

/** What a view says about itself. The order is from best to worst. */
export const STATE_ORDER = [
  'live',
  'quiet',
  'empty',
  'unsupported',
  'throttled',
  'backfilling',
  'loading',
  'gapped',
  'stale',
  'error',
  'disconnected',
] as const

export type StateKind = (typeof STATE_ORDER)[number]

export interface GapSpan {
  readonly fromUs: number
  readonly toUs: number
  readonly reason: string
  /** Ids or times of the venue, where it numbers what it sends. */
  readonly detail?: string | undefined
}

export interface ViewState {
  readonly kind: StateKind
  /** The cause in one line, without ages: those are counted where they are shown. */
  readonly text: string
  readonly sinceUs: number
  /** The last event of this very view. */
  readonly lastEventUs?: number | undefined
  /** The last sign of life of the connection that carries it. */
  readonly heardUs?: number | undefined
  readonly gap?: GapSpan | undefined
  readonly suggestions?: readonly string[] | undefined
  readonly retryAtUs?: number | undefined
}

/** How bad a state is: 0 is live. */
export function severityOf(kind: StateKind): number {
  return STATE_ORDER.indexOf(kind)
}

/** Browser to server. */
export type ClientMessage =
  | { readonly op: 'auth'; readonly token: string }
  | { readonly op: 'ping'; readonly t0: number }
  /** Caps every view of this client; a hidden tab asks for 1. */
  | { readonly op: 'pace'; readonly maxHz: number }
  | ({ readonly op: 'subscribe'; readonly id: number } & ViewRequest)
  | { readonly op: 'unsubscribe'; readonly id: number }
  | { readonly op: 'resnapshot'; readonly id: number }

export interface ViewRequest {
  readonly view: ViewName
  /** Absent for `health` and `account`. */
  readonly instrument?: string | undefined
  readonly params?: ViewParams | undefined
  /** @default 10 */
  readonly maxHz?: number | undefined
}

export interface ViewParams {
  /** `candles`: the venue's own interval name. */
  readonly interval?: string | undefined
  /** `ladder`: grouped rows per side. */
  readonly rows?: number | undefined
  /** `ladder`: price steps per row. */
  readonly group?: number | undefined
}

export interface Stamps {
  /** The venue's time of the newest event inside; 0 where it sends none. */
  readonly tsExch: number
  readonly tsRecv: number
  readonly tsSent: number
}

/** Server to browser, as JSON text. */
export type ServerMessage =
  | HelloMessage
  | { readonly type: 'pong'; readonly t0: number; readonly serverUs: number }
  /** Once a second, so that a dead server is noticed although the socket is open. */
  | { readonly type: 'beat'; readonly serverUs: number }
  | DataMessage
  | StateMessage
  | {
      readonly type: 'error'
      readonly id?: number | undefined
      readonly code: string
      readonly message: string
      readonly suggestions?: readonly string[] | undefined
    }
  /** The client reads too slowly: every view is capped to `hz`; `undefined` lifts the cap. */
  | { readonly type: 'throttled'; readonly hz?: number | undefined; readonly reason: string }

export interface HelloMessage {
  readonly type: 'hello'
  readonly protocol: number
  readonly source: SourceInfo
  readonly instruments: readonly string[]
  readonly serverUs: number
  readonly limits: { readonly views: number; readonly maxHz: number }
}

/** `seq` counts every message of one subscription from 1, without holes. */
export interface DataMessage extends Stamps {
  readonly type: 'snapshot' | 'delta'
  readonly id: number
  readonly seq: number
  readonly data: unknown
}

export interface StateMessage {
  readonly type: 'state'
  readonly id: number
  readonly seq: number
  readonly tsSent: number
  readonly state: ViewState
}

/** What an instrument looks like to the screen. Decimal texts are the venue's own. */
export interface InstrumentInfo {
  readonly id: string
  readonly venue: string
  readonly symbol: string
  readonly kind: string
  readonly base: string
  readonly quote: string
  readonly isTrading: boolean
  readonly tickSize?: string | undefined
  readonly lotSize?: string | undefined
  readonly unit: 'base' | 'contracts'
  readonly contractSize: number
  readonly isInverse: boolean
}

export interface TickerData {
  readonly last?: number | undefined
  readonly lastSide?: 'buy' | 'sell' | undefined
  readonly lastUs?: number | undefined
  readonly open?: number | undefined
  readonly high?: number | undefined
  readonly low?: number | undefined
  readonly volume?: number | undefined
  readonly quoteVolume?: number | undefined
  readonly tickerUs?: number | undefined
  readonly mark?: number | undefined
  readonly index?: number | undefined
  readonly fundingRate?: number | undefined
  readonly fundingTimeUs?: number | undefined
  readonly markUs?: number | undefined
  /** Why there is no mark price, index and funding. */
  readonly markReason?: string | undefined
}

/** `[openTimeSeconds, open, high, low, close, volume, takerBuyVolume or -1, closed]`. */
export type Bar = readonly [
  time: number,
  open: number,
  high: number,
  low: number,
  close: number,
  volume: number,
  buyVolume: number,
  closed: 0 | 1,
]

export interface CandlesData {
  readonly bars: readonly Bar[]
  /** Whole list; sent with snapshots and when it changed. */
  readonly gaps?: readonly CandleGap[] | undefined
  /** Last price and its time, which may be newer than the newest candle. */
  readonly last?: number | undefined
}

export interface CandleGap extends GapSpan {
  /** The candles of the span were read again over REST: they are whole although the stream was not. */
  readonly isReloaded: boolean
}

/** `[timeUs, mark, index or -1, funding rate or null]`. */
export type FundingPoint = readonly [timeUs: number, mark: number, index: number, rate: number | null]

/** `[timeUs, rate for the interval that ended]`. */
export type SettledPoint = readonly [timeUs: number, rate: number]

export interface FundingData {
  readonly points: readonly FundingPoint[]
  readonly fundingRate?: number | undefined
  readonly fundingTimeUs?: number | undefined
  /** Hours between the settlements of this contract, from the settlements themselves; absent until they are known. */
  readonly intervalHours?: number | undefined
  /** What was paid, oldest first: whole list; sent with snapshots and when it changed. */
  readonly settled?: readonly SettledPoint[] | undefined
  /** Why there is no list of what was paid. */
  readonly settledReason?: string | undefined
  /** `deriv.tension`; absent on a server without signals. */
  readonly tension?: SignalReading | undefined
}

export interface LiquidationRow {
  readonly timeUs: number
  /** Side of the forced order: `sell` closes a long position. */
  readonly side: 'buy' | 'sell'
  readonly price: number
  readonly quantity: number
  readonly quote: number
}

export interface LiquidationsData {
  /** Oldest first. */
  readonly rows: readonly LiquidationRow[]
  /** `[minute start in seconds, quote of longs liquidated, quote of shorts liquidated]`, whole list, at most 60. */
  readonly minutes: readonly (readonly [number, number, number])[]
  readonly coverage: string
  readonly sinceUs: number
  /** Cascades that go on: the newest event of each side. */
  readonly cascades: readonly SignalEvent[]
  /** `deriv.liqCascade`; absent on a server without signals. */
  readonly cascade?: SignalReading | undefined
}

export interface Incident {
  readonly timeUs: number
  readonly kind: 'gap' | 'resync' | 'connection' | 'stale' | 'server'
  readonly scope: string
  readonly text: string
}

export interface ProcessFigures {
  readonly uptimeS: number
  readonly cpuPercent: number
  readonly heapMb: number
  readonly rssMb: number
  readonly loopDelayP50Ms: number
  readonly loopDelayP99Ms: number
  readonly clients: number
  readonly views: number
  readonly sentMessages: number
  readonly sentBytes: number
  /** Messages that a slow client was spared; its newest state was sent in their place. */
  readonly conflated: number
}
