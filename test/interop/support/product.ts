/** What the tests trade on each venue. */
export interface Product {
  readonly venue: 'binance-spot' | 'binance-usdm' | 'binance-coinm'
  readonly symbol: string
  /** Prefix of the REST paths. */
  readonly rest: string
  readonly base: string
  readonly quote: string
  readonly priceDecimals: number
  readonly tick: number
  /** Quantities of the session: of the order that rests, of its partial fills, and of the market orders. */
  readonly quantity: string
  readonly part: string
  readonly lump: string
  readonly balances: Readonly<Record<string, string>>
  /** Where market streams are found, by class. */
  readonly streams: { readonly public: string; readonly market: string }
}

export const spot: Product = {
  venue: 'binance-spot',
  symbol: 'BTCUSDT',
  rest: '/api/v3',
  base: 'BTC',
  quote: 'USDT',
  priceDecimals: 2,
  tick: 0.01,
  quantity: '0.02000',
  part: '0.00700',
  lump: '0.01300',
  balances: { USDT: '500000', BTC: '2.5' },
  streams: { public: '/stream', market: '/stream' },
}

export const usdm: Product = {
  ...spot,
  venue: 'binance-usdm',
  rest: '/fapi/v1',
  tick: 0.1,
  quantity: '0.020',
  part: '0.007',
  lump: '0.013',
  balances: { USDT: '100000' },
  streams: { public: '/public/stream', market: '/market/stream' },
}

export const coinm: Product = {
  ...spot,
  venue: 'binance-coinm',
  symbol: 'BTCUSD_PERP',
  rest: '/dapi/v1',
  quote: 'USD',
  priceDecimals: 1,
  tick: 0.1,
  quantity: '20',
  part: '7',
  lump: '13',
  balances: { BTC: '10' },
}

/** A price of the product that is valid text for an order. */
export function priceText(product: Product, price: number): string {
  return (Math.round(price / product.tick) * product.tick).toFixed(product.priceDecimals)
}
