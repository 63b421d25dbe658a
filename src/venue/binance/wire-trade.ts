/*
 * Native payloads of trades, quotes and books, with the meaning of every wire letter. Prices and quantities are decimal
 * texts. Sources: spot docs web-socket-streams.md, USD-M, COIN-M and options stream catalogues, read 2026-11.
 */

/** Ids beyond 2^53 come as text, so that none loses a digit. */
export type WireId = number | string

/** 1 = USD-M, 2 = COIN-M; on futures since 2026-06-30. */
export type ProductType = number

/** `<symbol>@aggTrade`. */
export interface AggTradePayload {
  readonly e: 'aggTrade'
  /** Event time. */
  readonly E: number
  /** Symbol. */
  readonly s: string
  /** Aggregate trade id. */
  readonly a: WireId
  /** Price. */
  readonly p: string
  /** Quantity; on USD-M with fills against retail-price-improvement orders. */
  readonly q: string
  /** USD-M: quantity without those fills. */
  readonly nq?: string
  /** First and last trade id inside. */
  readonly f: WireId
  readonly l: WireId
  /** Trade time. */
  readonly T: number
  /** The buyer was the maker: the taker sold. */
  readonly m: boolean
  readonly st?: ProductType
}

/** `<symbol>@trade`, on options `<symbol>@optionTrade`. */
export interface TradePayload {
  readonly e: 'trade'
  /** Event time. */
  readonly E: number
  /** Symbol. */
  readonly s: string
  /** Trade id. */
  readonly t: WireId
  /** Price and quantity. */
  readonly p: string
  readonly q: string
  /** Trade time. */
  readonly T: number
  /** The buyer was the maker: the taker sold. */
  readonly m: boolean
  /** Futures: MARKET, INSURANCE_FUND, ADL, NA; options: MARKET, BLOCK. */
  readonly X?: string
  /** Options: the taker's side, BUY or SELL. */
  readonly S?: string
  readonly st?: ProductType
}

/** `<symbol>@blockTrade` of spot. */
export interface BlockTradePayload {
  readonly e: 'blockTrade'
  /** Event time. */
  readonly E: number
  /** Symbol. */
  readonly s: string
  /** Block trade id. */
  readonly t: WireId
  /** Price and quantity. */
  readonly p: string
  readonly q: string
  /** Trade time. */
  readonly T: number
  /** The buyer was the maker. */
  readonly m: boolean
}

/** `<symbol>@bookTicker`, `!bookTicker`. */
export interface BookTickerPayload {
  /** Absent on spot. */
  readonly e?: 'bookTicker'
  /** Update id. */
  readonly u: WireId
  /** Symbol, and its pair on futures. */
  readonly s: string
  readonly ps?: string
  /** Best bid: price and quantity. */
  readonly b: string
  readonly B: string
  /** Best ask: price and quantity. */
  readonly a: string
  readonly A: string
  /** Transaction and event time; absent on spot. */
  readonly T?: number
  readonly E?: number
  readonly st?: ProductType
}

/** `[price, quantity]`; quantity 0 removes the level. */
export type WireLevel = readonly [price: string, quantity: string]

/** `<symbol>@depth…`, partial depth of futures and options, and `<symbol>@rpiDepth@500ms`. */
export interface DepthUpdatePayload {
  readonly e: 'depthUpdate'
  /** Event time, and transaction time on futures and options. */
  readonly E: number
  readonly T?: number
  /** Symbol, and its pair on futures. */
  readonly s: string
  readonly ps?: string
  /** First and last update id of the event. */
  readonly U: WireId
  readonly u: WireId
  /** Futures and options: last update id of the event before. */
  readonly pu?: WireId
  /** Bids and asks. */
  readonly b: readonly WireLevel[]
  readonly a: readonly WireLevel[]
  readonly st?: ProductType
}

/** `<symbol>@depth<levels>` of spot, which names neither event nor symbol. */
export interface PartialDepthPayload {
  readonly lastUpdateId: WireId
  readonly bids: readonly WireLevel[]
  readonly asks: readonly WireLevel[]
}
