import { epochUs } from '../../model/time.ts'
import { syntheticCandle } from './candle.ts'
import type { CandleFold } from './candle-fold.ts'

/** No indicator is followed longer than this. */
const MOST_BARS = 10_000
/** History is asked for with so much to spare, in steps of so many candles. */
const SPARE = 1.1
const STEP = 40

/** Closed candles until the seed of its averages weighs less than 0.1 %; of an indicator that has seen none. It is left as it was. */
export function barsToConverge(fold: CandleFold): number {
  const before = fold.snapshot()
  const candle = syntheticCandle(epochUs(0), 1, true)
  let bars = fold.seen
  for (; !fold.isConverged && bars < MOST_BARS; bars++) fold.commit(candle)
  fold.restore(before)
  return bars
}

/** Closed candles a live start has to bring, with some to spare: RSI and ATR of 14 120, MACD(12, 26, 9) 200. */
export function historyNeeded(fold: CandleFold): number {
  return Math.ceil((barsToConverge(fold) * SPARE) / STEP) * STEP
}
