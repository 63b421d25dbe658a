import type { Clock } from '../../../net/clock.ts'
import { Chance } from '../../market/chance.ts'
import type { GeneratedVenue } from '../../market/generated-venue.ts'
import { unknownKey } from '../../rest/trading-gate.ts'
import type { AccountSetup } from '../account-options.ts'
import { UserStream } from '../user-stream.ts'
import { ListenTokens } from './listen-tokens.ts'
import { MarginDesk } from './margin-desk.ts'
import type { SpotAccountType } from './spot-account.ts'
import { SpotAccount } from './spot-account.ts'
import { SpotFloor } from './spot-floor.ts'
import { SpotTrader } from './spot-trader.ts'

export interface SpotExchangeOptions {
  readonly source: GeneratedVenue
  readonly setups: readonly AccountSetup[]
  readonly seed: number
  readonly clock: Clock
}

/** All accounts of the spot venue. */
export class SpotExchange implements Disposable {
  readonly floor: SpotFloor
  readonly traders = new Map<string, SpotTrader>()
  readonly tokens: ListenTokens
  private readonly margins = new Map<string, MarginDesk>()
  private readonly options: SpotExchangeOptions
  private readonly setups = new Map<string, AccountSetup>()

  constructor(options: SpotExchangeOptions) {
    this.options = options
    this.floor = new SpotFloor(options.source, options.seed)
    this.tokens = new ListenTokens(this.floor)
    for (const setup of options.setups) this.add(setup)
  }

  /** Opens an account; one whose name is known already stays what it is. */
  add(setup: AccountSetup): SpotTrader {
    const known = this.traders.get(setup.account)
    if (known !== undefined) return known
    const trader = this.open(setup, 'SPOT', setup.account)
    this.setups.set(setup.account, setup)
    this.traders.set(setup.account, trader)
    return trader
  }

  /** The margin account of an owner, empty at first: cross, or isolated to a symbol. @throws RestError -2015 */
  margin(account: string, symbol: string | undefined): MarginDesk {
    const name = symbol === undefined ? `${account} margin` : `${account} margin ${symbol}`
    const known = this.margins.get(name)
    if (known !== undefined) return known
    const setup = this.setups.get(account)
    if (setup === undefined) throw unknownKey()
    const trader = this.open(setup, symbol === undefined ? 'MARGIN' : 'ISOLATED_MARGIN', name)
    const desk = new MarginDesk(trader, symbol)
    this.margins.set(name, desk)
    return desk
  }

  [Symbol.dispose](): void {
    for (const { account } of this.traders.values()) account.stream[Symbol.dispose]()
    for (const { trader } of this.margins.values()) trader.account.stream[Symbol.dispose]()
  }

  private open(setup: AccountSetup, type: SpotAccountType, name: string): SpotTrader {
    const { clock, seed } = this.options
    const stream = new UserStream(clock, new Chance(seed, `user stream ${name}`))
    const owner = this.traders.size + this.margins.size + 1
    return new SpotTrader(new SpotAccount({ ...setup, account: name }, owner, stream, type), this.floor)
  }
}
