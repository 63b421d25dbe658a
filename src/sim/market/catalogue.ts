import type { ContractType, SimInstrument } from '../instrument.ts'
import { civilDate, expiryCode } from '../tape/intervals.ts'
import type { SimVenue } from '../venue-rules.ts'
import type { AgentStyle } from './agents.ts'
import { optionListings } from './option-catalogue.ts'

/** What the generated market lists, with the magnitudes of late 2026. */
export interface Listing {
  readonly instrument: SimInstrument
  readonly underlying: string
  /** Price of the underlying to price of the instrument (1000PEPE counts a thousand). */
  readonly factor: number
  readonly style: AgentStyle
  readonly firstUpdateId: number
  readonly firstTradeId: number
  /** Units of the instrument. */
  readonly openInterest: number
}

const dayMs = 86_400_000
const never = 4_133_404_800_000

interface Row {
  readonly base: string
  readonly name?: string
  readonly priceDecimals: number
  readonly tickUnits?: number
  readonly quantityDecimals: number
  readonly factor?: number
  readonly pace: number
  /** Share of the actions in which somebody takes. @default 0.16 */
  readonly takeShare?: number
  /** Usual sizes in whole units of the instrument (coins or contracts). */
  readonly quote: number
  readonly trade: number
  readonly orders: number
  readonly onboard: number
  readonly ids: readonly [update: number, trade: number]
  readonly openInterest?: number
  readonly contractSize?: number
  readonly liquidationRate?: number
  /** @default 'PERPETUAL' */
  readonly contractType?: ContractType
}

const spotRows: readonly Row[] = [
  {
    base: 'BTC',
    priceDecimals: 2,
    quantityDecimals: 5,
    pace: 15,
    takeShare: 0.27,
    quote: 0.18,
    trade: 0.02,
    orders: 1300,
    onboard: 1_502_942_400_000,
    ids: [98_494_969_448, 5_812_400_000],
  },
  {
    base: 'ETH',
    priceDecimals: 2,
    quantityDecimals: 4,
    pace: 11,
    takeShare: 0.25,
    quote: 4,
    trade: 0.5,
    orders: 700,
    onboard: 1_502_942_400_000,
    ids: [61_202_114_800, 2_911_300_000],
  },
  {
    base: 'SOL',
    priceDecimals: 2,
    quantityDecimals: 3,
    pace: 8,
    takeShare: 0.2,
    quote: 60,
    trade: 8,
    orders: 500,
    onboard: 1_597_125_600_000,
    ids: [31_410_552_100, 1_702_800_000],
  },
  {
    base: '币安人生',
    priceDecimals: 4,
    quantityDecimals: 1,
    pace: 4,
    quote: 9000,
    trade: 900,
    orders: 250,
    onboard: 1_760_486_400_000,
    ids: [912_400_310, 44_210_000],
  },
]

const usdmRows: readonly Row[] = [
  {
    base: 'BTC',
    priceDecimals: 2,
    tickUnits: 10,
    quantityDecimals: 3,
    pace: 18,
    takeShare: 0.3,
    quote: 0.7,
    trade: 0.08,
    orders: 1300,
    onboard: 1_569_398_400_000,
    ids: [0, 7_967_400_000],
    openInterest: 88_200,
    liquidationRate: 0.0035,
  },
  {
    base: 'ETH',
    priceDecimals: 2,
    quantityDecimals: 3,
    pace: 13,
    takeShare: 0.28,
    quote: 14,
    trade: 1.4,
    orders: 800,
    onboard: 1_569_398_400_000,
    ids: [0, 6_402_500_000],
    openInterest: 1_910_000,
    liquidationRate: 0.0025,
  },
  {
    base: 'SOL',
    priceDecimals: 4,
    tickUnits: 100,
    quantityDecimals: 2,
    pace: 10,
    takeShare: 0.22,
    quote: 110,
    trade: 12,
    orders: 500,
    onboard: 1_600_000_000_000,
    ids: [0, 2_810_300_000],
    openInterest: 9_400_000,
    liquidationRate: 0.002,
  },
  {
    base: 'PEPE',
    name: '1000PEPE',
    priceDecimals: 7,
    quantityDecimals: 0,
    factor: 1000,
    pace: 7,
    quote: 900_000,
    trade: 60_000,
    orders: 400,
    onboard: 1_683_208_800_000,
    ids: [0, 812_300_000],
    openInterest: 14_800_000_000,
    liquidationRate: 0.0006,
  },
  {
    base: 'DEFI',
    priceDecimals: 1,
    quantityDecimals: 3,
    pace: 4,
    quote: 6,
    trade: 0.7,
    orders: 160,
    onboard: 1_598_572_800_000,
    ids: [0, 190_400_000],
    openInterest: 4200,
  },
  {
    base: 'TSLA',
    contractType: 'TRADIFI_PERPETUAL',
    priceDecimals: 2,
    quantityDecimals: 2,
    pace: 5,
    quote: 9,
    trade: 1.1,
    orders: 220,
    onboard: 1_769_558_400_000,
    ids: [0, 61_300_000],
    openInterest: 96_000,
  },
]

const coinmRows: readonly Row[] = [
  {
    base: 'BTC',
    priceDecimals: 1,
    quantityDecimals: 0,
    pace: 12,
    quote: 260,
    trade: 22,
    orders: 700,
    onboard: 1_597_042_800_000,
    ids: [0, 1_112_400_000],
    openInterest: 6_120_000,
    contractSize: 100,
    liquidationRate: 0.0006,
  },
  {
    base: 'ETH',
    priceDecimals: 2,
    quantityDecimals: 0,
    pace: 9,
    quote: 900,
    trade: 80,
    orders: 500,
    onboard: 1_597_734_000_000,
    ids: [0, 702_100_000],
    openInterest: 21_300_000,
    contractSize: 10,
    liquidationRate: 0.0005,
  },
]

/** Last Friday of the quarter after next month's beginning, 08:00 UTC: when quarterly contracts are delivered. */
export function quarterEnd(nowMs: number): number {
  for (let day = Math.floor(nowMs / dayMs) + 7; ; day++) {
    const { month, dayOfMonth } = civilDate(day)
    // 1970-01-01 was a Thursday, so day 1 was a Friday.
    const isFriday = (day - 1) % 7 === 0
    if (isFriday && month % 3 === 0 && civilDate(day + 7).month !== month && dayOfMonth > 0)
      return day * dayMs + 28_800_000
  }
}

export function listings(venue: SimVenue, nowMs: number): readonly Listing[] {
  switch (venue) {
    case 'binance-spot':
      return spotRows.map(row => listing(row, { ...contract('', 0), quoteAsset: 'USDT', kind: 'spot' }))
    case 'binance-usdm':
      return [
        ...usdmRows.map(row =>
          listing(row, {
            ...contract(row.contractType ?? 'PERPETUAL', never),
            quoteAsset: 'USDT',
            kind: 'perpetual',
          }),
        ),
        ...usdmRows.slice(0, 1).map(row => delivery(row, 'USDT', nowMs)),
      ]
    case 'binance-coinm':
      return [
        ...coinmRows.map(row =>
          listing(row, { ...contract('PERPETUAL', never), quoteAsset: 'USD', kind: 'perpetual' }),
        ),
        ...coinmRows.slice(0, 1).map(row => delivery(row, 'USD', nowMs)),
      ]
    case 'binance-options':
      return optionListings(nowMs)
  }
}

interface Contract {
  readonly contractType: ContractType
  readonly deliveryMs: number
  readonly suffix?: string
}

function contract(contractType: ContractType, deliveryMs: number): Contract {
  return { contractType, deliveryMs }
}

function delivery(row: Row, quoteAsset: string, nowMs: number): Listing {
  const deliveryMs = quarterEnd(nowMs)
  const quieter = {
    ...row,
    pace: row.pace / 4,
    trade: row.trade / 2,
    orders: 250,
    openInterest: (row.openInterest ?? 0) / 20,
    onboard: deliveryMs - 182 * dayMs,
    ids: [0, 3_210_000] as const,
    liquidationRate: 0,
  }
  const suffix = `_${expiryCode(deliveryMs)}`
  return listing(quieter, { contractType: 'CURRENT_QUARTER', deliveryMs, quoteAsset, kind: 'delivery', suffix })
}

function listing(
  row: Row,
  on: Contract & { readonly quoteAsset: string; readonly kind: 'spot' | 'perpetual' | 'delivery' },
): Listing {
  const isInverse = on.quoteAsset === 'USD'
  const name = row.name ?? row.base
  const pair = `${name}${on.quoteAsset}`
  const suffix = on.suffix ?? (isInverse ? '_PERP' : '')
  const isSpot = on.kind === 'spot'
  const scale = 10 ** row.quantityDecimals
  const instrument: SimInstrument = {
    symbol: `${pair}${suffix}`,
    pair,
    baseAsset: name,
    quoteAsset: on.quoteAsset,
    kind: on.kind,
    contractType: on.contractType,
    contractSize: row.contractSize ?? 1,
    isInverse,
    deliveryMs: on.deliveryMs,
    onboardMs: row.onboard,
    priceDecimals: row.priceDecimals,
    priceWidth: isSpot ? 8 : row.priceDecimals,
    tickUnits: row.tickUnits ?? 1,
    quantityDecimals: row.quantityDecimals,
    quantityWidth: isSpot ? 8 : row.quantityDecimals,
    lotUnits: 1,
  }
  return {
    instrument,
    underlying: row.base,
    factor: row.factor ?? 1,
    style: {
      pace: row.pace,
      takeShare: row.takeShare ?? 0.16,
      quoteQuantity: row.quote * scale,
      tradeQuantity: row.trade * scale,
      halfSpread: row.pace >= 10 ? 0.0000012 : 0.00003,
      spacing: row.pace >= 10 ? 0.00001 : 0.00006,
      ordersPerSide: row.orders,
      liquidationRate: row.liquidationRate ?? 0,
    },
    firstUpdateId: row.ids[0],
    firstTradeId: row.ids[1],
    openInterest: (row.openInterest ?? 0) * scale,
  }
}
