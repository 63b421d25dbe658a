import type { ProductType, WireId } from './wire-trade.ts'

/* Native payloads of candles, tickers and prices, with the meaning of every wire letter. */

/** One candle. */
export interface WireCandle {
  /** Open and close time. */
  readonly t: number
  readonly T: number
  /** Symbol; absent in continuous klines. */
  readonly s?: string
  /** Interval. */
  readonly i: string
  /** First and last trade id; times in index and mark price klines. */
  readonly f: WireId
  readonly L: WireId
  /** Open, close, high, low. */
  readonly o: string
  readonly c: string
  readonly h: string
  readonly l: string
  /** Volume: base coins, or contracts on COIN-M. */
  readonly v: string
  /** Number of trades. */
  readonly n: number
  /** The candle is closed. */
  readonly x: boolean
  /** Quote volume; base coins on COIN-M. */
  readonly q: string
  /** Taker buy volume, and its quote volume. */
  readonly V: string
  readonly Q: string
}

/** `<symbol>@kline_<interval>`, with `@+08:00` too. */
export interface KlinePayload {
  readonly e: 'kline'
  /** Event time. */
  readonly E: number
  /** Symbol. */
  readonly s: string
  readonly k: WireCandle
}

/** `<pair>_<contract>@continuousKline_<interval>`. */
export interface ContinuousKlinePayload {
  readonly e: 'continuous_kline'
  /** Event time. */
  readonly E: number
  /** Pair and contract type. */
  readonly ps: string
  readonly ct: string
  readonly k: WireCandle
}

/** `<pair>@indexPriceKline_<interval>` and `<symbol>@markPriceKline_<interval>`. */
export interface PriceKlinePayload {
  readonly e: 'indexPrice_kline' | 'markPrice_kline'
  /** Event time. */
  readonly E: number
  /** Pair. */
  readonly ps: string
  readonly k: WireCandle
}

/** `<symbol>@miniTicker`, `!miniTicker@arr`. */
export interface MiniTickerPayload {
  readonly e: '24hrMiniTicker'
  /** Event time. */
  readonly E: number
  /** Symbol, and its pair on futures. */
  readonly s: string
  readonly ps?: string
  /** Close, open, high, low of 24 hours. */
  readonly c: string
  readonly o: string
  readonly h: string
  readonly l: string
  /** Volume and quote volume. */
  readonly v: string
  readonly q: string
  readonly st?: ProductType
}

/** `<symbol>@ticker`, `!ticker@arr`, `@optionTicker`, and the rolling windows of spot. */
export interface TickerPayload {
  readonly e: '24hrTicker' | '1hTicker' | '4hTicker' | '1dTicker'
  /** Event time. */
  readonly E: number
  /** Symbol, and its pair on futures. */
  readonly s: string
  readonly ps?: string
  /** Price change, change in percent, weighted average price. */
  readonly p: string
  readonly P: string
  readonly w: string
  /** Last price, and its quantity (not in windows). */
  readonly c: string
  readonly Q?: string
  /** Open, high, low. */
  readonly o: string
  readonly h: string
  readonly l: string
  /** Volume and quote volume. */
  readonly v: string
  readonly q: string
  /** Begin and end of the window. */
  readonly O: number
  readonly C: number
  /** First and last trade id, number of trades. */
  readonly F: WireId
  readonly L: WireId
  readonly n: number
  /** Spot, 24 hours: price of the trade before the window, best bid and ask with quantities. */
  readonly x?: string
  readonly b?: string
  readonly B?: string
  readonly a?: string
  readonly A?: string
  readonly st?: ProductType
}

/** `<symbol>@avgPrice` of spot. */
export interface AveragePricePayload {
  readonly e: 'avgPrice'
  /** Event time. */
  readonly E: number
  /** Symbol, interval of the average, the average. */
  readonly s: string
  readonly i: string
  readonly w: string
  /** Time of the last trade. */
  readonly T: number
}

/** `<symbol>@referencePrice` of spot. */
export interface ReferencePricePayload {
  readonly e: 'referencePrice'
  /** Symbol. */
  readonly s: string
  /** Reference price; null while there is none. */
  readonly r: string | null
  /** Engine time. */
  readonly t: number
}

/** `<symbol>@markPrice…`, `!markPrice@arr…`, `<pair>@markPrice…`. */
export interface MarkPricePayload {
  readonly e: 'markPriceUpdate'
  /** Event time. */
  readonly E: number
  /** Symbol. */
  readonly s: string
  /** Mark price, and its moving average on USD-M since 2026-03-16. */
  readonly p: string
  readonly ap?: string
  /** Index price. */
  readonly i?: string
  /** Estimated settlement price, of use in the last hour before delivery only. */
  readonly P: string
  /** Funding rate, "" on delivery contracts. */
  readonly r: string
  /** Next funding time, 0 on delivery contracts. */
  readonly T: number
  readonly st?: ProductType
}

/** `<pair>@indexPrice` of COIN-M; the pair stands in `i` or, since its announced renaming, in `s`. */
export interface IndexPricePayload {
  readonly e: 'indexPriceUpdate'
  /** Event time. */
  readonly E: number
  /** Index price. */
  readonly p: string
  readonly i?: string
  readonly s?: string
}
