import type { SimInstrument } from '../instrument.ts'
import type { Liquidation } from '../market/liquidation.ts'
import type { UnitLevels } from '../market-view.ts'
import type { Candle, SimTrade } from '../tape/candle.ts'
import type { SimAggTrade } from '../tape/tape.ts'
import { unitsText } from '../wire/decimal-text.ts'

/** A change of a book between two moments. */
export interface DepthChange {
  readonly firstId: number
  readonly lastId: number
  /** Last id of the change before it. */
  readonly previousId: number
  readonly changedUs: number
  readonly bids: UnitLevels
  readonly asks: UnitLevels
}

export interface Top {
  readonly updateId: number
  readonly changedUs: number
  readonly bidPrice: number
  readonly bidQuantity: number
  readonly askPrice: number
  readonly askQuantity: number
}

/** Payload texts of one market family. `eventUs` becomes `E`; times are written in µs when `isMicro`. */
export interface Encoder {
  trade(instrument: SimInstrument, trade: SimTrade, eventUs: number, isMicro: boolean): string
  aggTrade(instrument: SimInstrument, trade: SimAggTrade, eventUs: number, isMicro: boolean): string
  depth(instrument: SimInstrument, change: DepthChange, eventUs: number, isMicro: boolean): string
  partialDepth(instrument: SimInstrument, image: DepthChange, eventUs: number, isMicro: boolean): string
  bookTicker(instrument: SimInstrument, top: Top, eventUs: number, isMicro: boolean): string
  kline(instrument: SimInstrument, interval: string, candle: KlineState, eventUs: number, isMicro: boolean): string
  miniTicker(instrument: SimInstrument, window: Candle, eventUs: number, isMicro: boolean): string
  ticker(instrument: SimInstrument, ticker: TickerState, eventUs: number, isMicro: boolean): string
  /** Single and all-market form differ in their keys on futures. */
  forceOrder(instrument: SimInstrument, order: Liquidation, eventUs: number, isAllMarket: boolean): string
}

export interface KlineState {
  readonly candle: Candle
  /** Last millisecond of the candle. */
  readonly endMs: number
  readonly isClosed: boolean
}

export interface TickerState {
  readonly window: Candle
  readonly nowMs: number
  readonly lastQuantity: number
  /** Close before the window. */
  readonly previousClose: number
  readonly top: Top | undefined
  /** `24hrTicker`, `1hTicker`, … */
  readonly event: string
}

export function priceText(instrument: SimInstrument, price: number): string {
  return unitsText(price, instrument.priceDecimals, instrument.priceWidth)
}

export function quantityText(instrument: SimInstrument, quantity: number): string {
  return unitsText(quantity, instrument.quantityDecimals, instrument.quantityWidth)
}

/** A time on the wire. */
export function timeText(timeUs: number, isMicro: boolean): string {
  return String(isMicro ? timeUs : Math.floor(timeUs / 1000))
}

/** `[["price","quantity"],…]` */
export function levelsText(instrument: SimInstrument, levels: UnitLevels): string {
  const rows = levels.map(
    ([price, quantity]) => `["${priceText(instrument, price)}","${quantityText(instrument, quantity)}"]`,
  )
  return `[${rows.join(',')}]`
}

/** Change of a price over a window: absolute, in percent, and the weighted mean. */
export function windowFigures(
  instrument: SimInstrument,
  window: Candle,
): { change: string; percent: string; mean: string } {
  const change = window.close - window.open
  const mean = window.volume === 0 ? window.close : meanPrice(instrument, window)
  return {
    change: priceText(instrument, change),
    percent: ((change / Math.max(1, window.open)) * 100).toFixed(3),
    mean: unitsText(Math.round(mean), instrument.priceDecimals, instrument.priceWidth),
  }
}

function meanPrice(instrument: SimInstrument, window: Candle): number {
  if (!instrument.isInverse) return Number(window.turnover) / window.volume
  const contracts = window.volume / 10 ** instrument.quantityDecimals
  const coins = Number(window.turnover) / 1e8
  return ((contracts * instrument.contractSize) / coins) * 10 ** instrument.priceDecimals
}
