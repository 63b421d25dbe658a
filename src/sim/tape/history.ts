import { seededRandom } from '../../net/random.ts'
import type { SimInstrument } from '../instrument.ts'
import { turnover } from '../instrument.ts'
import type { Candle } from './candle.ts'
import { flatCandle, mergeCandle } from './candle.ts'
import { candleStart } from './intervals.ts'

const secondMs = 1000
const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
/** Sub-hour candles reach this far back; whole hours reach back to the listing. */
const minuteReachMs = 32 * dayMs

/** Candles before the market began, without holes, ending where it begins. */
export interface History {
  readonly seconds: Candle[]
  readonly minutes: Candle[]
  /** Whole hours before the minutes, back to the listing; worked out when first asked for. */
  hours(): Candle[]
}

export interface HistoryPlan {
  readonly instrument: SimInstrument
  /** Shared by instruments on the same underlying, so that their past has one shape. */
  readonly seed: number
  /** The market's first moment and first price: the last candle closes there. */
  readonly startMs: number
  readonly startPrice: number
  /** Id of the first live trade; older ones count down from it. */
  readonly firstTradeId: number
  /** Per year, as a fraction. */
  readonly volatility: number
  readonly tradesPerSecond: number
  /** Mean quantity of a trade, units. */
  readonly tradeQuantity: number
}

/** Walks backwards from the market's first moment; the finer tiers lie later, and coarser candles are sums of finer ones. */
export function buildHistory(plan: HistoryPlan): History {
  const walker = new Backwards(plan)
  const secondsFrom = Math.floor(plan.startMs / hourMs) * hourMs - hourMs
  const minutesFrom = Math.floor((plan.startMs - minuteReachMs) / dayMs) * dayMs
  const hoursFrom = candleStart('1M', plan.instrument.onboardMs)
  const seconds = walker.walk(plan.startMs, Math.max(secondsFrom, hoursFrom), secondMs)
  const minutes = walker.walk(Math.max(secondsFrom, hoursFrom), Math.max(minutesFrom, hoursFrom), minuteMs)
  return {
    seconds,
    minutes: minutes.concat(sum(seconds, minuteMs)),
    hours: () => walker.walk(Math.max(minutesFrom, hoursFrom), hoursFrom, hourMs),
  }
}

/** Sums fine candles into coarser ones; the last may be part of a span. */
function sum(fine: readonly Candle[], stepMs: number): Candle[] {
  const coarse: Candle[] = []
  for (const candle of fine) {
    const openMs = Math.floor(candle.openMs / stepMs) * stepMs
    const last = coarse[coarse.length - 1]
    if (last?.openMs === openMs) mergeCandle(last, candle)
    else coarse.push({ ...candle, openMs })
  }
  return coarse
}

class Backwards {
  private readonly plan: HistoryPlan
  private readonly random: () => number
  private close: number
  private nextId: number

  constructor(plan: HistoryPlan) {
    this.plan = plan
    this.random = seededRandom(plan.seed)
    this.close = plan.startPrice
    this.nextId = plan.firstTradeId
  }

  /** Candles of one step that open in [fromMs, untilMs), oldest first. */
  walk(untilMs: number, fromMs: number, stepMs: number): Candle[] {
    const candles: Candle[] = []
    for (let openMs = untilMs - stepMs; openMs >= fromMs; openMs -= stepMs) candles.push(this.before(openMs, stepMs))
    return candles.reverse()
  }

  private before(openMs: number, stepMs: number): Candle {
    const { instrument, volatility, tradesPerSecond, tradeQuantity } = this.plan
    const deviation = volatility * Math.sqrt(stepMs / 31_557_600_000)
    const { random } = this
    // A sum of uniforms is near enough to normal, and cheap.
    const shock = (random() + random() + random() - 1.5) * 2
    const reach = random() * deviation
    const size = 0.4 + random() * 1.2 + Math.abs(shock) * 0.5
    const takerShare = 0.5 + shock * 0.05 + (random() - 0.5) * 0.2
    const close = this.close
    const open = this.snap(close / Math.exp(shock * deviation))
    const high = this.snap(Math.max(open, close) * (1 + reach))
    const low = this.snap(Math.min(open, close) / (1 + reach))
    const expected = (tradesPerSecond * stepMs) / 1000
    const count = Math.floor(expected * size + random())
    if (count === 0 || this.nextId <= count) return flatCandle(openMs, close)
    const candle = flatCandle(openMs, close)
    candle.open = count === 1 ? close : open
    candle.high = count === 1 ? close : high
    candle.low = count === 1 ? close : low
    candle.count = count
    candle.lastId = this.nextId - 1
    candle.firstId = this.nextId - count
    candle.volume =
      Math.max(1, Math.round((count * tradeQuantity * (0.6 + random() * 0.8)) / instrument.lotUnits)) *
      instrument.lotUnits
    candle.takerVolume =
      Math.round((candle.volume * Math.min(0.95, Math.max(0.05, takerShare))) / instrument.lotUnits) *
      instrument.lotUnits
    const mean = count === 1 ? close : Math.round((open + high + low + close) / 4)
    candle.turnover = turnover(instrument, mean, candle.volume)
    candle.takerTurnover = turnover(instrument, mean, candle.takerVolume)
    this.close = candle.open
    this.nextId -= count
    return candle
  }

  private snap(price: number): number {
    const { tickUnits } = this.plan.instrument
    return Math.max(tickUnits, Math.round(price / tickUnits) * tickUnits)
  }
}
