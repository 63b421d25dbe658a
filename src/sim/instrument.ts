export type SimKind = 'spot' | 'perpetual' | 'delivery' | 'option'
export type ContractType = '' | 'PERPETUAL' | 'TRADIFI_PERPETUAL' | 'CURRENT_QUARTER' | 'NEXT_QUARTER'

/** An instrument of the simulated venue. Prices and quantities are integers of 10^-decimals; `width` is what the wire shows. */
export interface SimInstrument {
  readonly symbol: string
  /** `BTCUSDT`, `BTCUSD`; the symbol itself on spot. */
  readonly pair: string
  readonly baseAsset: string
  readonly quoteAsset: string
  readonly kind: SimKind
  readonly contractType: ContractType
  /** USD per contract on COIN-M, 1 otherwise. */
  readonly contractSize: number
  /** True where the quantity counts contracts of a fixed value in quote currency. */
  readonly isInverse: boolean
  readonly deliveryMs: number
  readonly onboardMs: number
  readonly priceDecimals: number
  readonly priceWidth: number
  readonly tickUnits: number
  readonly quantityDecimals: number
  readonly quantityWidth: number
  readonly lotUnits: number
  readonly option?: { readonly strike: number; readonly side: 'CALL' | 'PUT'; readonly underlying: string }
}

/** Digits behind the point of a turnover: quote currency of a linear market, base coin of an inverse one. */
export function turnoverDecimals(instrument: SimInstrument): number {
  return instrument.isInverse ? 8 : instrument.priceDecimals + instrument.quantityDecimals
}

export function turnoverWidth(instrument: SimInstrument): number {
  return instrument.kind === 'spot' ? Math.max(8, turnoverDecimals(instrument)) : turnoverDecimals(instrument)
}

/** Value of a trade in units of 10^-turnoverDecimals; inverse values are rounded per trade. */
export function turnover(instrument: SimInstrument, price: number, quantity: number): bigint {
  if (instrument.isInverse) {
    const coins = (quantity * instrument.contractSize * 10 ** (8 + instrument.priceDecimals)) / price
    return BigInt(Math.round(coins / 10 ** instrument.quantityDecimals))
  }
  const product = price * quantity
  return product < Number.MAX_SAFE_INTEGER ? BigInt(product) : BigInt(price) * BigInt(quantity)
}
