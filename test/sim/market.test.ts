import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import * as market from '../../src/sim/rest/market-handlers.ts'
import { Call } from '../../src/sim/rest/query.ts'
import { venueRules } from '../../src/sim/venue-rules.ts'
import { type Collected, makeWorld, SimCollector, sourceOf, startUs } from '../support/sim-collector.ts'

function num(value: unknown): number {
  return Number(value)
}

/** Applies diffs to plain maps, the naive way. */
class NaiveBook {
  readonly bids = new Map<string, string>()
  readonly asks = new Map<string, string>()

  apply(diff: Record<string, unknown>, bids: string, asks: string): void {
    for (const [side, rows] of [
      [this.bids, diff[bids]],
      [this.asks, diff[asks]],
    ] as const) {
      for (const [price, quantity] of rows as Iterable<[string, string]>) {
        if (num(quantity) === 0) side.delete(price)
        else side.set(price, quantity)
      }
    }
  }

  best(side: 'bids' | 'asks'): [string, string] | undefined {
    const rows = [...this[side]].sort((a, b) => num(a[0]) - num(b[0]))
    return side === 'bids' ? rows.at(-1) : rows[0]
  }
}

function rest(
  world: ReturnType<typeof makeWorld>,
  venue: 'binance-spot' | 'binance-usdm' | 'binance-coinm',
  query: Record<string, string>,
): Call {
  return new Call(sourceOf(world, venue), venueRules[venue], new Map(Object.entries(query)))
}

describe('generated market: books', () => {
  it('spot diffs have dense ids, and their book equals REST and bookTicker at every shared id', () => {
    const world = makeWorld(['binance-spot'])
    const snapshot = JSON.parse(market.depth(rest(world, 'binance-spot', { symbol: 'BTCUSDT', limit: '5000' })))
    const collector = new SimCollector(sourceOf(world, 'binance-spot'), ['btcusdt@depth@100ms', 'btcusdt@bookTicker'])
    world.advance(startUs + 60e6)
    const diffs = collector.of('btcusdt@depth@100ms')
    expect(diffs.length).toBeGreaterThan(300)
    const tickers = new Map(collector.of('btcusdt@bookTicker').map(ticker => [num(ticker['u']), ticker]))
    const book = new NaiveBook()
    book.apply(snapshot, 'bids', 'asks')
    let last = num(snapshot.lastUpdateId)
    let compared = 0
    for (const diff of diffs) {
      expect(diff['U']).toBe(last + 1)
      last = num(diff['u'])
      book.apply(diff, 'b', 'a')
      const [bid = '', bidQuantity] = book.best('bids') ?? []
      const [ask = '', askQuantity] = book.best('asks') ?? []
      expect(num(bid)).toBeLessThan(num(ask))
      const ticker = tickers.get(last)
      if (ticker === undefined) continue
      compared++
      expect([ticker['b'], ticker['B'], ticker['a'], ticker['A']]).toEqual([bid, bidQuantity, ask, askQuantity])
    }
    expect(compared).toBeGreaterThan(50)
    const end = JSON.parse(market.depth(rest(world, 'binance-spot', { symbol: 'BTCUSDT', limit: '5000' })))
    if (end.lastUpdateId === last) expect(new Map(end.bids)).toEqual(book.bids)
    expect(end.lastUpdateId).toBeGreaterThanOrEqual(last)
  })

  it.each([
    ['binance-usdm', 'BTCUSDT'],
    ['binance-coinm', 'BTCUSD_PERP'],
  ] as const)('%s diffs chain by pu over skipped ids, at every speed', (venue, symbol) => {
    const world = makeWorld([venue])
    const name = symbol.toLowerCase()
    const speeds = ['@0ms', '@100ms', '', '@500ms']
    const collector = new SimCollector(
      sourceOf(world, venue),
      speeds.map(speed => `${name}@depth${speed}`),
    )
    const snapshot = JSON.parse(market.depth(rest(world, venue, { symbol, limit: '1000' })))
    world.advance(startUs + 30e6)
    let skipped = 0
    const books = speeds.map(speed => {
      const book = new NaiveBook()
      book.apply(snapshot, 'bids', 'asks')
      let last = num(snapshot.lastUpdateId)
      for (const diff of collector.of(`${name}@depth${speed}`)) {
        expect(diff['pu']).toBe(last)
        expect(num(diff['U'])).toBeGreaterThan(last)
        expect(num(diff['u'])).toBeGreaterThanOrEqual(num(diff['U']))
        if (num(diff['U']) > last + 1) skipped++
        last = num(diff['u'])
        book.apply(diff, 'b', 'a')
        expect(diff['st']).toBe(venue === 'binance-usdm' ? 1 : 2)
      }
      return book
    })
    expect(skipped).toBeGreaterThan(100)
    const end = JSON.parse(market.depth(rest(world, venue, { symbol, limit: '20' })))
    expect([books[0]?.best('bids'), books[0]?.best('asks')]).toEqual([end.bids[0], end.asks[0]])
  })

  it('retail orders show in rpiDepth alone, and trades tell what they gave', () => {
    const world = makeWorld(['binance-usdm'])
    const names = ['rpiDepth@500ms', 'aggTrade', 'depth@0ms'].map(name => `btcusdt@${name}`)
    const collector = new SimCollector(sourceOf(world, 'binance-usdm'), names)
    const ask = (): Record<string, unknown> =>
      JSON.parse(market.rpiDepth(rest(world, 'binance-usdm', { symbol: 'BTCUSDT', limit: '1000' })))
    const before = ask()
    let differences = 0
    for (let second = 1; second <= 60; second++) {
      world.advance(startUs + second * 1e6)
      const plain = JSON.parse(market.depth(rest(world, 'binance-usdm', { symbol: 'BTCUSDT', limit: '1000' })))
      const retail = ask()
      if (JSON.stringify([retail['bids'], retail['asks']]) !== JSON.stringify([plain.bids, plain.asks])) differences++
    }
    expect(differences).toBeGreaterThan(20)
    const book = new NaiveBook()
    book.apply(before, 'bids', 'asks')
    let last = num(before['lastUpdateId'])
    for (const diff of collector.of('btcusdt@rpiDepth@500ms')) {
      expect(diff['pu']).toBe(last)
      last = num(diff['u'])
      book.apply(diff, 'b', 'a')
      expect(num(book.best('bids')?.[0])).toBeLessThan(num(book.best('asks')?.[0]))
    }
    const trades = collector.of('btcusdt@aggTrade')
    const improved = trades.filter(trade => num(trade['nq']) < num(trade['q']))
    expect(improved.length).toBeGreaterThan(3)
    expect(improved.length).toBeLessThan(trades.length)
  })

  it('an older image of the book is what the book was', () => {
    const world = makeWorld(['binance-spot'])
    const call = rest(world, 'binance-spot', { symbol: 'ETHUSDT', limit: '5000' })
    const before = JSON.parse(market.depth(call))
    const collector = new SimCollector(sourceOf(world, 'binance-spot'), ['ethusdt@depth@100ms'])
    world.advance(startUs + 4e6)
    expect(collector.received.length).toBeGreaterThan(5)
    const now = JSON.parse(market.depth(call))
    const aged = JSON.parse(market.depth(call, now.lastUpdateId - before.lastUpdateId))
    expect(aged).toEqual(before)
  })
})

describe('generated market: trades and candles', () => {
  it('ids are dense, aggregates tile the trades, trades lie inside the book before them', () => {
    const world = makeWorld(['binance-spot'])
    const names = ['trade', 'aggTrade', 'bookTicker'].map(kind => `btcusdt@${kind}`)
    const collector = new SimCollector(sourceOf(world, 'binance-spot'), names)
    world.advance(startUs + 60e6)
    const trades = collector.of('btcusdt@trade')
    expect(trades.length).toBeGreaterThan(60)
    for (let index = 1; index < trades.length; index++)
      expect(num(trades[index]?.['t'])).toBe(num(trades[index - 1]?.['t']) + 1)
    const aggregates = collector.of('btcusdt@aggTrade')
    let nextTrade = num(trades[0]?.['t'])
    const byId = new Map(trades.map(trade => [num(trade['t']), trade]))
    for (const [index, aggregate] of aggregates.entries()) {
      if (index > 0) expect(num(aggregate['a'])).toBe(num(aggregates[index - 1]?.['a']) + 1)
      expect(num(aggregate['f'])).toBe(nextTrade)
      nextTrade = num(aggregate['l']) + 1
      let quantity = 0
      for (let id = num(aggregate['f']); id < nextTrade; id++) {
        expect(byId.get(id)?.['p']).toBe(aggregate['p'])
        quantity += Math.round(num(byId.get(id)?.['q']) * 1e5)
      }
      expect(quantity).toBe(Math.round(num(aggregate['q']) * 1e5))
    }
    let bid = 0
    let ask = Number.POSITIVE_INFINITY
    let isFirstOfTaker = true
    for (const { stream, data } of collector.received) {
      if (stream === 'btcusdt@bookTicker') {
        bid = num(data['b'])
        ask = num(data['a'])
        isFirstOfTaker = true
      } else if (stream === 'btcusdt@trade' && isFirstOfTaker && bid > 0) {
        // A taker starts at the touch; whatever follows in the same order may be worse.
        expect(num(data['p'])).toBe(data['m'] === true ? bid : ask)
        isFirstOfTaker = false
      }
    }
  })

  it('closed candles of the stream equal the trades, and REST equals the stream', () => {
    const world = makeWorld(['binance-usdm'])
    const collector = new SimCollector(sourceOf(world, 'binance-usdm'), [
      'btcusdt@trade',
      'btcusdt@kline_1m',
      'btcusdt@kline_5m',
    ])
    world.advance(startUs + 320e6)
    const closed = collector.of('btcusdt@kline_1m').filter(event => kline(event)['x'] === true)
    expect(closed.length).toBeGreaterThanOrEqual(4)
    const trades = collector.of('btcusdt@trade')
    for (const event of closed.slice(1)) {
      const candle = kline(event)
      const own = trades.filter(trade => num(trade['T']) >= num(candle['t']) && num(trade['T']) <= num(candle['T']))
      const prices = own.map(trade => num(trade['p']))
      expect(candle['n']).toBe(own.length)
      expect([num(candle['o']), num(candle['h']), num(candle['l']), num(candle['c'])]).toEqual([
        prices[0],
        Math.max(...prices),
        Math.min(...prices),
        prices.at(-1),
      ])
      expect([candle['f'], candle['L']]).toEqual([own[0]?.['t'], own.at(-1)?.['t']])
      const volume = own.reduce((sum, trade) => sum + Math.round(num(trade['q']) * 1000), 0)
      expect(Math.round(num(candle['v']) * 1000)).toBe(volume)
      const value = own.reduce(
        (sum, trade) => sum + BigInt(Math.round(num(trade['q']) * 1000)) * BigInt(Math.round(num(trade['p']) * 100)),
        0n,
      )
      expect(BigInt(String(candle['q']).replace('.', ''))).toBe(value)
      const taker = own
        .filter(trade => trade['m'] === false)
        .reduce((sum, trade) => sum + Math.round(num(trade['q']) * 1000), 0)
      expect(Math.round(num(candle['V']) * 1000)).toBe(taker)
      const rows = JSON.parse(
        market.klines(
          rest(world, 'binance-usdm', {
            symbol: 'BTCUSDT',
            interval: '1m',
            startTime: String(candle['t']),
            limit: '1',
          }),
        ),
      )
      expect(rows[0]).toEqual([
        candle['t'],
        candle['o'],
        candle['h'],
        candle['l'],
        candle['c'],
        candle['v'],
        candle['T'],
        candle['q'],
        candle['n'],
        candle['V'],
        candle['Q'],
        '0',
      ])
    }
  })

  it.each(['1s', '1m', '3m', '15m', '30m', '1h', '4h', '1d', '3d'])(
    'a thousand candles of %s join each other and the live one',
    interval => {
      const world = makeWorld(['binance-spot'])
      world.advance(startUs + 5e6)
      const rows = JSON.parse(
        market.klines(rest(world, 'binance-spot', { symbol: 'BTCUSDT', interval, limit: '1000' })),
      )
      expect(rows).toHaveLength(1000)
      for (let index = 1; index < rows.length; index++) {
        expect(rows[index][0]).toBe(rows[index - 1][6] + 1)
        const [, open, high, low, close, volume, , value] = rows[index].map(Number)
        expect(high).toBeGreaterThanOrEqual(Math.max(open, close))
        expect(low).toBeLessThanOrEqual(Math.min(open, close))
        if (volume > 0) {
          expect(value / volume).toBeGreaterThanOrEqual(low - 0.005)
          expect(value / volume).toBeLessThanOrEqual(high + 0.005)
        }
      }
      const last = rows.at(-1)
      expect(last[0]).toBeLessThanOrEqual(startUs / 1000 + 5000)
      expect(last[6]).toBeGreaterThanOrEqual(startUs / 1000 + 5000 - 1000)
    },
  )

  it('coarse candles are the sums of fine ones', () => {
    const world = makeWorld(['binance-coinm'])
    world.advance(startUs + 5e6)
    const ask = (interval: string, limit: number, startTime: number): (string | number)[][] =>
      JSON.parse(
        market.klines(
          rest(world, 'binance-coinm', {
            symbol: 'BTCUSD_PERP',
            interval,
            limit: String(limit),
            startTime: String(startTime),
          }),
        ),
      )
    const start = Math.floor(startUs / 1000 / 3_600_000 - 30) * 3_600_000
    const hours = ask('1h', 24, start)
    const minutes = ask('1m', 1440, start)
    for (const [index, hour] of hours.entries()) {
      const own = minutes.slice(index * 60, index * 60 + 60)
      const sum = (column: number): bigint =>
        own.reduce((total, row) => total + BigInt(String(row[column]).replace('.', '')), 0n)
      expect(hour[1]).toBe(own[0]?.[1])
      expect(hour[4]).toBe(own.at(-1)?.[4])
      expect(Number(hour[2])).toBe(Math.max(...own.map(row => Number(row[2]))))
      for (const column of [5, 7, 8, 9, 10]) expect(BigInt(String(hour[column]).replace('.', ''))).toBe(sum(column))
    }
  })
})

describe('generated market: as a whole', () => {
  const names = ['trade', 'aggTrade', 'bookTicker', 'depth@100ms', 'kline_1m', 'ticker']

  function first(seed: number, count: number, stepUs: number): string {
    const world = makeWorld(['binance-spot', 'binance-usdm', 'binance-coinm'], seed)
    const received: Collected[] = []
    const listen = (venue: string, streams: readonly string[]): unknown =>
      new SimCollector(sourceOf(world, venue), streams, received)
    listen(
      'binance-spot',
      ['btcusdt', 'ethusdt', '币安人生usdt'].flatMap(symbol => names.map(name => `${symbol}@${name}`)),
    )
    listen('binance-usdm', [...names.map(name => `btcusdt@${name}`), '!markPrice@arr@1s', '!forceOrder@arr'])
    listen(
      'binance-coinm',
      names.map(name => `ethusd_perp@${name}`),
    )
    for (let nowUs = startUs; received.length < count; nowUs += stepUs) world.advance(nowUs)
    const hash = createHash('sha256')
    for (const message of received.slice(0, count)) hash.update(`${message.text}\n`)
    return hash.digest('hex')
  }

  it('F:R03 one seed gives one market, however coarse the steps of time', () => {
    const fine = first(7, 20_000, 10_000)
    expect(first(7, 20_000, 1_000_000)).toBe(fine)
    expect(first(8, 20_000, 1_000_000)).not.toBe(fine)
  })

  it('marks, funding, liquidations and open interest hang together', () => {
    const world = makeWorld(['binance-usdm', 'binance-coinm'])
    const source = sourceOf(world, 'binance-usdm')
    const collector = new SimCollector(source, [
      'btcusdt@markPrice@1s',
      '!markPrice@arr@1s',
      '!forceOrder@arr',
      '!miniTicker@arr',
      'btcusd_perp@kline_1m',
    ])
    world.advance(startUs + 240e6)
    const marks = collector.of('btcusdt@markPrice@1s')
    expect(marks).toHaveLength(240)
    for (const mark of marks) {
      expect(Math.abs(num(mark['p']) / num(mark['i']) - 1)).toBeLessThan(0.01)
      expect(num(mark['T']) % 28_800_000).toBe(0)
      expect(num(mark['T'])).toBeGreaterThan(num(mark['E']))
    }
    const delivery = rowsOf(collector, '!markPrice@arr@1s').find(row => String(row['s']).includes('_'))
    expect([delivery?.['r'], delivery?.['T']]).toEqual(['', 0])
    const types = new Set(rowsOf(collector, '!miniTicker@arr').map(row => row['st']))
    expect(types).toEqual(new Set([1, 2]))
    const orders = collector.of('!forceOrder@arr')
    expect(orders.length).toBeGreaterThan(3)
    // Klines of the sister product can be had on either host.
    expect(collector.of('btcusd_perp@kline_1m').length).toBeGreaterThan(20)
    expect(num(source.openInterest('BTCUSDT'))).toBeGreaterThan(1000)
  })

  it('funding is paid at its time', () => {
    const world = makeWorld(['binance-usdm'])
    const source = sourceOf(world, 'binance-usdm')
    const nextMs = num(source.mark('BTCUSDT')?.nextFundingMs)
    const before = source.funding('BTCUSDT', nextMs - 3 * 28_800_000, nextMs, 10)
    expect(before.map(row => row.timeMs)).toEqual([3, 2, 1].map(periods => nextMs - periods * 28_800_000))
  })

  it('options: both sides of a strike obey parity, books stand around the mark', () => {
    const world = makeWorld(['binance-options'])
    const source = sourceOf(world, 'binance-options')
    world.advance(startUs + 10e6)
    const rows = new Map(source.options().map(row => [row.symbol, row]))
    let pairs = 0
    for (const [symbol, call] of rows) {
      const put = symbol.endsWith('-C') ? rows.get(symbol.replace(/C$/, 'P')) : undefined
      if (put === undefined) continue
      pairs++
      const strike = num(symbol.split('-')[2])
      expect(call.markPrice - put.markPrice).toBeCloseTo(call.indexPrice - strike, 3)
      expect(call.delta - put.delta).toBeCloseTo(1, 6)
    }
    expect(pairs).toBe(10)
  })
})

function kline(event: Record<string, unknown>): Record<string, unknown> {
  const k: unknown = event['k']
  return typeof k === 'object' && k !== null ? { ...k } : {}
}

function rowsOf(collector: SimCollector, stream: string): Record<string, unknown>[] {
  return collector.of(stream).flatMap(data => Object.values(data) as Record<string, unknown>[])
}
