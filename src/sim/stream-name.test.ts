import { describe, expect, it } from 'vitest'
import { parseStreamName, streamClass } from './stream-name.ts'
import type { SimVenue } from './venue-rules.ts'

describe('stream names', () => {
  it.each([
    ['binance-spot', 'btcusdt@depth', { kind: 'depth', symbol: 'BTCUSDT', speedMs: 1000 }],
    ['binance-usdm', 'btcusdt@depth', { kind: 'depth', symbol: 'BTCUSDT', speedMs: 250 }],
    ['binance-usdm', 'btcusdt@depth@0ms', { kind: 'depth', symbol: 'BTCUSDT', speedMs: 0 }],
    ['binance-spot', 'btcusdt@depth20@100ms', { kind: 'partial', symbol: 'BTCUSDT', levels: 20, speedMs: 100 }],
    ['binance-spot', 'btcusdt@kline_1M', { kind: 'kline', symbol: 'BTCUSDT', interval: '1M', offsetMs: 0 }],
    [
      'binance-spot',
      'btcusdt@kline_1d@+08:00',
      { kind: 'kline', symbol: 'BTCUSDT', interval: '1d', offsetMs: 28_800_000 },
    ],
    [
      'binance-usdm',
      'btcusdt_perpetual@continuousKline_5m',
      { kind: 'continuousKline', pair: 'BTCUSDT', contractType: 'PERPETUAL', interval: '5m' },
    ],
    [
      'binance-coinm',
      'btcusd@indexPriceKline_1m',
      { kind: 'priceKline', of: 'index', symbol: 'BTCUSD', interval: '1m' },
    ],
    ['binance-usdm', '!markPrice@arr@1s', { kind: 'all', what: 'markPrice', speedMs: 1000, window: '' }],
    [
      'binance-options',
      'btcusdt@optionTicker@261225',
      { kind: 'expiry', what: 'optionTicker', symbol: 'BTCUSDT', expiry: '261225' },
    ],
  ] as const)('%s knows %s', (venue, name, expected) => {
    expect(parseStreamName(venue, name)).toEqual(expected)
  })

  it.each([
    ['binance-spot', 'btcusdt@depth@250ms'],
    ['binance-spot', 'btcusdt@depth7'],
    ['binance-spot', 'BTCUSDT@trade'],
    ['binance-spot', '!ticker@arr'],
    ['binance-spot', '!bookTicker'],
    ['binance-spot', 'btcusdt@markPrice'],
    ['binance-spot', '@trade'],
    ['binance-spot', 'btcusdt'],
    ['binance-usdm', 'btcusdt@liquidationOrder'],
    ['binance-usdm', 'btcusdt@kline_1s'],
    ['binance-usdm', 'btcusdt@depth@250ms'],
    ['binance-coinm', '!markPrice@arr'],
    ['binance-options', 'btc-261225-90000-c@trade'],
  ] satisfies [SimVenue, string][])('%s does not know %s', (venue, name) => {
    expect(parseStreamName(venue, name)).toBeUndefined()
  })

  it.each([
    ['btcusdt@depth@100ms', 'public'],
    ['btcusdt@bookTicker', 'public'],
    ['!bookTicker', 'public'],
    ['btcusdt@trade', 'public'],
    ['btcusdt@aggTrade', 'market'],
    ['btcusdt@markPrice@1s', 'market'],
    ['btcusdt@kline_1m', 'market'],
    ['!forceOrder@arr', 'market'],
  ])('USD-M %s is of class %s', (name, expected) => {
    const spec = parseStreamName('binance-usdm', name)
    expect(spec && streamClass(spec)).toBe(expected)
  })
})
