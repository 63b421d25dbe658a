export { type AtrOptions, atr, trueRange } from './atr.ts'
export { type EmaOptions, ema, rma, sma } from './averages.ts'
export { type BollingerValue, bollinger } from './bollinger.ts'
export { fitMicroprice, type MicropriceFit, type MicropriceFitOptions, micropriceOf } from './book/microprice-fit.ts'
export { micropriceSignal } from './book/microprice-signal.ts'
export { type CandleFold, ofBars, ofCloses } from './candles/candle-fold.ts'
export { type CandleIndicator, type CandleIndicatorOptions, candleIndicator } from './candles/candle-indicator.ts'
export { historyNeeded } from './candles/history-needed.ts'
export { createSignal, signalCatalogue } from './catalogue.ts'
export { type CompositeOptions, compositeSignal } from './composite.ts'
export type { CompositeConfig, CompositePart, CompositeRule, CompositeTerm } from './composite-config.ts'
export { parseComposite } from './composite-config.ts'
export {
  type ArbitrageFill,
  type ArbitrageTerms,
  arbitrageAt,
  type BestArbitrage,
  bestArbitrage,
} from './cross/arbitrage.ts'
export { type ArbitrageFacts, arbitrageEvent } from './cross/arbitrage-event.ts'
export { type LeadLag, type LeadLagOptions, leadLag, type MidSeries } from './cross/lead-lag.ts'
export { type Opportunity, Persistence } from './cross/persistence.ts'
export { type SpreadLeg, type SpreadRow, spreadTable } from './cross/spread-table.ts'
export { createSignals, type SignalEngine, type SignalStatus, type SignalsOptions } from './engine.ts'
export { type CvdSignal, cumulativeDelta } from './flow/cvd.ts'
export { type Bar, batch, type Indicator, type IndicatorState } from './indicator.ts'
export { type MacdOptions, type MacdValue, macd } from './macd.ts'
export type { Figures, GapPolicy, MeasureSetup, Reception } from './measure.ts'
export { Measure } from './measure.ts'
export { rsi } from './rsi.ts'
export type * from './signal.ts'
export { makeSignal, type SignalInstrument, type SignalKind } from './signal-kind.ts'
export { CheckedParams, type ParamSpec, type ParamSpecs } from './signal-params.ts'
export { type VwapAnchor, vwap } from './vwap.ts'
