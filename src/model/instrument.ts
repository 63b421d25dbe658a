import type { Brand } from './brand.ts'
import { ConfigError } from './error.ts'
import type { EpochUs } from './time.ts'

/** `<venue>:<SYMBOL>` with the venue's own symbol, e.g. `binance-usdm:BTCUSDT`; `<venue>:*` stands for the whole market. */
export type InstrumentId = Brand<string, 'InstrumentId'>

/** Which deployment of a venue. @default 'live' */
export type Environment = 'live' | 'testnet' | 'demo'

export type InstrumentKind = 'spot' | 'perpetual' | 'future' | 'option'

/** What a traded instrument is and in which steps and units its numbers come. Decimal texts are the venue's own. */
export interface Instrument {
  readonly id: InstrumentId
  readonly venue: string
  /** The venue's own symbol, which may be any Unicode text. */
  readonly symbol: string
  readonly kind: InstrumentKind
  readonly base: string
  readonly quote: string
  /** Asset in which profit, loss and margin are counted; the quote asset on spot. */
  readonly settle: string
  /** The venue's own status text: an open set, `TRADING` means open on Binance. */
  readonly status: string
  readonly isTrading: boolean
  /** Smallest price step, decimal text; absent when the venue names none. */
  readonly tickSize?: string
  /** Smallest quantity step, decimal text. */
  readonly lotSize?: string
  /** Smallest order quantity, decimal text. */
  readonly minQuantity?: string
  /** Smallest order value in quote, decimal text. */
  readonly minNotional?: string
  /** Unit of `quantity` in every event: coins of `base`, or contracts. */
  readonly unit: 'base' | 'contracts'
  /** Size of one contract; 1 where `unit` is `base`. In base coins when linear, in quote currency when inverse. */
  readonly contractSize: number
  /** An inverse contract is worth a fixed amount of quote currency and is settled in base. */
  readonly isInverse: boolean
  /** Native name of the underlying pair or index, e.g. `BTCUSD` for `BTCUSD_PERP`. */
  readonly pair?: string
  readonly expiryTimeUs?: EpochUs
  readonly listedTimeUs?: EpochUs
  readonly strikePrice?: number
  readonly optionType?: 'call' | 'put'
}

/** Parses `<venue>:<SYMBOL>`. @throws ConfigError when the text has another form */
export function instrumentId(text: string): InstrumentId {
  if (!/^[a-z0-9-]+:[^:\s]+$/u.test(text)) {
    throw new ConfigError(`instrument must look like "binance-spot:BTCUSDT", was "${text}".`)
  }
  return text as InstrumentId
}

/** `binance-usdm` of `binance-usdm:BTCUSDT`. */
export function venueOf(id: InstrumentId): string {
  return id.slice(0, id.indexOf(':'))
}

/** `BTCUSDT` of `binance-usdm:BTCUSDT`. */
export function symbolOf(id: InstrumentId): string {
  return id.slice(id.indexOf(':') + 1)
}

type Convertible = Pick<Instrument, 'unit' | 'contractSize' | 'isInverse'>

/**
 * A quantity in base coins. Linear contracts: `quantity × contractSize`; inverse: `quantity × contractSize ÷ price`.
 * Source: Binance COIN-M contract specification; 3 BTCUSD_PERP at 60000 are 0.005 BTC.
 */
export function baseQuantity(instrument: Convertible, quantity: number, price: number): number {
  if (instrument.unit === 'base') return quantity
  return instrument.isInverse ? (quantity * instrument.contractSize) / price : quantity * instrument.contractSize
}

/** A quantity in quote currency. Inverse contracts: `quantity × contractSize`; everything else: base quantity × price. */
export function quoteQuantity(instrument: Convertible, quantity: number, price: number): number {
  if (instrument.isInverse) return quantity * instrument.contractSize
  return baseQuantity(instrument, quantity, price) * price
}
