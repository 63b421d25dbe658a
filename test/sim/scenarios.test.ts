import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createSimulator } from '../../src/sim/index.ts'
import type { GeneratedVenue, Listed } from '../../src/sim/market/generated-venue.ts'
import { type ScenarioName, scenarioNames } from '../../src/sim/market/scenario/scenario-name.ts'
import { World } from '../../src/sim/market/world.ts'
import { SimCollector, startUs } from '../support/sim-collector.ts'

/** What a market did, looked at every 100 ms. */
interface Figures {
  /** Standard deviation of one-second returns, fractions. */
  readonly volatility: number
  /** Of the mid, as fractions of it. */
  readonly medianSpread: number
  readonly widestSpread: number
  /** Deepest fall from a high before it, as a fraction. */
  readonly drawdown: number
  /** Highest against lowest price. */
  readonly range: number
  /** From the first to the last moment. */
  readonly change: number
  readonly liquidations: number
  readonly trades: number
  /** Trades in the liveliest second against those in the median one. */
  readonly busiest: number
  readonly mids: readonly number[]
  readonly forced: readonly { readonly side: string; readonly atUs: number }[]
}

function makeWorld(scenario: ScenarioName | undefined, seed = 1, venues = ['binance-usdm', 'binance-spot']): World {
  return new World({ venues, seed, startUs, warmUpSeconds: 20, scenario })
}

function venueOf(world: World): GeneratedVenue {
  const venue = world.venues.get('binance-usdm')
  if (venue === undefined) throw new Error('no venue')
  return venue
}

function listedOf(world: World, symbol = 'BTCUSDT'): Listed {
  const listed = venueOf(world).listed.get(symbol)
  if (listed === undefined) throw new Error(symbol)
  return listed
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

function measure(scenario: ScenarioName | undefined, seconds: number, seed = 1): Figures {
  const world = makeWorld(scenario, seed)
  const { market } = listedOf(world)
  const forced: { side: string; atUs: number }[] = []
  const perSecond: number[] = Array.from({ length: seconds }, () => 0)
  market.listeners.add({
    liquidated: ({ side, timeUs }) => forced.push({ side, atUs: timeUs - startUs }),
    traded: (_trade, atUs) => {
      const second = Math.floor((atUs - startUs) / 1e6)
      perSecond[second] = (perSecond[second] ?? 0) + 1
    },
  })
  const mids: number[] = []
  const spreads: number[] = []
  for (let step = 1; step <= seconds * 10; step++) {
    world.advance(startUs + step * 100_000)
    const [bid, ask] = [market.book.bestPrice('bid'), market.book.bestPrice('ask')]
    const mid = market.mid() ?? mids.at(-1) ?? 0
    mids.push(mid)
    if (bid !== undefined && ask !== undefined) spreads.push((ask - bid) / mid)
  }
  const returns = mids.flatMap((mid, index) =>
    index % 10 === 0 && index > 0 ? Math.log(mid / (mids[index - 10] ?? 1)) : [],
  )
  let high = 0
  let drawdown = 0
  for (const mid of mids) {
    high = Math.max(high, mid)
    drawdown = Math.max(drawdown, 1 - mid / high)
  }
  return {
    volatility: Math.sqrt(returns.reduce((sum, one) => sum + one * one, 0) / returns.length),
    medianSpread: median(spreads),
    widestSpread: Math.max(...spreads),
    drawdown,
    range: Math.max(...mids) / Math.min(...mids) - 1,
    change: (mids.at(-1) ?? 0) / (mids[0] ?? 1) - 1,
    liquidations: forced.length,
    trades: perSecond.reduce((sum, one) => sum + one, 0),
    busiest: Math.max(...perSecond) / Math.max(1, median(perSecond)),
    mids,
    forced,
  }
}

describe('scenarios', () => {
  const seconds = 100
  const known = new Map<string, Figures>()
  const figures = (scenario: ScenarioName | undefined): Figures => {
    const name = scenario ?? 'none'
    const measured = known.get(name) ?? measure(scenario, seconds, 3)
    known.set(name, measured)
    return measured
  }

  it('calm: hardly moves, and nobody is liquidated', () => {
    const calm = figures('calm')
    expect(calm.volatility).toBeLessThan(figures(undefined).volatility * 0.6)
    expect(calm.range).toBeLessThan(0.001)
    expect(calm.liquidations).toBe(0)
    expect(calm.trades).toBeGreaterThan(200)
  })

  it('trend: goes one way, and hardly back', () => {
    const trend = measure('trend', 150, 3)
    expect(Math.abs(trend.change)).toBeGreaterThan(0.0018)
    expect(Math.abs(trend.change)).toBeGreaterThan(trend.range * 0.75)
    const ways = [1, 2, 3, 4, 5, 6].map(seed => Math.sign(measure('trend', 60, seed).change))
    expect(new Set(ways).size).toBe(2)
  })

  it('burst: seconds in which everybody acts, between quiet ones', () => {
    const burst = figures('burst')
    expect(burst.busiest).toBeGreaterThan(40)
    expect(burst.volatility).toBeGreaterThan(figures('calm').volatility * 4)
  })

  it('flash-crash: several percent within seconds through the real book, liquidations, wide spreads, and back', () => {
    const crash = figures('flash-crash')
    expect(crash.drawdown).toBeGreaterThan(0.04)
    expect(crash.drawdown).toBeLessThan(0.1)
    const low = crash.mids.indexOf(Math.min(...crash.mids))
    const before = crash.mids.slice(0, 140)
    // The crash begins 15 s after the start, and takes less than 7 s.
    expect(low / 10).toBeGreaterThan(17)
    expect(low / 10).toBeLessThan(25)
    const end = crash.mids[low + 600] ?? 0
    expect(Math.abs(end / median(before) - 1)).toBeLessThan(0.01)
    expect(crash.liquidations).toBeGreaterThan(10)
    expect(crash.forced.every(({ side, atUs }) => side === 'ask' && atUs > 15e6)).toBe(true)
    expect(crash.widestSpread).toBeGreaterThan(crash.medianSpread * 100)
  })

  it('flash-crash: the whole way down is traded', () => {
    const world = makeWorld('flash-crash', 3)
    const { market } = listedOf(world)
    const prices: number[] = []
    world.advance(startUs + 14e6)
    const start = market.mid() ?? 0
    market.listeners.add({ traded: trade => prices.push(trade.price / start - 1) })
    world.advance(startUs + 23e6)
    const lowest = Math.min(...prices)
    expect(lowest).toBeLessThan(-0.04)
    // No step of half a percent without a trade in it.
    for (let from = lowest; from < -0.005; from += 0.005) {
      expect(prices.some(price => price >= from && price < from + 0.005)).toBe(true)
    }
  })

  it('liquidation-cascade: each forced order moves the price on to the next', () => {
    const cascade = figures('liquidation-cascade')
    expect(cascade.liquidations).toBeGreaterThan(25)
    const [first] = cascade.forced
    if (first === undefined) throw new Error('nobody was liquidated')
    const burst = cascade.forced.filter(({ atUs }) => atUs < first.atUs + 20e6)
    expect(burst.length).toBeGreaterThan(25)
    expect(new Set(burst.map(({ side }) => side)).size).toBe(1)
    const at = (atUs: number): number => cascade.mids[Math.floor(atUs / 100_000)] ?? 0
    const way = first.side === 'ask' ? -1 : 1
    // The push that began it has ended by then: what follows is the work of the forced orders alone.
    const pushed = way * (at(first.atUs) / at(14.9e6) - 1)
    const followed = way * (at((burst.at(-1)?.atUs ?? 0) + 200_000) / at(first.atUs) - 1)
    expect(pushed).toBeLessThan(0.006)
    expect(followed).toBeGreaterThan(0.01)
    expect(followed).toBeLessThan(0.08)
    const after = way * ((cascade.mids.at(-1) ?? 0) / at(14.9e6) - 1)
    expect(after).toBeLessThan((pushed + followed) * 0.8)
  })

  it('other contracts and spot follow', () => {
    const world = makeWorld('flash-crash', 3, ['binance-spot', 'binance-usdm', 'binance-coinm', 'binance-options'])
    const mids = (): number[] =>
      [...world.venues.values()].flatMap(venue =>
        [...venue.listed.values()]
          .filter(({ market }) => market.instrument.kind !== 'option' && market.instrument.baseAsset !== 'DEFI')
          .map(({ market }) => market.mid() ?? 0),
      )
    world.advance(startUs + 14e6)
    const before = mids()
    world.advance(startUs + 21e6)
    const falls = mids().map((mid, index) => mid / (before[index] ?? 1) - 1)
    expect(falls.length).toBeGreaterThan(8)
    for (const fall of falls) expect(fall).toBeLessThan(-0.02)
  })

  it.each(scenarioNames)('%s: a seed repeats it to the byte', scenario => {
    const names = [
      'btcusdt@aggTrade',
      'btcusdt@depth@100ms',
      'btcusdt@bookTicker',
      '!forceOrder@arr',
      'btcusdt@markPrice@1s',
    ]
    const hash = (seed: number): string => {
      const world = makeWorld(scenario, seed)
      const collector = new SimCollector(venueOf(world), names)
      world.advance(startUs + 30e6)
      expect(collector.received.length).toBeGreaterThan(200)
      return createHash('sha256')
        .update(collector.received.map(({ text }) => text).join('\n'))
        .digest('hex')
    }
    expect(hash(5)).toBe(hash(5))
    expect(hash(5)).not.toBe(hash(6))
  })

  it('an unknown one is refused with the list', async () => {
    await expect(createSimulator({ scenario: 'flash-crsh' })).rejects.toThrow(
      'scenario: expected one of calm, trend, burst, flash-crash, liquidation-cascade, was "flash-crsh". Did you mean "flash-crash"?',
    )
    await expect(createSimulator({ scenario: 'calm', captures: ['x.jsonl'] })).rejects.toThrow(
      'scenario: only the generated market plays one, leave out captures.',
    )
  })
})
