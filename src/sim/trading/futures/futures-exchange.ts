import type { Clock } from '../../../net/clock.ts'
import { Chance } from '../../market/chance.ts'
import type { GeneratedVenue } from '../../market/generated-venue.ts'
import type { AccountSetup } from '../account-options.ts'
import { ListenKey } from '../listen-keys.ts'
import { isOpen, remaining } from '../order.ts'
import type { UserEvent } from '../user-stream.ts'
import { UserStream } from '../user-stream.ts'
import { FuturesAccount } from './futures-account.ts'
import { FuturesAlgos } from './futures-algos.ts'
import { FuturesCountdowns } from './futures-countdowns.ts'
import { FuturesFloor } from './futures-floor.ts'
import { isClosing } from './futures-margin.ts'
import { expiry } from './futures-order.ts'
import { FuturesRisk } from './futures-risk.ts'
import type { TraderListener } from './futures-trader.ts'
import { FuturesTrader } from './futures-trader.ts'
import { LossTakers } from './loss-takers.ts'

/** One account with everything that acts for it. */
export interface FuturesDesk {
  readonly account: FuturesAccount
  readonly trader: FuturesTrader
  readonly algos: FuturesAlgos
  readonly risk: FuturesRisk
  readonly listenKey: ListenKey
  readonly countdowns: FuturesCountdowns
}

export interface FuturesExchangeOptions {
  readonly source: GeneratedVenue
  readonly setups: readonly AccountSetup[]
  readonly seed: number
  readonly clock: Clock
  readonly timeScale: number
  readonly publish: (listenKey: string, event: UserEvent) => void
}

/** All accounts of one futures venue. */
export class FuturesExchange implements Disposable {
  readonly floor: FuturesFloor
  readonly desks = new Map<string, FuturesDesk>()
  private readonly options: FuturesExchangeOptions
  private readonly takers: LossTakers
  private timer: Disposable | undefined

  constructor(options: FuturesExchangeOptions) {
    this.options = options
    this.floor = new FuturesFloor(options.source, options.seed)
    this.takers = new LossTakers(this.floor, () => [...this.desks.values()].map(({ trader }) => trader))
    for (const setup of options.setups) this.add(setup)
  }

  /** Opens an account; one whose name is known already stays what it is. */
  add(setup: AccountSetup): FuturesDesk {
    const known = this.desks.get(setup.account)
    if (known !== undefined) return known
    const desk = this.open(setup, this.options)
    this.desks.set(setup.account, desk)
    this.watch()
    return desk
  }

  /** From the first account on, risk is looked at once a second. */
  private watch(): void {
    const { scheduler } = this.options.source.world
    // Set after the market's own second, so that it runs after the marks have moved.
    this.timer ??= scheduler.every(1_000_000, 0, atUs => {
      for (const { algos, risk } of this.desks.values()) {
        algos.tick()
        risk.tick(Math.floor(atUs / 1000))
      }
    })
  }

  [Symbol.dispose](): void {
    this.timer?.[Symbol.dispose]()
    for (const { listenKey, account, countdowns } of this.desks.values()) {
      countdowns[Symbol.dispose]()
      listenKey[Symbol.dispose]()
      account.stream[Symbol.dispose]()
    }
  }

  private open(setup: AccountSetup, options: FuturesExchangeOptions): FuturesDesk {
    const { floor } = this
    const { clock, timeScale, publish, seed } = options
    const chance = new Chance(seed, `user stream ${setup.account}`)
    const stream = new UserStream(clock, chance)
    const account = new FuturesAccount(setup, this.desks.size + 1, stream)
    const followUp: TraderListener = {
      filled: (trader, order) => {
        trimReduceOnly(trader, order.symbol)
        floor.soon(() => risk.check())
      },
      ended: (_trader, order) => algos.ended(order),
    }
    const trader = new FuturesTrader(account, floor, followUp)
    const algos = new FuturesAlgos(trader)
    const risk = new FuturesRisk(trader, this.takers)
    const listenKey = new ListenKey(stream, {
      clock,
      timeScale,
      chance: floor.chance,
      nowMs: () => floor.nowMs(),
      publish,
    })
    return { account, trader, algos, risk, listenKey, countdowns: new FuturesCountdowns() }
  }
}

/** Orders that may only reduce end when there is no longer enough to reduce, the newest first. */
function trimReduceOnly(trader: FuturesTrader, symbol: string): void {
  const { account } = trader
  const reducing = account.orders.open(symbol).filter(order => order.reduceOnly || isClosing(order))
  const left = new Map<string, number>()
  for (const order of reducing) {
    const { quantity } = account.position(symbol, order.positionSide)
    const name = `${order.positionSide} ${order.side}`
    const closable = quantity > 0 === (order.side === 'SELL') ? Math.abs(quantity) : 0
    const room = left.get(name) ?? closable
    if (order.bookId !== undefined && isOpen(order) && remaining(order) > room) trader.expire(order, expiry.reduceOnly)
    else left.set(name, room - remaining(order))
  }
}
