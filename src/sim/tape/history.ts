import { seededRandom } from '../../net/random.ts'
import type { SimInstrument } from '../instrument.ts'
import { turnover } from '../instrument.ts'
import { PastActivity } from './activity.ts'
import type { Candle } from './candle.ts'
import { flatCandle, mergeCandle } from './candle.ts'
import { candleStart } from './intervals.ts'

const secondMs = 1000
const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
/** Minutes that are worked out at once: enough for the tickers of a day. */
const recentReachMs = 2 * dayMs
/** Sub-hour candles reach this far back; whole hours reach back to the listing. */
const minuteReachMs = 32 * dayMs

/** Candles before the market began, without holes, ending where it begins. */
export interface History {
  readonly seconds: Candle[]
  /** Of about two days. */
  readonly minutes: Candle[]
  /** Minutes before those, back to a month; to be asked for once. */
  olderMinutes(): Candle[]
  /** Whole hours before all minutes, back to the listing; to be asked for once, after the older minutes. */
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
  const daysBack = (reachMs: number): number => Math.floor((plan.startMs - reachMs) / dayMs) * dayMs
  const hoursFrom = candleStart('1M', plan.instrument.onboardMs)
  const seam = Math.max(secondsFrom, hoursFrom)
  const recent = Math.max(daysBack(recentReachMs), hoursFrom)
  const older = Math.max(daysBack(minuteReachMs), hoursFrom)
  const seconds = walker.walk(plan.startMs, seam, secondMs)
  const minutes = walker.walk(seam, recent, minuteMs)
  return {
    seconds,
    minutes: minutes.concat(sum(seconds, minuteMs)),
    olderMinutes: () => walker.walk(recent, older, minuteMs),
    hours: () => walker.walk(older, hoursFrom, hourMs),
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
  private readonly activity: PastActivity
  private close: number
  private nextId: number

  constructor(plan: HistoryPlan) {
    this.plan = plan
    this.random = seededRandom(plan.seed)
    this.activity = new PastActivity(plan.seed, plan.startMs)
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
    const { volatility, tradesPerSecond } = this.plan
    const move = this.drawMove(openMs, stepMs)
    const deviation = volatility * Math.sqrt((stepMs / 31_557_600_000) * move.activity)
    const close = this.close
    const open = this.snap(close / Math.exp(move.shock * deviation))
    const expected = ((tradesPerSecond * stepMs) / 1000) * move.activity * move.effort
    const wanted = Math.floor(expected + move.rounding)
    const count = Math.min(wanted, Math.max(1, this.nextId - 1))
    const candle = flatCandle(openMs, close)
    if (wanted === 0 || this.nextId <= 1) return candle
    if (count > 1) {
      candle.open = open
      candle.high = this.snap(Math.max(open, close) * (1 + move.above * deviation))
      candle.low = this.snap(Math.min(open, close) / (1 + move.below * deviation))
    }
    candle.count = count
    candle.lastId = this.nextId - 1
    candle.firstId = this.nextId - count
    this.fillVolumes(candle, move)
    this.close = candle.open
    this.nextId -= count
    return candle
  }

  private fillVolumes(candle: Candle, move: Move): void {
    const { instrument, tradeQuantity } = this.plan
    const lots = (quantity: number): number => Math.round(quantity / instrument.lotUnits) * instrument.lotUnits
    candle.volume = Math.max(instrument.lotUnits, lots(candle.count * tradeQuantity * move.size))
    // Few trades lean to one side by chance alone; many only with the price.
    const chance = move.lean * Math.min(0.3, 0.45 / Math.sqrt(candle.count))
    const share = 0.5 + 0.055 * move.shock + 0.025 * move.lean + chance
    candle.takerVolume = lots(candle.volume * Math.min(0.97, Math.max(0.03, share)))
    const isSingle = candle.count === 1
    const mean = isSingle ? candle.close : Math.round((candle.open + candle.high + candle.low + candle.close) / 4)
    candle.turnover = turnover(instrument, mean, candle.volume)
    candle.takerTurnover = turnover(instrument, mean, candle.takerVolume)
  }

  /** Draws the same number of times for every candle: instruments on one underlying keep one shape. */
  private drawMove(openMs: number, stepMs: number): Move {
    const { random } = this
    const shock = this.normal()
    const burst = this.normal()
    const [above, below] = [exponential(random()), exponential(random())]
    const isSpike = random() < 0.006
    const spike = random()
    // A minute differs from its neighbours more than an hour does, and now and then something happens.
    const spread = stepMs >= hourMs ? 0.2 : 0.3
    const sudden = isSpike && stepMs <= minuteMs ? 2 + 4 * spike * spike : 1
    const activity = this.activity.at(openMs, stepMs) * Math.exp(spread * burst - (spread * spread) / 2) * sudden
    const size = Math.exp(0.25 * this.normal())
    const lean = this.normal()
    const effort = 0.72 + 0.22 * Math.abs(shock) + 0.14 * (above + below) * 0.5
    return { shock, above: above * 0.45, below: below * 0.45, activity, effort, size, lean, rounding: random() }
  }

  /** A sum of uniforms is near enough to normal, and cheap. */
  private normal(): number {
    return (this.random() + this.random() + this.random() - 1.5) * 2
  }

  private snap(price: number): number {
    const { tickUnits } = this.plan.instrument
    return Math.max(tickUnits, Math.round(price / tickUnits) * tickUnits)
  }
}

/** What one candle drew. */
interface Move {
  /** From open to close, and the wicks beyond them, in deviations. */
  readonly shock: number
  readonly above: number
  readonly below: number
  /** How busy it was; 1 is usual. */
  readonly activity: number
  /** More is traded where the price moved more. */
  readonly effort: number
  /** Of its trades, against the usual. */
  readonly size: number
  /** Of its takers, to the buying side. */
  readonly lean: number
  readonly rounding: number
}

function exponential(draw: number): number {
  return Math.min(4, -Math.log(1 - draw))
}
