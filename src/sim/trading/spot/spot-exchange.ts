import type { Clock } from '../../../net/clock.ts'
import { Chance } from '../../market/chance.ts'
import type { GeneratedVenue } from '../../market/generated-venue.ts'
import type { AccountSetup } from '../account-options.ts'
import { UserStream } from '../user-stream.ts'
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

  constructor({ source, setups, seed, clock }: SpotExchangeOptions) {
    this.floor = new SpotFloor(source, seed)
    for (const setup of setups) {
      if (this.traders.has(setup.account)) continue
      const stream = new UserStream(clock, new Chance(seed, `user stream ${setup.account}`))
      const account = new SpotAccount(setup, this.traders.size + 1, stream)
      this.traders.set(setup.account, new SpotTrader(account, this.floor))
    }
  }

  [Symbol.dispose](): void {
    for (const { account } of this.traders.values()) account.stream[Symbol.dispose]()
  }
}
