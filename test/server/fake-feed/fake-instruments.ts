import { type Instrument, instrumentId } from '../../../src/model/instrument.ts'

export interface FakeMarketSpec {
  readonly instrument: Instrument
  readonly basePrice: number
  /** Typical size of a trade in base coins. */
  readonly tradeSize: number
  readonly seed: number
}

function spec(venue: string, base: string, basePrice: number, tick: string, lot: string, seed: number): FakeMarketSpec {
  const symbol = `${base}USDT`
  const instrument: Instrument = {
    id: instrumentId(`${venue}:${symbol}`),
    venue,
    symbol,
    kind: venue.endsWith('spot') ? 'spot' : 'perpetual',
    base,
    quote: 'USDT',
    settle: 'USDT',
    status: 'TRADING',
    isTrading: true,
    tickSize: tick,
    lotSize: lot,
    unit: 'base',
    contractSize: 1,
    isInverse: false,
  }
  return { instrument, basePrice, tradeSize: 2500 / basePrice, seed }
}

export const FAKE_MARKETS: readonly FakeMarketSpec[] = [
  spec('binance-usdm', 'BTC', 64_000, '0.10', '0.001', 3),
  spec('binance-usdm', 'ETH', 3150, '0.01', '0.001', 5),
  spec('binance-usdm', 'SOL', 148, '0.0100', '0.01', 7),
  spec('binance-usdm', 'DOGE', 0.162, '0.000010', '1', 9),
  spec('binance-usdm', '<img/src=x/onerror=alert(1)>', 1.5, '0.001', '1', 21),
  spec('binance-spot', 'BTC', 64_000, '0.01', '0.00001', 3),
  spec('binance-spot', 'ETH', 3150, '0.01', '0.0001', 5),
]
