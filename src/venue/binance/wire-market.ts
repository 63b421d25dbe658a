import type { ProductType } from './wire-trade.ts'

/* Native payloads about markets as a whole: liquidations, contracts, indices, sessions, options. */

/** `<symbol>@forceOrder`, `!forceOrder@arr`. */
export interface ForceOrderPayload {
  readonly e: 'forceOrder'
  /** Event time. */
  readonly E: number
  readonly o: {
    /** Symbol, and its pair. */
    readonly s: string
    readonly ps?: string
    /** Side of the forced order, its type, time in force. */
    readonly S: string
    readonly o: string
    readonly f: string
    /** Quantity, price, average price. */
    readonly q: string
    readonly p: string
    readonly ap: string
    /** Status, last filled and cumulative filled quantity, trade time. */
    readonly X: string
    readonly l: string
    readonly z: string
    readonly T: number
    readonly st?: ProductType
  }
  readonly ps?: string
  readonly st?: ProductType
}

/** `!contractInfo`. */
export interface ContractInfoPayload {
  readonly e: 'contractInfo'
  /** Event time. */
  readonly E: number
  /** Symbol, its pair on COIN-M, contract type. */
  readonly s: string
  readonly ps?: string
  readonly ct: string
  /** Delivery and onboard time. */
  readonly dt: number
  readonly ot: number
  /** Status: an open set. */
  readonly cs: string
  /** Notional brackets, only when they changed. */
  readonly bks?: readonly WireBracket[]
  readonly st?: ProductType
}

export interface WireBracket {
  /** Number of the bracket, its notional floor and cap. */
  readonly bs: number
  readonly bnf: number
  readonly bnc: number
  /** Maintenance margin ratio, auxiliary figure, least and most leverage. */
  readonly mmr: number
  readonly cf: number
  readonly mi: number
  readonly ma: number
}

/** `<symbol>@compositeIndex` of USD-M. */
export interface CompositeIndexPayload {
  readonly e: 'compositeIndex'
  /** Event time. */
  readonly E: number
  /** Symbol, price, kind of base asset. */
  readonly s: string
  readonly p: string
  readonly C: string
  /** Parts: base, quote, weight as quantity and as share, index price. */
  readonly c: readonly {
    readonly b: string
    readonly q: string
    readonly w: string
    readonly W: string
    readonly i: string
  }[]
}

/** `!assetIndex@arr`, `<asset>@assetIndex`. */
export interface AssetIndexPayload {
  readonly e: 'assetIndexUpdate'
  /** Event time. */
  readonly E: number
  /** Asset pair and its index price. */
  readonly s: string
  readonly i: string
  /** Bid and ask buffer, bid and ask rate. */
  readonly b: string
  readonly a: string
  readonly B: string
  readonly A: string
  /** Auto-exchange: bid and ask buffer, bid and ask rate. */
  readonly q: string
  readonly g: string
  readonly Q: string
  readonly G: string
}

/** `tradingSession` of USD-M, for contracts on equities, commodities and currencies. */
export interface TradingSessionPayload {
  readonly e:
    | 'EquityUpdate'
    | 'CommodityUpdate'
    | 'KR_EquityUpdate'
    | 'HK_EquityUpdate'
    | 'CN_EquityUpdate'
    | 'FXUpdate'
  /** Event time. */
  readonly E: number
  /** Begin and end of the session. */
  readonly t: number
  readonly T: number
  /** PRE_MARKET, REGULAR, AFTER_MARKET, OVERNIGHT, NO_TRADING: an open set. */
  readonly S: string
}

/** `<underlying>@optionMarkPrice`. */
export interface OptionMarkPricePayload {
  readonly e: 'markPrice'
  /** Event time. */
  readonly E: number
  /** Symbol, mark price, index price, estimated settlement price. */
  readonly s: string
  readonly mp: string
  readonly i: string
  readonly P: string
  /** Best bid and ask price, their quantities. */
  readonly bo: string
  readonly ao: string
  readonly bq: string
  readonly aq: string
  /** Implied volatility of bid and ask (-1 for none) and of the mark price. */
  readonly b: string
  readonly a: string
  readonly vo: string
  /** Highest and lowest order price, risk-free rate. */
  readonly hl: string
  readonly ll: string
  readonly rf: string
  /** Delta, theta, gamma, vega. */
  readonly d: string
  readonly t: string
  readonly g: string
  readonly v: string
}

/** `!index@arr` of options. */
export interface OptionIndexPayload {
  readonly e: 'indexPrice'
  /** Event time. */
  readonly E: number
  /** Underlying and its index price. */
  readonly s: string
  readonly p: string
}

/** `<underlying>@openInterest@<expiry>` of options. */
export interface OptionOpenInterestPayload {
  readonly e: 'openInterest'
  /** Event time. */
  readonly E: number
  /** Symbol, open interest in contracts and in USDT. */
  readonly s: string
  readonly o: string
  readonly h: string
}

/** `!optionSymbol`. */
export interface OptionSymbolPayload {
  readonly e: 'optionSymbol'
  /** Event time. */
  readonly E: number
  /** Symbol, underlying, quote asset. */
  readonly s: string
  readonly ps: string
  readonly qa: string
  /** CALL or PUT, strike price, expiry time. */
  readonly d: string
  readonly sp: string
  readonly dt: number
  /** Unit of one contract, onboard time, status (an open set). */
  readonly u: number
  readonly ot: number
  readonly cs: string
}
