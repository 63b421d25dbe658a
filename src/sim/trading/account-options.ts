import { ConfigError } from '../../model/error.ts'
import type { SimVenue } from '../venue-rules.ts'
import type { Amount } from './amount.ts'
import { amountFromText } from './amount.ts'
import type { ApiKey, KeyPermission } from './api-key.ts'
import { openApiKey, shownKey } from './api-key.ts'
import { mostLeverage } from './futures/margin-brackets.ts'

/** An API key of the simulated exchange and the account behind it. */
export interface SimAccountOptions {
  /** `binance-usdm`, `binance-coinm` or `binance-spot`. */
  readonly venue: string
  /** What goes into `X-MBX-APIKEY`. */
  readonly key: string
  /** HMAC secret; instead of `publicKey`. */
  readonly secret?: string
  /** RSA or Ed25519 public key as PEM; instead of `secret`. */
  readonly publicKey?: string
  /** @default read and trade */
  readonly permissions?: readonly KeyPermission[]
  /** Keys with the same name share one account; the first of them says what is in it. @default the key */
  readonly account?: string
  /** Decimal text by asset, at most eight digits behind the point. @default nothing */
  readonly balances?: Readonly<Record<string, string>>
  /** Leverage of every contract until it is changed, 1 to 125. @default 20 */
  readonly leverage?: number
  /** Fraction of a trade's value paid when resting. @default 0.0002 on futures, 0.001 on spot */
  readonly makerFee?: number
  /** Fraction of a trade's value paid when taking. @default 0.0005 on futures, 0.001 on spot */
  readonly takerFee?: number
}

export type TradingVenue = Exclude<SimVenue, 'binance-options'>

export interface AccountSetup {
  readonly venue: TradingVenue
  readonly apiKey: ApiKey
  readonly account: string
  readonly balances: ReadonlyMap<string, Amount>
  readonly leverage: number
  readonly makerFee: number
  readonly takerFee: number
}

const tradingVenues: readonly TradingVenue[] = ['binance-usdm', 'binance-coinm', 'binance-spot']

export function isTradingVenue(name: string): name is TradingVenue {
  return tradingVenues.some(venue => venue === name)
}

/** @throws ConfigError that names the option and what was expected */
export function readAccounts(accounts: readonly SimAccountOptions[]): readonly AccountSetup[] {
  const seen = new Set<string>()
  return accounts.map(options => {
    const { venue, key } = options
    if (!isTradingVenue(venue)) {
      throw new ConfigError(`accounts: venue must be among ${tradingVenues.join(', ')}, was "${venue}"`)
    }
    if (seen.has(`${venue} ${key}`)) throw new ConfigError(`accounts: "${shownKey(key)}" stands twice for ${venue}`)
    seen.add(`${venue} ${key}`)
    const isSpot = venue === 'binance-spot'
    return {
      venue,
      apiKey: openApiKey(options),
      account: options.account ?? key,
      balances: readBalances(key, options.balances ?? {}),
      leverage: readLeverage(venue, options.leverage),
      makerFee: readFee('makerFee', options.makerFee ?? (isSpot ? 0.001 : 0.0002)),
      takerFee: readFee('takerFee', options.takerFee ?? (isSpot ? 0.001 : 0.0005)),
    }
  })
}

function readBalances(key: string, balances: Readonly<Record<string, string>>): ReadonlyMap<string, Amount> {
  const read = new Map<string, Amount>()
  for (const [asset, text] of Object.entries(balances)) {
    const amount = amountFromText(text)
    if (amount === undefined || amount < 0n) {
      throw new ConfigError(
        `accounts: balance of ${asset} for "${shownKey(key)}" must be decimal text such as "10000.5", was "${text}"`,
      )
    }
    read.set(asset, amount)
  }
  return read
}

function readLeverage(venue: TradingVenue, leverage: number | undefined): number {
  if (leverage === undefined) return 20
  if (venue === 'binance-spot') throw new ConfigError('accounts: leverage means nothing on binance-spot')
  if (Number.isInteger(leverage) && leverage >= 1 && leverage <= mostLeverage) return leverage
  throw new ConfigError(`accounts: leverage must be a whole number from 1 to ${mostLeverage}, was ${leverage}`)
}

function readFee(name: string, fee: number): number {
  if (fee > -0.01 && fee < 0.1) return fee
  throw new ConfigError(`accounts: ${name} must be a fraction such as 0.0005, was ${fee}`)
}
