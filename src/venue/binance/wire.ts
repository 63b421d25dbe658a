import type {
  AssetIndexPayload,
  CompositeIndexPayload,
  ContractInfoPayload,
  ForceOrderPayload,
  OptionIndexPayload,
  OptionMarkPricePayload,
  OptionOpenInterestPayload,
  OptionSymbolPayload,
  TradingSessionPayload,
} from './wire-market.ts'
import type {
  AveragePricePayload,
  ContinuousKlinePayload,
  IndexPricePayload,
  KlinePayload,
  MarkPricePayload,
  MiniTickerPayload,
  PriceKlinePayload,
  ReferencePricePayload,
  TickerPayload,
} from './wire-price.ts'
import type {
  AggTradePayload,
  BlockTradePayload,
  BookTickerPayload,
  DepthUpdatePayload,
  PartialDepthPayload,
  TradePayload,
} from './wire-trade.ts'

export type * from './wire-market.ts'
export type * from './wire-price.ts'
export type * from './wire-trade.ts'

/** The native payload behind every event name (`e`), and behind the two shapes of spot that have none. */
export interface NativePayloads {
  readonly aggTrade: AggTradePayload
  readonly trade: TradePayload
  readonly blockTrade: BlockTradePayload
  readonly bookTicker: BookTickerPayload
  readonly depthUpdate: DepthUpdatePayload
  readonly partialDepth: PartialDepthPayload
  readonly kline: KlinePayload
  readonly continuous_kline: ContinuousKlinePayload
  readonly indexPrice_kline: PriceKlinePayload
  readonly markPrice_kline: PriceKlinePayload
  readonly '24hrMiniTicker': MiniTickerPayload
  readonly '24hrTicker': TickerPayload
  readonly '1hTicker': TickerPayload
  readonly '4hTicker': TickerPayload
  readonly '1dTicker': TickerPayload
  readonly avgPrice: AveragePricePayload
  readonly referencePrice: ReferencePricePayload
  readonly markPriceUpdate: MarkPricePayload
  readonly indexPriceUpdate: IndexPricePayload
  readonly forceOrder: ForceOrderPayload
  readonly contractInfo: ContractInfoPayload
  readonly compositeIndex: CompositeIndexPayload
  readonly assetIndexUpdate: AssetIndexPayload
  readonly EquityUpdate: TradingSessionPayload
  readonly CommodityUpdate: TradingSessionPayload
  readonly KR_EquityUpdate: TradingSessionPayload
  readonly HK_EquityUpdate: TradingSessionPayload
  readonly CN_EquityUpdate: TradingSessionPayload
  readonly FXUpdate: TradingSessionPayload
  readonly markPrice: OptionMarkPricePayload
  readonly indexPrice: OptionIndexPayload
  readonly openInterest: OptionOpenInterestPayload
  readonly optionSymbol: OptionSymbolPayload
}

export type NativeName = keyof NativePayloads
