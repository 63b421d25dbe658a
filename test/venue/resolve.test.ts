import { describe, expect, it } from 'vitest'
import { channel } from '../../src/model/channel.ts'
import { ConfigError } from '../../src/model/error.ts'
import type { Instrument, InstrumentId } from '../../src/model/instrument.ts'
import { instrumentId } from '../../src/model/instrument.ts'
import type { SourceSpec, StreamSpec, VenueAdapter } from '../../src/venue/adapter.ts'
import { binanceCoinm, binanceOptions, binanceSpot, binanceUsdm, binanceVenues } from '../../src/venue/binance/index.ts'

const spot = binanceSpot()
const usdm = binanceUsdm()
const coinm = binanceCoinm()
const options = binanceOptions()

function sourceOf(adapter: VenueAdapter, symbol: string, of: string): SourceSpec {
  return adapter.resolve(instrumentId(`${adapter.id}:${symbol}`), channel(of), undefined)
}

function streamOf(adapter: VenueAdapter, symbol: string, of: string): StreamSpec {
  const source = sourceOf(adapter, symbol, of)
  if (source.kind !== 'stream') throw new Error(`${of} is polled`)
  return source.stream
}

function refusal(run: () => unknown): ConfigError {
  try {
    run()
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('unified channels', () => {
  const rows: readonly (readonly [VenueAdapter, string, string, string, string])[] = [
    [spot, 'BTCUSDT', 'trade', 'btcusdt@aggTrade', ''],
    [spot, 'BTCUSDT', 'rawTrade', 'btcusdt@trade', ''],
    [spot, 'BTCUSDT', 'quote', 'btcusdt@bookTicker', ''],
    [spot, 'BTCUSDT', 'book', 'btcusdt@depth@100ms', ''],
    [spot, 'BTCUSDT', 'depth', 'btcusdt@depth20@100ms', ''],
    [spot, 'BTCUSDT', 'kline:1s', 'btcusdt@kline_1s', ''],
    [spot, 'BTCUSDT', 'kline:1M', 'btcusdt@kline_1M', ''],
    [spot, 'BTCUSDT', 'ticker', 'btcusdt@ticker', ''],
    [spot, '*', 'ticker', '!miniTicker@arr', ''],
    [usdm, 'BTCUSDT', 'trade', 'btcusdt@aggTrade', 'market'],
    [usdm, 'BTCUSDT', 'rawTrade', 'btcusdt@trade', 'public'],
    [usdm, 'BTCUSDT_261225', 'quote', 'btcusdt_261225@bookTicker', 'public'],
    [usdm, 'BTCUSDT', 'book', 'btcusdt@depth@100ms', 'public'],
    [usdm, 'BTCUSDT', 'depth', 'btcusdt@depth20@100ms', 'public'],
    [usdm, 'BTCUSDT', 'kline:1m', 'btcusdt@kline_1m', 'market'],
    [usdm, 'BTCUSDT', 'ticker', 'btcusdt@ticker', 'market'],
    [usdm, 'BTCUSDT', 'markPrice', 'btcusdt@markPrice@1s', 'market'],
    [usdm, 'BTCUSDT', 'liquidation', 'btcusdt@forceOrder', 'market'],
    [usdm, 'BTCUSDT', 'status', '!contractInfo', 'market'],
    [usdm, '*', 'ticker', '!ticker@arr', 'market'],
    [usdm, '*', 'quote', '!bookTicker', 'public'],
    [usdm, '*', 'markPrice', '!markPrice@arr@1s', 'market'],
    [usdm, '*', 'liquidation', '!forceOrder@arr', 'market'],
    [coinm, 'BTCUSD_PERP', 'trade', 'btcusd_perp@aggTrade', ''],
    [coinm, 'BTCUSD_PERP', 'book', 'btcusd_perp@depth@100ms', ''],
    [coinm, '*', 'quote', '!bookTicker', ''],
    [options, 'BTC-251226-110000-C', 'trade', 'btc-251226-110000-c@optionTrade', 'public'],
    [options, 'BTC-251226-110000-C', 'quote', 'btc-251226-110000-c@bookTicker', 'public'],
    [options, 'BTC-251226-110000-C', 'book', 'btc-251226-110000-c@depth@100ms', 'public'],
    [options, 'BTC-251226-110000-C', 'kline:1m', 'btc-251226-110000-c@kline_1m', 'market'],
    [options, 'BTC-251226-110000-C', 'ticker', 'btc-251226-110000-c@optionTicker', 'public'],
    [options, 'BTC-251226-110000-C', 'markPrice', 'btcusdt@optionMarkPrice', 'market'],
    [options, 'BTC-251226-110000-C', 'openInterest', 'btcusdt@openInterest@251226', 'market'],
    [options, '*', 'status', '!optionSymbol', 'market'],
  ]
  for (const [adapter, symbol, of, name, route] of rows) {
    it(`F:C08 ${adapter.id}:${symbol} ${of} is ${name}${route === '' ? '' : ` on ${route}`}`, () => {
      const stream = streamOf(adapter, symbol, of)
      expect(stream).toMatchObject({ name, route, channel: of })
      expect(() => adapter.streamUrl(stream.route)).not.toThrow()
    })
  }

  it('carries one instrument for symbol streams, many for lists and underlyings', () => {
    expect(streamOf(usdm, 'BTCUSDT', 'trade').instrument).toBe('binance-usdm:BTCUSDT')
    expect(streamOf(usdm, 'BTCUSDT', 'status').instrument).toBeUndefined()
    expect(streamOf(usdm, '*', 'quote').instrument).toBeUndefined()
    expect(streamOf(options, 'BTC-251226-110000-C', 'markPrice').instrument).toBeUndefined()
  })

  it('knows how ids follow one another', () => {
    for (const adapter of [spot, usdm, coinm]) {
      const symbol = adapter === coinm ? 'BTCUSD_PERP' : 'BTCUSDT'
      expect(streamOf(adapter, symbol, 'trade').continuity).toEqual({ kind: 'dense' })
      expect(streamOf(adapter, symbol, 'rawTrade').continuity).toEqual({ kind: 'dense' })
      expect(streamOf(adapter, symbol, 'quote').continuity).toEqual({ kind: 'increasing' })
      expect(streamOf(adapter, symbol, 'book').continuity).toEqual({ kind: 'none' })
    }
    expect(streamOf(usdm, '*', 'quote').continuity).toEqual({ kind: 'none' })
  })

  it('polls what the venue does not stream', () => {
    const openInterest = sourceOf(usdm, 'BTCUSDT', 'openInterest')
    if (openInterest.kind !== 'poll') throw new Error('open interest must be polled')
    expect(openInterest.poll.everyMs).toBe(10_000)
    expect(openInterest.poll.endpoint.request().url).toBe(
      'https://fapi.binance.com/fapi/v1/openInterest?symbol=BTCUSDT',
    )
    const status = sourceOf(spot, '币安人生USDT', 'status')
    if (status.kind !== 'poll') throw new Error('status must be polled')
    expect(status.poll.endpoint.request().url).toContain('/api/v3/exchangeInfo?symbol=%E5%B8%81')
  })

  it('depth and mark price speeds are options', () => {
    expect(streamOf(binanceUsdm({ depthSpeed: '250ms' }), 'BTCUSDT', 'book').name).toBe('btcusdt@depth')
    expect(streamOf(binanceUsdm({ depthSpeed: '500ms', depthLevels: 5 }), 'BTCUSDT', 'depth').name).toBe(
      'btcusdt@depth5@500ms',
    )
    expect(streamOf(binanceUsdm({ markPriceSpeed: '3s' }), '*', 'markPrice').name).toBe('!markPrice@arr')
    expect(streamOf(binanceSpot({ depthSpeed: '1000ms' }), 'BTCUSDT', 'book').name).toBe('btcusdt@depth')
  })
})

describe('what is refused', () => {
  it('F:C05 a symbol the table does not have, naming the nearest; nothing is lower-cased blindly', () => {
    const entry = { id: instrumentId('binance-usdm:BTCUSDT'), symbol: 'BTCUSDT' }
    const table = new Map<InstrumentId, Instrument>([[entry.id, instrumentOf(entry.id, entry.symbol)]])
    const error = refusal(() => usdm.resolve(instrumentId('binance-usdm:btcusdt'), channel('trade'), table))
    expect(error.message).toContain('no symbol "btcusdt"')
    expect(error.suggestions).toEqual(['BTCUSDT'])
    const source = usdm.resolve(entry.id, channel('raw:BTCUSDT@trade'), table)
    expect(source).toMatchObject({ kind: 'stream', stream: { name: 'btcusdt@trade', channel: 'raw:btcusdt@trade' } })
  })

  it('F:H06 Unicode symbols keep their letters; only A–Z become small', () => {
    expect(streamOf(spot, '币安人生USDT', 'trade').name).toBe('币安人生usdt@aggTrade')
    expect(streamOf(spot, 'İＡ１USDT', 'trade').name).toBe('İＡ１usdt@aggTrade')
    expect(streamOf(spot, '__proto__', 'trade').name).toBe('__proto__@aggTrade')
  })

  it('channels, intervals and whole-market channels that a market does not have', () => {
    expect(refusal(() => sourceOf(spot, 'BTCUSDT', 'markPrice')).message).toContain('no channel "markPrice"')
    expect(refusal(() => sourceOf(spot, 'BTCUSDT', 'openInterest')).message).toContain('no channel "openInterest"')
    expect(refusal(() => sourceOf(options, 'BTC-251226-110000-C', 'liquidation')).message).toContain('no channel')
    expect(refusal(() => sourceOf(usdm, 'BTCUSDT', 'kline:1s')).message).toContain('no kline interval "1s"')
    expect(refusal(() => sourceOf(usdm, '*', 'trade')).message).toContain('ticker, quote, markPrice')
    expect(refusal(() => usdm.resolve(instrumentId('binance-spot:BTCUSDT'), 'trade', undefined)).message).toContain(
      'no instrument of binance-usdm',
    )
  })

  it('retired and invented streams, with what to take instead', () => {
    expect(refusal(() => sourceOf(spot, '*', 'raw:!ticker@arr')).message).toContain('!miniTicker@arr')
    expect(refusal(() => sourceOf(spot, '*', 'raw:!bookTicker')).message).toContain('<symbol>@bookTicker')
    expect(refusal(() => sourceOf(usdm, 'BTCUSDT', 'raw:btcusdt@liquidationOrder')).message).toContain('@forceOrder')
    expect(refusal(() => sourceOf(usdm, 'BTCUSDT', 'raw:btcusdt@depth@250ms')).message).toContain('without')
    expect(refusal(() => sourceOf(spot, 'BTCUSDT', 'raw:btcusdt@depth@500ms')).message).toContain('@100ms')
  })

  it('unknown native names, naming the nearest', () => {
    expect(refusal(() => sourceOf(usdm, 'BTCUSDT', 'raw:btcusdt@agTrade')).suggestions).toContain('btcusdt@aggTrade')
    expect(refusal(() => sourceOf(spot, 'BTCUSDT', 'raw:btcusdt@depth7')).suggestions.length).toBeGreaterThan(0)
    expect(refusal(() => sourceOf(usdm, '*', 'raw:!forceOrders@arr')).suggestions).toContain('!forceOrder@arr')
  })

  it('books of options always name their speed', () => {
    const symbol = 'BTC-251226-110000-C'
    for (const name of ['btc-251226-110000-c@depth', 'btc-251226-110000-c@depth10']) {
      const { suggestions } = refusal(() => sourceOf(options, symbol, `raw:${name}`))
      expect(suggestions.some(suggestion => suggestion.startsWith('btc-251226-110000-c@depth'))).toBe(true)
      expect(streamOf(options, symbol, `raw:${name}@500ms`).name).toBe(`${name}@500ms`)
    }
  })

  it('a raw stream of another instrument, and a market-wide one asked of one instrument', () => {
    expect(refusal(() => sourceOf(usdm, 'ETHUSDT', 'raw:btcusdt@trade')).message).toContain('binance-usdm:BTCUSDT')
    expect(refusal(() => sourceOf(usdm, 'BTCUSDT', 'raw:!assetIndex@arr')).message).toContain('binance-usdm:*')
  })

  it('options that do not exist', () => {
    expect(refusal(() => binanceUsdm({ depthSpeed: '100' })).suggestions).toContain('100ms')
    expect(refusal(() => binanceSpot({ endpoints: { stream: 'http://x' } })).message).toContain('ws:')
    expect(refusal(() => binanceSpot({ endpoints: { rest: 'nowhere' } })).message).toContain('must be a URL')
    expect(refusal(() => usdm.streamUrl('private')).message).toContain('public, market')
  })
})

describe('native streams', () => {
  const rows: readonly (readonly [VenueAdapter, string, readonly string[]])[] = [
    [
      spot,
      '',
      [
        'btcusdt@blockTrade',
        'btcusdt@referencePrice',
        'btcusdt@kline_1m@+08:00',
        'btcusdt@avgPrice',
        'btcusdt@ticker_4h',
        '!ticker_1d@arr',
        '!miniTicker@arr',
        'btcusdt@depth5',
        'btcusdt@depth',
      ],
    ],
    [
      usdm,
      'market',
      [
        'btcusdt_perpetual@continuousKline_1m',
        'xauusdt_tradifi_perpetual@continuousKline_1h',
        'defiusdt@compositeIndex',
        '!assetIndex@arr',
        'usdtusd@assetIndex',
        'tradingSession',
        '!markPrice@arr',
        'btcusd@indexPriceKline_1m',
        'btcusdt@markPriceKline_1m',
      ],
    ],
    [usdm, 'public', ['btcusdt@rpiDepth@500ms', 'btcusdt@depth@0ms', '!bookTicker', 'btcusdt@depth10@500ms']],
    [coinm, '', ['btcusd@indexPrice', 'btcusd@indexPrice@1s', 'btcusd_next_quarter@continuousKline_1w']],
    [options, 'public', ['ethusdt@optionTicker@261225', 'btcusdt@optionTrade', 'btc-251226-110000-c@depth20@500ms']],
    [options, 'market', ['!index@arr', '!optionSymbol', 'btcusdt@optionOpenInterest@261225']],
  ]
  for (const [adapter, route, names] of rows) {
    it(`${adapter.id} ${route}: ${names.join(' ')}`, () => {
      for (const name of names) {
        expect(streamOf(adapter, '*', `raw:${name}`)).toMatchObject({ name, route, channel: `raw:${name}` })
      }
    })
  }
})

describe('sockets and control', () => {
  it('F:C04 starts on a bare class path, at most 2048 bytes', () => {
    expect(spot.streamUrl('')).toBe('wss://stream.binance.com:9443/stream')
    expect(usdm.streamUrl('public')).toBe('wss://fstream.binance.com/public/stream')
    expect(usdm.streamUrl('market')).toBe('wss://fstream.binance.com/market/stream')
    expect(coinm.streamUrl('')).toBe('wss://dstream.binance.com/stream')
    expect(options.streamUrl('market')).toBe('wss://fstream.binance.com/market/stream')
    expect(binanceSpot({ timeUnit: 'microsecond' }).streamUrl('')).toContain('/stream?timeUnit=MICROSECOND')
    expect(binanceUsdm({ mode: 'raw' }).streamUrl('public')).toBe('wss://fstream.binance.com/public/ws')
    const local = binanceUsdm({ endpoints: { stream: 'ws://127.0.0.1:9002/' } })
    expect(local.streamUrl('market')).toBe('ws://127.0.0.1:9002/market/stream')
    expect(local.endpoints.rest).toBe('https://fapi.binance.com')
  })

  it('has every environment of every market', () => {
    for (const [id, open] of binanceVenues) {
      for (const environment of ['live', 'testnet', 'demo'] as const) {
        const adapter = open({ environment })
        expect(adapter).toMatchObject({ id, environment })
        expect(adapter.endpoints.rest).toMatch(/^https:\/\//)
        expect(adapter.endpoints.stream).toMatch(/^wss:\/\//)
      }
    }
    expect(binanceUsdm({ environment: 'demo' }).endpoints.stream).toBe('wss://demo-fstream.binance.com')
  })

  it('writes control frames with integer ids', () => {
    expect(usdm.control('subscribe', ['btcusdt@aggTrade', 'btcusdt@depth'], 1)).toBe(
      '{"method":"SUBSCRIBE","params":["btcusdt@aggTrade","btcusdt@depth"],"id":1}',
    )
    expect(usdm.control('unsubscribe', ['a@b'], 312)).toBe('{"method":"UNSUBSCRIBE","params":["a@b"],"id":312}')
    expect(usdm.control('list', [], 3)).toBe('{"method":"LIST_SUBSCRIPTIONS","id":3}')
  })

  it('F:C02 F:C03 keeps limits below those of the venue', () => {
    for (const open of binanceVenues.values()) {
      const { limits } = open()
      expect(limits.namesPerFrame).toBeLessThanOrEqual(100)
      expect(limits.bytesPerFrame).toBeLessThanOrEqual(3000)
    }
    expect(spot.limits.streamsPerConnection).toBeLessThanOrEqual(1024 * 0.98)
    expect(options.limits.streamsPerConnection).toBeLessThanOrEqual(200 * 0.98)
    expect(spot.limits.controlPerSecond).toBeLessThan(5)
    expect(usdm.limits.weightPool).toBe(coinm.limits.weightPool)
    expect(usdm.limits.weightPool).not.toBe(options.limits.weightPool)
  })
})

function instrumentOf(id: InstrumentId, symbol: string): Instrument {
  return {
    id,
    venue: 'binance-usdm',
    symbol,
    kind: 'perpetual',
    base: 'BTC',
    quote: 'USDT',
    settle: 'USDT',
    status: 'TRADING',
    isTrading: true,
    unit: 'base',
    contractSize: 1,
    isInverse: false,
  }
}
