import { epochUs } from '../../../src/model/time.ts'
import type { Clock } from '../../../src/net/clock.ts'
import { systemClock } from '../../../src/net/clock.ts'
import type { SimAccount, SimEndpoints, Simulator, SimulatorOptions, VenueStats } from '../../../src/sim/index.ts'
import { createSimulator } from '../../../src/sim/index.ts'
import { aliceKey, secret, TradingClient } from '../../sim/trading-client.ts'
import { decimal } from './decimal.ts'
import type { Product } from './product.ts'

/** One simulated venue with one account, as a client gets to know it. */
export interface Exchange extends AsyncDisposable {
  readonly product: Product
  readonly endpoints: SimEndpoints
  readonly key: string
  readonly secret: string
  readonly sim: Simulator
  readonly account: SimAccount
  readonly stats: VenueStats
  /** The same account through plain HTTP, for what happens behind the client's back. */
  readonly direct: TradingClient
  /** What the exchange itself found wrong; nothing, if it is sound. */
  readonly notices: readonly string[]
  /** Best prices now, as text of the venue. */
  touch(): Promise<{ readonly bid: number; readonly ask: number }>
}

export async function openExchange(product: Product, options: SimulatorOptions = {}): Promise<Exchange> {
  const { venue } = product
  const notices: string[] = []
  const sim = await createSimulator({
    venues: [venue],
    onNotice: line => notices.push(line),
    seed: 11,
    accounts: [{ venue, key: aliceKey, secret, balances: product.balances }],
    ...options,
  })
  const endpoints = sim.endpoints[venue]
  const stats = sim.stats()[venue]
  if (endpoints === undefined || stats === undefined) throw new Error(`${venue} is not served`)
  const direct = new TradingClient(sim, venue, { key: aliceKey })
  return {
    product,
    endpoints,
    key: aliceKey,
    secret,
    sim,
    account: sim.account(aliceKey),
    stats,
    direct,
    notices,
    touch: async () => {
      const { rows, body } = await direct.raw('GET', `${product.rest}/ticker/bookTicker?symbol=${product.symbol}`)
      const row = rows[0] ?? body
      return { bid: Number(decimal(row['bidPrice'])), ask: Number(decimal(row['askPrice'])) }
    },
    [Symbol.asyncDispose]: () => sim[Symbol.asyncDispose](),
  }
}

/** A machine whose clock is wrong: the exchange's time is this much ahead of the client's. */
export function aheadBy(offsetMs: number): Clock {
  return {
    nowUs: () => epochUs(systemClock.nowUs() + offsetMs * 1000),
    monotonicMs: () => systemClock.monotonicMs(),
    setTimer: (delayMs, fn) => systemClock.setTimer(delayMs, fn),
  }
}
