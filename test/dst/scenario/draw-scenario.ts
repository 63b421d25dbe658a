import { Chance } from '../core/chance.ts'
import type { ChannelName, InstrumentPlan } from '../exchange/instrument.ts'
import { drawSteps } from './draw-faults.ts'
import { phasesOf, type Scenario, type Wish } from './scenario.ts'

const CHANNELS: readonly ChannelName[] = ['trade', 'rawTrade', 'quote', 'book', 'kline:1m', 'markPrice', 'ticker']
const FUTURES_SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', '1000PEPEUSDT', '币安人生USDT'] as const
const SPOT_SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'BNBUSDT', '币安人生USDT'] as const
/** The symbol whose streams the user adds and drops. */
export const WISHED_SYMBOL = 'XRPUSDT'

type PlanStep = InstrumentPlan['paces'][number]

/** The scenario of a seed; with `hasSignals` its user runs signals, whatever was drawn. */
export function drawScenario(seed: number, minutes: number, hasSignals = false): Scenario {
  const chance = new Chance(seed, 'scenario')
  const kind = chance.isLess(0.15) ? 'clean' : 'faults'
  const isClean = kind === 'clean'
  const markets = chance.pick(['both', 'both', 'usdm', 'spot'] as const)
  const base: Scenario = {
    seed,
    minutes,
    kind,
    usdm: markets === 'spot' ? [] : instruments(chance, FUTURES_SYMBOLS, minutes, isClean),
    spot: markets === 'usdm' ? [] : instruments(chance, SPOT_SYMBOLS, minutes, isClean),
    latencyMs: chance.pick([2, 10, 25, 60, 120]),
    redundancy: chance.isLess(0.3) ? 2 : 1,
    liveness: chance.isLess(0.25) ? 'fast' : 'normal',
    rotation: chance.isLess(isClean ? 0.75 : 0.25) ? rotation(chance, minutes) : undefined,
    healing: chance.isLess(0.1) ? { mostIds: chance.pick([50, 400]), deadlineMs: 5000 } : undefined,
    mode: chance.isLess(0.15) ? 'raw' : 'combined',
    marketDepth: chance.pick([60, 200, 400]),
    bookDepth: chance.pick([20, 100, 100, 500, 1000]),
    readEveryMs: chance.pick([20, 80, 300]),
    wishes: isClean ? [] : wishes(chance, minutes),
    steps: [],
  }
  const steps = drawSteps(new Chance(seed, 'faults'), base, phasesOf(base).chaosEndMs)
  return { ...base, signals: signals(new Chance(seed, 'signals'), minutes, steps, hasSignals), steps }
}

/** The share of seeds whose user runs signals: a greater one of the short runs, in which planted defects are hunted. */
const SIGNAL_SHARE = 0.06
const SHORT_SHARE = 0.5
const SHORT_MINUTES = 10

/** Drawn last and from a source of its own, and no request follows from it: the rest of the run is the same with and without. */
function signals(chance: Chance, minutes: number, steps: Scenario['steps'], isWanted: boolean): Scenario['signals'] {
  if (!chance.isLess(minutes <= SHORT_MINUTES ? SHORT_SHARE : SIGNAL_SHARE) && !isWanted) return undefined
  const isLate = chance.isLess(0.4)
  // Whoever joins a stream that was refused asks for it again.
  const mayJoin = !steps.some(step => step.fault === 'ackError')
  const startMs = isLate && mayJoin ? chance.between(1, minutes * 30) * 1000 : 0
  const hasHistory = chance.isLess(0.7)
  const market = isWanted ? {} : { market: chance.whole(0, 11) }
  return { startMs: Math.round(startMs), hasHistory, ...market }
}

/** The standard load: 4 symbols, each 10 changes and 5 trades a second, nothing else, no faults. */
export function speedScenario(seed: number, minutes: number): Scenario {
  const plan = (symbol: string): InstrumentPlan => ({
    symbol,
    channels: ['trade', 'book'],
    paces: [{ fromMs: 0, pace: 'lively' }],
  })
  return {
    seed,
    minutes,
    kind: 'speed',
    usdm: ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'BNBUSDT'].map(plan),
    spot: [],
    latencyMs: 25,
    redundancy: 1,
    liveness: 'normal',
    rotation: undefined,
    healing: undefined,
    mode: 'combined',
    marketDepth: 400,
    bookDepth: 1000,
    readEveryMs: 100,
    wishes: [],
    steps: [],
  }
}

function instruments(chance: Chance, symbols: readonly string[], minutes: number, isClean: boolean): InstrumentPlan[] {
  const count = chance.whole(1, 2)
  return chance.some(symbols, count).map((symbol, index) => ({
    symbol,
    channels: channels(chance, index),
    paces: isClean
      ? [{ fromMs: 0, pace: chance.pick(['steady', 'steady', 'lively'] as const) }]
      : paces(chance, minutes),
  }))
}

/** The first symbol of a venue always has what is checked most thoroughly. */
function channels(chance: Chance, index: number): ChannelName[] {
  const always: readonly ChannelName[] = index === 0 ? ['trade', 'book'] : ['trade']
  return CHANNELS.filter(name => always.includes(name) || chance.isLess(0.45))
}

/** Mostly quiet, with a burst or two. */
function paces(chance: Chance, minutes: number): PlanStep[] {
  if (chance.isLess(0.08)) return [{ fromMs: 0, pace: 'rare' }]
  const list: PlanStep[] = [{ fromMs: 0, pace: chance.pick(['quiet', 'steady', 'steady'] as const) }]
  let atMs = 0
  while ((atMs += chance.between(1, 8) * 60_000) < minutes * 60_000) {
    const pace = chance.pick(['lively', 'steady', 'quiet'] as const)
    list.push({ fromMs: atMs, pace })
    if (pace !== 'lively') continue
    atMs += chance.between(20, 80) * 1000
    list.push({ fromMs: atMs, pace: chance.pick(['steady', 'quiet'] as const) })
  }
  return list
}

function rotation(chance: Chance, minutes: number): { afterMs: number; spreadMs: number } {
  const afterMs = Math.min(minutes * 15_000, chance.between(100, 400) * 1000)
  return { afterMs, spreadMs: afterMs * chance.between(0.2, 1) }
}

function wishes(chance: Chance, minutes: number): Wish[] {
  if (chance.isLess(0.6)) return []
  const list: Wish[] = []
  let isWanted = true
  for (let atMs = chance.between(1, 60) * 1000; atMs < minutes * 60_000 * 0.6; isWanted = !isWanted) {
    list.push({ atMs, isWanted })
    atMs += chance.isLess(0.5) ? chance.between(1, 2000) : chance.between(5, 120) * 1000
  }
  return list
}
