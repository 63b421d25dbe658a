import type { SimInstrument } from '../instrument.ts'
import { turnover } from '../instrument.ts'

/** One execution. Integers in the instrument's units, time in microseconds. */
export interface SimTrade {
  readonly id: number
  readonly price: number
  readonly quantity: number
  /** Quantity without what hidden retail orders gave. */
  readonly plainQuantity: number
  readonly timeUs: number
  readonly buyerIsMaker: boolean
  /** How many executions it stands for: 1, or more where only aggregates are known. */
  readonly count: number
}

/** What happened in one span of time. Mutable while it is open. */
export interface Candle {
  openMs: number
  open: number
  high: number
  low: number
  close: number
  volume: number
  turnover: bigint
  takerVolume: number
  takerTurnover: bigint
  count: number
  /** -1 while nothing traded. */
  firstId: number
  lastId: number
}

/** A candle in which nothing has traded: it stands at the close before it. */
export function flatCandle(openMs: number, price: number): Candle {
  return {
    openMs,
    open: price,
    high: price,
    low: price,
    close: price,
    volume: 0,
    turnover: 0n,
    takerVolume: 0,
    takerTurnover: 0n,
    count: 0,
    firstId: -1,
    lastId: -1,
  }
}

export function addTrade(candle: Candle, instrument: SimInstrument, trade: SimTrade): void {
  const { price, quantity } = trade
  if (candle.count === 0) {
    candle.open = price
    candle.high = price
    candle.low = price
    candle.firstId = trade.id
  } else {
    candle.high = Math.max(candle.high, price)
    candle.low = Math.min(candle.low, price)
  }
  const value = turnover(instrument, price, quantity)
  candle.close = price
  candle.volume += quantity
  candle.turnover += value
  if (!trade.buyerIsMaker) {
    candle.takerVolume += quantity
    candle.takerTurnover += value
  }
  candle.count += trade.count
  candle.lastId = trade.id + trade.count - 1
}

/** Adds a later candle to an earlier one, as when minutes make an hour. */
export function mergeCandle(into: Candle, later: Candle): void {
  if (later.count === 0) {
    if (into.count === 0) into.close = later.close
    return
  }
  if (into.count === 0) {
    const { openMs } = into
    Object.assign(into, later, { openMs })
    return
  }
  into.high = Math.max(into.high, later.high)
  into.low = Math.min(into.low, later.low)
  into.close = later.close
  into.volume += later.volume
  into.turnover += later.turnover
  into.takerVolume += later.takerVolume
  into.takerTurnover += later.takerTurnover
  into.count += later.count
  into.lastId = later.lastId
}
