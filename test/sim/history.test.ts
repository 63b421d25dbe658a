import { describe, expect, it } from 'vitest'
import {
  executionRules,
  openInterestHist,
  premiumIndexKlines,
  referencePrice,
} from '../../src/sim/rest/history-handlers.ts'
import * as market from '../../src/sim/rest/market-handlers.ts'
import { Call } from '../../src/sim/rest/query.ts'
import { venueRules } from '../../src/sim/venue-rules.ts'
import { makeWorld, sourceOf, startUs } from '../support/sim-collector.ts'

type Venue = 'binance-spot' | 'binance-usdm' | 'binance-coinm'

function call(world: ReturnType<typeof makeWorld>, venue: Venue, query: Record<string, string>): Call {
  return new Call(sourceOf(world, venue), venueRules[venue], new Map(Object.entries(query)))
}

interface Row {
  readonly openMs: number
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
  readonly count: number
  readonly taker: number
}

function parse(text: string): readonly Row[] {
  const rows: readonly (readonly unknown[])[] = JSON.parse(text)
  return rows.map(row => {
    const [openMs = 0, open = 0, high = 0, low = 0, close = 0, volume = 0, , , count = 0, taker = 0] = row.map(Number)
    return { openMs, open, high, low, close, volume, count, taker }
  })
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Pearson's coefficient. */
function correlation(x: readonly number[], y: readonly number[]): number {
  const [meanX, meanY] = [mean(x), mean(y)]
  const product = x.map((value, index) => (value - meanX) * ((y[index] ?? meanY) - meanY))
  const spread = (values: readonly number[], middle: number): number =>
    Math.sqrt(mean(values.map(value => (value - middle) ** 2)))
  return mean(product) / (spread(x, meanX) * spread(y, meanY))
}

describe('the past of the generated market', () => {
  it.each([
    ['binance-spot', 'BTCUSDT'],
    ['binance-spot', 'ETHUSDT'],
    ['binance-usdm', 'BTCUSDT'],
    ['binance-usdm', 'SOLUSDT'],
    ['binance-coinm', 'BTCUSD_PERP'],
  ] as const)('%s %s: minutes are of the magnitude of live ones', (venue, symbol) => {
    const world = makeWorld([venue])
    const liveMinutes = 20
    const openMs = Math.ceil(startUs / 60e6) * 60_000
    world.advance((openMs + liveMinutes * 60_000) * 1000)
    const ask = (startTime: number, limit: number): readonly Row[] =>
      parse(
        market.klines(
          call(world, venue, { symbol, interval: '1m', startTime: String(startTime), limit: String(limit) }),
        ),
      )
    const live = ask(openMs, liveMinutes)
    const past = ask(openMs - 12 * 3_600_000, 700)
    for (const of of [(row: Row) => row.volume, (row: Row) => row.count]) {
      const ratio = mean(past.map(of)) / mean(live.map(of))
      expect(ratio).toBeGreaterThan(0.4)
      expect(ratio).toBeLessThan(2.5)
    }
  })

  it.each([
    ['1m', 1000, 0.2, 0.3],
    ['5m', 1000, 0.35, 0.3],
    ['1h', 700, 0.4, 0.3],
    ['1d', 700, 0.3, 0.3],
  ])(
    '%s: volume is uneven, hangs on to what it was, and goes with the range; takers with the direction',
    (interval, limit, own, other) => {
      const world = makeWorld(['binance-usdm'])
      const query = { symbol: 'BTCUSDT', interval, limit: String(limit), endTime: String(startUs / 1000 - 90_000) }
      const rows = parse(market.klines(call(world, 'binance-usdm', query)))
      const volumes = rows.map(({ volume }) => volume)
      expect(correlation(volumes.slice(1), volumes.slice(0, -1))).toBeGreaterThan(own)
      expect(
        correlation(
          volumes,
          rows.map(({ high, low, open }) => (high - low) / open),
        ),
      ).toBeGreaterThan(other)
      const spread = Math.sqrt(mean(volumes.map(volume => (volume / mean(volumes) - 1) ** 2)))
      expect(spread).toBeGreaterThan(0.3)
      expect(Math.max(...volumes) / mean(volumes)).toBeGreaterThan(2.5)
      const shares = rows.map(({ taker, volume }) => taker / volume)
      expect(mean(shares)).toBeGreaterThan(0.47)
      expect(mean(shares)).toBeLessThan(0.53)
      expect(
        correlation(
          shares,
          rows.map(({ close, open }) => close / open),
        ),
      ).toBeGreaterThan(0.4)
    },
  )

  it('days have hours and weeks have weekends', () => {
    const world = makeWorld(['binance-usdm'])
    const rows = parse(market.klines(call(world, 'binance-usdm', { symbol: 'BTCUSDT', interval: '1h', limit: '1400' })))
    const at = (matches: (date: Date) => boolean): number =>
      mean(rows.filter(({ openMs }) => matches(new Date(openMs))).map(({ volume }) => volume))
    const isWeekend = (date: Date): boolean => date.getUTCDay() % 6 === 0
    expect(at(date => !isWeekend(date))).toBeGreaterThan(at(isWeekend) * 1.25)
    expect(at(date => date.getUTCHours() === 14)).toBeGreaterThan(at(date => date.getUTCHours() === 5) * 1.5)
  })

  it('the premium and open interest have a past that stays what it was', () => {
    const world = makeWorld(['binance-usdm', 'binance-coinm'])
    const query = { symbol: 'BTCUSDT', interval: '1h', limit: '200', endTime: String(startUs / 1000 - 3_600_000) }
    const premium = premiumIndexKlines(call(world, 'binance-usdm', query))
    const interest = openInterestHist(
      call(world, 'binance-usdm', { symbol: 'BTCUSDT', period: '1h', limit: '100', endTime: query.endTime }),
    )
    world.advance(startUs + 90e6)
    expect(premiumIndexKlines(call(world, 'binance-usdm', query))).toBe(premium)
    expect(
      openInterestHist(
        call(world, 'binance-usdm', { symbol: 'BTCUSDT', period: '1h', limit: '100', endTime: query.endTime }),
      ),
    ).toBe(interest)
    const rows = parse(premium)
    expect(rows).toHaveLength(200)
    for (const [index, row] of rows.entries()) {
      expect(row.high).toBeGreaterThanOrEqual(Math.max(row.open, row.close))
      expect(row.low).toBeLessThanOrEqual(Math.min(row.open, row.close))
      expect(Math.abs(row.open)).toBeLessThan(0.01)
      expect(row.volume).toBe(0)
      if (index > 0)
        expect([row.openMs, row.open]).toEqual([(rows[index - 1]?.openMs ?? 0) + 3_600_000, rows[index - 1]?.close])
    }
    const live = parse(
      premiumIndexKlines(call(world, 'binance-usdm', { symbol: 'BTCUSDT', interval: '1m', limit: '3' })),
    )
    expect(live.at(-1)?.openMs).toBe(Math.floor(startUs / 60e6 + 1.5) * 60_000)
    const latest: readonly { sumOpenInterest: string; timestamp: number }[] = JSON.parse(
      openInterestHist(call(world, 'binance-usdm', { symbol: 'BTCUSDT', period: '5m' })),
    )
    expect(latest).toHaveLength(30)
    const now = Number(sourceOf(world, 'binance-usdm').openInterest('BTCUSDT'))
    expect(Math.abs(Number(latest.at(-1)?.sumOpenInterest) / now - 1)).toBeLessThan(0.02)
  })

  it('spot tells its reference price and the range around it', () => {
    const world = makeWorld(['binance-spot'])
    const price: { symbol: string; referencePrice: string } = JSON.parse(
      referencePrice(call(world, 'binance-spot', { symbol: 'BTCUSDT' })),
    )
    expect(Number(price.referencePrice)).toBeGreaterThan(20_000)
    const rules: { symbolRules: readonly { symbol: string; rules: readonly { ruleType: string }[] }[] } = JSON.parse(
      executionRules(call(world, 'binance-spot', { symbols: '["BTCUSDT","ETHUSDT"]' })),
    )
    expect(rules.symbolRules.map(({ symbol }) => symbol)).toEqual(['BTCUSDT', 'ETHUSDT'])
    expect(rules.symbolRules[0]?.rules[0]?.ruleType).toBe('PRICE_RANGE')
  })
})
