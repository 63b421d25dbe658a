import { expiryCode } from '../tape/intervals.ts'
import type { Listing } from './catalogue.ts'
import { underlyingPrices } from './underlying-list.ts'

const dayMs = 86_400_000

/** Fridays, 08:00 UTC: the next that is more than two days away, and one four weeks later. */
export function optionExpiries(nowMs: number): readonly number[] {
  let day = Math.floor(nowMs / dayMs) + 3
  while ((day - 1) % 7 !== 0) day++
  return [day, day + 28].map(value => value * dayMs + 28_800_000)
}

/** Calls and puts around the money for two expiries. */
export function optionListings(nowMs: number): readonly Listing[] {
  const rows: Listing[] = []
  const step = 2500
  const spot = underlyingPrices[0]?.[1] ?? step
  const middle = Math.round(spot / step) * step
  for (const expiryMs of optionExpiries(nowMs)) {
    for (const strike of [middle - 2 * step, middle - step, middle, middle + step, middle + 2 * step]) {
      for (const side of ['CALL', 'PUT'] as const) rows.push(optionListing(expiryMs, strike, side))
    }
  }
  return rows
}

function optionListing(deliveryMs: number, strike: number, side: 'CALL' | 'PUT'): Listing {
  const symbol = `BTC-${expiryCode(deliveryMs)}-${strike}-${side === 'CALL' ? 'C' : 'P'}`
  return {
    instrument: {
      symbol,
      pair: 'BTCUSDT',
      baseAsset: 'BTC',
      quoteAsset: 'USDT',
      kind: 'option',
      contractType: '',
      contractSize: 1,
      isInverse: false,
      deliveryMs,
      onboardMs: deliveryMs - 60 * dayMs,
      priceDecimals: 0,
      priceWidth: 3,
      tickUnits: 5,
      quantityDecimals: 2,
      quantityWidth: 4,
      lotUnits: 1,
      option: { strike, side, underlying: 'BTCUSDT' },
    },
    underlying: 'BTC',
    factor: 1,
    style: {
      pace: 2.4,
      takeShare: 0.03,
      quoteQuantity: 400,
      tradeQuantity: 60,
      halfSpread: 0.008,
      spacing: 0.01,
      ordersPerSide: 12,
      liquidationRate: 0,
    },
    firstUpdateId: 2400,
    firstTradeId: 34_000_000,
    openInterest: 41_000,
  }
}
