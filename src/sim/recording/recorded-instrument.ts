import type { ContractType, SimInstrument } from '../instrument.ts'
import { expiryMs } from '../tape/intervals.ts'
import type { SimVenue } from '../venue-rules.ts'
import type { SymbolFacts } from './survey.ts'

const quoteAssets = [
  'FDUSD',
  'USDT',
  'USDC',
  'BUSD',
  'TUSD',
  'USDP',
  'BTC',
  'ETH',
  'BNB',
  'TRX',
  'EUR',
  'GBP',
  'TRY',
  'BRL',
  'AUD',
  'RUB',
  'UAH',
  'NGN',
  'DAI',
  'USD',
]
const never = 4_133_404_800_000
const quarterMs = 92 * 86_400_000

/** What can be known of an instrument from the messages about it: its names, and the finest step its numbers showed. */
export function recordedInstrument(venue: SimVenue, facts: SymbolFacts, nowMs: number): SimInstrument {
  const { symbol, priceDecimals, priceWidth, quantityDecimals, quantityWidth } = facts
  const [pair = symbol, suffix] = venue === 'binance-spot' ? [symbol] : symbol.split('_')
  const deliveryMs = suffix === undefined || suffix === 'PERP' ? never : (expiryMs(suffix) ?? never)
  const isInverse = venue === 'binance-coinm'
  const quoteAsset = quoteAssets.find(quote => pair.endsWith(quote) && pair.length > quote.length) ?? 'USDT'
  const baseAsset = pair.slice(0, -quoteAsset.length)
  const kind = venue === 'binance-spot' ? 'spot' : deliveryMs === never ? 'perpetual' : 'delivery'
  return {
    symbol,
    pair,
    baseAsset,
    quoteAsset,
    kind,
    contractType: kind === 'spot' ? '' : contractType(deliveryMs, nowMs),
    contractSize: isInverse ? (baseAsset === 'BTC' ? 100 : 10) : 1,
    isInverse,
    deliveryMs: kind === 'spot' ? 0 : deliveryMs,
    onboardMs: 1_502_942_400_000,
    priceDecimals,
    priceWidth: Math.max(priceWidth, priceDecimals),
    tickUnits: 1,
    quantityDecimals,
    quantityWidth: Math.max(quantityWidth, quantityDecimals),
    lotUnits: 1,
  }
}

function contractType(deliveryMs: number, nowMs: number): ContractType {
  if (deliveryMs === never) return 'PERPETUAL'
  return deliveryMs - nowMs <= quarterMs ? 'CURRENT_QUARTER' : 'NEXT_QUARTER'
}
