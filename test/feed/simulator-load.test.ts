import { describe, expect, it } from 'vitest'
import { SimFeed, until } from '../support/sim-feed.ts'

const futuresKlines = ['1m', '3m', '5m', '15m', '30m', '1h', '2h', '4h', '6h', '8h', '12h', '1d']
const depths = ['@depth', '@depth5', '@depth10', '@depth20']

/** Native names of many streams of one instrument. */
function streamsOf(venue: string, symbol: string): readonly string[] {
  const name = symbol.toLowerCase()
  const klines = futuresKlines.map(interval => `@kline_${interval}`)
  const books = depths.flatMap(depth => [`${depth}@100ms`, venue === 'binance-spot' ? depth : `${depth}@500ms`])
  const common = ['@trade', '@aggTrade', '@bookTicker', '@miniTicker', '@ticker', ...klines, ...books]
  switch (venue) {
    case 'binance-spot':
      return [...common, '@avgPrice', '@referencePrice', '@kline_1s', ...klines.map(kline => `${kline}@+08:00`)].map(
        suffix => name + suffix,
      )
    case 'binance-options':
      return ['@optionTrade', '@bookTicker', '@optionTicker', ...klines, ...books].map(suffix => name + suffix)
    default:
      return [
        ...common,
        '@markPrice@1s',
        '@depth@0ms',
        ...futuresKlines.map(interval => `@markPriceKline_${interval}`),
      ].map(suffix => name + suffix)
  }
}

describe('a thousand streams on one feed', () => {
  it('F:C02 F:C03 some thousand messages a second: every one arrives, no socket carries more than it may', async () => {
    const venues = ['binance-spot', 'binance-usdm', 'binance-coinm', 'binance-options']
    // Faster than a real market, so that a few seconds are enough.
    await using on = await SimFeed.open({ venues, rate: 2.5 })
    const wanted = await Promise.all(
      venues.map(async venue => {
        const instruments = await on.feed.instruments(venue)
        return { venue, names: instruments.flatMap(({ symbol }) => streamsOf(venue, symbol)) }
      }),
    )
    const count = wanted.reduce((sum, { names }) => sum + names.length, 0)
    expect(count).toBeGreaterThan(1000)
    let events = 0
    const gaps: string[] = []
    await Promise.all(
      wanted.map(({ venue, names }) => {
        const request = { instruments: [`${venue}:*`], channels: names.map(name => `raw:${name}`) }
        return on.feed.observe(request, event => {
          if (event.kind === 'gap') gaps.push(`${event.instrument} ${event.channel}`)
          else events++
        }).ready
      }),
    )
    const trades = await on.hear({
      instruments: ['binance-usdm:BTCUSDT', 'binance-spot:BTCUSDT'],
      channels: ['trade', 'rawTrade'],
    })
    const from = events
    await until('thirty thousand events', () => events - from > 30_000, 40_000)
    expect(
      on.feed
        .status()
        .connections.map(({ lastCause }) => lastCause)
        .filter(Boolean),
    ).toEqual([])
    on.sim.faults.mute()
    const received = (): number => on.feed.status().connections.reduce((sum, { messages }) => sum + messages, 0)
    const sent = (): number => Object.values(on.sim.stats()).reduce((sum, { messagesSent }) => sum + messagesSent, 0)
    await until('all that was sent has arrived', () => received() === sent())
    expect(gaps).toEqual([])
    expect(trades.of('gap')).toEqual([])
    const { connections, streams } = on.feed.status()
    expect(streams.length).toBeGreaterThan(1000)
    expect(streams.filter(({ missing }) => missing > 0)).toEqual([])
    for (const connection of connections) {
      expect(connection.streams).toBeLessThanOrEqual(connection.streamLimit)
      expect([connection.decodeFailures, connection.ignored, connection.reconnects]).toEqual([0, 0, 0])
    }
    // 20 options with 23 streams each do not fit on one socket of 196.
    expect(connections.filter(({ venue }) => venue === 'binance-options').length).toBeGreaterThanOrEqual(3)
    for (const stats of Object.values(on.sim.stats())) expect([stats.floodClients, stats.rateLimited]).toEqual([0, 0])
  })
})
