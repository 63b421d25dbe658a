/** What the generated market follows, with the prices of late 2026. */
export const underlyingPrices: readonly (readonly [name: string, price: number])[] = [
  ['BTC', 84_788],
  ['ETH', 2_918],
  ['SOL', 141.6],
  ['PEPE', 0.00000742],
  ['币安人生', 0.1318],
  ['TSLA', 402.35],
]

/** Indices made of other underlyings: so many of each. */
export const baskets: readonly (readonly [
  name: string,
  parts: readonly (readonly [base: string, quantity: number])[],
])[] = [
  [
    'DEFI',
    [
      ['ETH', 0.08],
      ['SOL', 1.2],
      ['PEPE', 10_000_000],
    ],
  ],
]
