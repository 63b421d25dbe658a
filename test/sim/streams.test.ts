import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { sessionAt } from '../../src/sim/market/trading-session.ts'
import { isMissing, protocolFolder } from '../support/shared-files.ts'
import { makeWorld, SimCollector, sourceOf, startUs } from '../support/sim-collector.ts'

function sample(path: string): unknown {
  const parsed: unknown = JSON.parse(readFileSync(`${protocolFolder}/binance/${path}.json`, 'utf8'))
  return parsed
}

/** Names and types of what a message holds; of a list, those of its first entry. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return [shape(value[0])]
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]))
}

function rows(data: unknown): readonly Record<string, unknown>[] {
  return Array.isArray(data) ? data : []
}

const all = ['binance-spot', 'binance-usdm', 'binance-coinm', 'binance-options']

describe('streams beside trades and books', () => {
  it.skipIf(isMissing(protocolFolder)).each([
    ['binance-usdm', '!contractInfo', 'usdm/contractInfo'],
    ['binance-usdm', 'defiusdt@compositeIndex', 'usdm/compositeIndex'],
    ['binance-usdm', '!assetIndex@arr', 'usdm/assetIndex_arr'],
    ['binance-usdm', 'tradingSession', 'usdm/tradingSession'],
    ['binance-usdm', '!markPrice@arr@1s', 'usdm/markPrice_arr'],
    ['binance-usdm', '!forceOrder@arr', 'usdm/forceOrder_arr'],
    ['binance-spot', 'btcusdt@blockTrade', 'spot/blockTrade'],
    ['binance-spot', 'btcusdt@referencePrice', 'spot/referencePrice'],
    ['binance-options', '!optionSymbol', 'options/optionSymbol'],
  ])('%s %s has the documented shape', (venue, stream, path) => {
    const world = makeWorld(all)
    const collector = new SimCollector(sourceOf(world, venue), [stream])
    const wanted = shape(sample(path))
    const isWhole = (data: unknown): boolean => isDeepStrictEqual(shape(data), wanted)
    for (let second = 1; second <= 600 && !collector.of(stream).some(isWhole); second++)
      world.advance(startUs + second * 1e6)
    expect(collector.of(stream).map(shape)).toContainEqual(wanted)
  })

  it('contracts of both products announce themselves soon after the start, and pauses show in exchangeInfo', () => {
    const world = makeWorld(['binance-usdm', 'binance-coinm'])
    const source = sourceOf(world, 'binance-usdm')
    const collector = new SimCollector(source, ['!contractInfo'])
    world.advance(startUs + 16e6)
    const early = collector.of('!contractInfo')
    expect(new Set(early.map(({ st }) => st))).toEqual(new Set([1, 2]))
    expect(early.some(({ bks }) => rows(bks).length > 2)).toBe(true)
    let paused = ''
    for (let second = 17; second < 3000 && paused === ''; second++) {
      world.advance(startUs + second * 1e6)
      const notice = collector
        .of('!contractInfo')
        .filter(({ cs, st }) => cs === 'PRE_SETTLE' && st === 1)
        .at(-1)
      paused = notice === undefined ? '' : String(notice['s'])
    }
    expect(source.status(paused)).toBe('PRE_SETTLE')
    world.advance(world.scheduler.nowUs + 20e6)
    expect(source.status(paused)).toBe('TRADING')
  })

  it('TradFi contracts come in an array of their own, sessions follow the clock of New York', () => {
    const world = makeWorld(['binance-usdm'])
    const collector = new SimCollector(sourceOf(world, 'binance-usdm'), ['!markPrice@arr@1s'])
    world.advance(startUs + 5e6)
    const symbols = collector.of('!markPrice@arr@1s').map(data => rows(data).map(({ s }) => s))
    expect(symbols).toHaveLength(10)
    for (const [index, names] of symbols.entries()) {
      if (index % 2 === 1) expect(names).toEqual(['TSLAUSDT'])
      else expect(names).not.toContain('TSLAUSDT')
    }
    // Tuesday, 2025-12-09 at 01:55 UTC: the documented example.
    expect(sessionAt('EquityUpdate', 1_765_244_143_062)).toEqual({
      name: 'OVERNIGHT',
      startMs: 1_765_242_000_000,
      endMs: 1_765_270_800_000,
    })
    const saturdayNoon = Date.UTC(2025, 11, 13, 12)
    expect(sessionAt('EquityUpdate', saturdayNoon)).toEqual({
      name: 'NO_TRADING',
      startMs: Date.UTC(2025, 11, 13, 1),
      endMs: Date.UTC(2025, 11, 15, 1),
    })
    expect(sessionAt('EquityUpdate', Date.UTC(2025, 11, 10, 16)).name).toBe('REGULAR')
    expect(sessionAt('HK_EquityUpdate', Date.UTC(2025, 11, 10, 4, 30)).name).toBe('NO_TRADING')
    expect(sessionAt('FXUpdate', Date.UTC(2025, 11, 14, 23)).name).toBe('REGULAR')
  })

  it('an index is the sum of its parts, and its contract trades near it', () => {
    const world = makeWorld(['binance-usdm'])
    const source = sourceOf(world, 'binance-usdm')
    const collector = new SimCollector(source, ['defiusdt@compositeIndex', 'ethusd@assetIndex'])
    world.advance(startUs + 3e6)
    const index = collector.of('defiusdt@compositeIndex').at(-1)
    const parts = rows(index?.['c'])
    const value = parts.reduce((sum, part) => sum + Number(part['w']) * Number(part['i']), 0)
    // Prices of parts are written with eight digits, and one part is ten million coins.
    expect(Math.abs(Number(index?.['p']) - value)).toBeLessThan(0.06)
    expect(parts.reduce((sum, part) => sum + Number(part['W']), 0)).toBeCloseTo(1, 6)
    expect(Number(source.mark('DEFIUSDT')?.markPrice) / value).toBeCloseTo(1, 2)
    const asset = collector.of('ethusd@assetIndex').at(-1)
    expect(Number(asset?.['B'])).toBeLessThan(Number(asset?.['i']))
    expect(Number(asset?.['A'])).toBeGreaterThan(Number(asset?.['i']))
  })
})

describe('a lively tape', () => {
  it('trades come in clusters, with a few large ones; somebody is liquidated each minute or so', () => {
    const world = makeWorld(all)
    const seconds = 600
    const usdm = sourceOf(world, 'binance-usdm')
    const tape = new SimCollector(usdm, ['btcusdt@trade', '!forceOrder@arr'])
    world.advance(startUs + seconds * 1e6)
    const trades = tape.of('btcusdt@trade')
    const perSecond = Array.from({ length: seconds }, () => 0)
    for (const { T } of trades) {
      const second = Math.floor((Number(T) - startUs / 1000) / 1000)
      perSecond[second] = (perSecond[second] ?? 0) + 1
    }
    const mean = trades.length / seconds
    const variance = perSecond.reduce((sum, count) => sum + (count - mean) ** 2, 0) / seconds
    expect(mean).toBeGreaterThan(4)
    expect(mean).toBeLessThan(25)
    // 1 would be arrivals that know nothing of one another.
    expect(variance / mean).toBeGreaterThan(2)
    const sizes = trades.map(({ q }) => Number(q)).sort((a, b) => a - b)
    const median = sizes[Math.floor(sizes.length / 2)] ?? 0
    expect(sizes.at(-1)).toBeGreaterThan(median * 30)
    const majors = tape.of('!forceOrder@arr').filter(({ st }) => st === 1)
    expect(majors.length).toBeGreaterThan(seconds / 90)
    expect(majors.length).toBeLessThan(seconds / 8)
  })

  it('options speak: every book changes within seconds, and some trade', () => {
    const world = makeWorld(['binance-options'])
    const source = sourceOf(world, 'binance-options')
    const names = source.instruments().map(({ symbol }) => `${symbol.toLowerCase()}@bookTicker`)
    const collector = new SimCollector(source, [...names, 'btcusdt@optionTrade'])
    world.advance(startUs + 20e6)
    for (const name of names) expect(collector.of(name).length, name).toBeGreaterThan(3)
    expect(collector.of('btcusdt@optionTrade').length).toBeGreaterThan(5)
    for (const { text } of collector.received.filter(({ stream }) => stream === 'btcusdt@optionTrade'))
      expect(text).toMatch(/"t":4611875134\d{9},/)
  })
})
