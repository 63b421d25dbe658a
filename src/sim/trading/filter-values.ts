/** Limits that `exchangeInfo` names and the order entry holds accounts to. */
export const futuresFilters = {
  maxPrice: '4529764',
  maxQuantity: '1000000000',
  maxMarketQuantity: '100000000',
  maxOrders: 200,
  maxAlgoOrders: 10,
  minNotional: '5',
  multiplierUp: '1.0500',
  multiplierDown: '0.9500',
  marketTakeBound: '0.05',
} as const

export const spotFilters = {
  maxPrice: '1000000.00000000',
  maxQuantity: '9000000.00000000',
  maxMarketQuantity: '100000.00000000',
  minNotional: '5.00000000',
  maxNotional: '9000000.00000000',
  maxOrders: 200,
  maxAlgoOrders: 5,
  maxOrderLists: 20,
  maxAmends: 10,
  maxIcebergParts: 10,
  /** Basis points, above and below alike. */
  minTrailingDelta: 10,
  maxTrailingDelta: 2000,
  multiplierUp: '5',
  multiplierDown: '0.2',
} as const
