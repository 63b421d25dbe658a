import type { SimInstrument } from '../instrument.ts'
import { Chance } from '../market/chance.ts'
import type { GeneratedVenue, Listed } from '../market/generated-venue.ts'
import { invalidSymbol } from '../rest/rest-error.ts'
import type { Order } from './order.ts'
import { OrderDesk } from './order-desk.ts'

/** The market behind the accounts of one venue: instruments, books, ids and time. */
export class Floor<T extends Order> {
  readonly source: GeneratedVenue
  /** For ids, client ids and listen keys. */
  readonly chance: Chance
  private readonly desks = new Map<string, OrderDesk<T>>()
  private readonly later: (() => void)[] = []
  private timer: Disposable | undefined
  private isSettling = false
  private lastOrderId: number

  constructor(source: GeneratedVenue, seed: number, name: string, firstOrderId: number) {
    this.source = source
    this.chance = new Chance(seed, name)
    this.lastOrderId = firstOrderId
  }

  nowUs(): number {
    return this.source.world.scheduler.nowUs
  }

  nowMs(): number {
    return this.source.nowMs()
  }

  /** @throws RestError -1121 */
  listed(symbol: string): Listed {
    const listed = this.source.listed.get(symbol)
    if (listed === undefined) throw invalidSymbol()
    return listed
  }

  /** @throws RestError -1121 */
  instrument(symbol: string): SimInstrument {
    return this.listed(symbol).market.instrument
  }

  lastPrice(symbol: string): number {
    return this.listed(symbol).market.tape.trades.last?.price ?? 0
  }

  desk(symbol: string): OrderDesk<T> {
    let desk = this.desks.get(symbol)
    if (desk === undefined) {
      desk = new OrderDesk<T>(this.listed(symbol).market)
      this.desks.set(symbol, desk)
    }
    return desk
  }

  /** Ends an action on a book: it gets its update id, and the public streams show it. */
  commit(symbol: string): void {
    this.listed(symbol).market.commit(this.nowUs())
  }

  /** Runs after what is going on now: a trade is still being told when it triggers something. */
  soon(run: () => void): void {
    this.later.push(run)
    this.timer ??= this.source.world.scheduler.at(this.nowUs(), () => this.settle())
  }

  /** Carries out what has been put off. To be called at the end of an action of an account, outside any trade. */
  settle(): void {
    if (this.isSettling) return
    this.isSettling = true
    this.timer?.[Symbol.dispose]()
    this.timer = undefined
    try {
      for (let run = this.later.shift(); run !== undefined; run = this.later.shift()) run()
    } finally {
      this.isSettling = false
    }
  }

  /** Ids rise with holes, as other people order, too. */
  nextOrderId(): number {
    this.lastOrderId += 1 + Math.floor(this.chance.exponential(3))
    return this.lastOrderId
  }
}
