import type { SimInstrument } from '../../instrument.ts'
import { Chance } from '../../market/chance.ts'
import type { GeneratedVenue, Listed } from '../../market/generated-venue.ts'
import { badRequest, invalidSymbol } from '../../rest/rest-error.ts'
import type { Amount } from '../amount.ts'
import { priceAmount } from '../amount.ts'
import { OrderDesk } from '../order-desk.ts'
import { FuturesEvents } from './futures-events.ts'
import type { MarkSource } from './futures-margin.ts'
import type { FuturesOrder } from './futures-order.ts'

/** The market behind the accounts of one futures venue: instruments, marks, books, ids and time. */
export class FuturesFloor implements MarkSource {
  readonly source: GeneratedVenue
  readonly events: FuturesEvents
  /** For client ids and listen keys. */
  readonly chance: Chance
  private readonly desks = new Map<string, OrderDesk<FuturesOrder>>()
  private lastOrderId: number
  private lastRowId = 9_100_000_000

  constructor(source: GeneratedVenue, seed: number) {
    this.source = source
    this.chance = new Chance(seed, `accounts ${source.venue}`)
    this.events = new FuturesEvents(this, source.venue === 'binance-coinm')
    this.lastOrderId = source.venue === 'binance-coinm' ? 118_400_000_000 : 886_774_000_000
  }

  get isInverse(): boolean {
    return this.source.venue === 'binance-coinm'
  }

  nowUs(): number {
    return this.source.world.scheduler.nowUs
  }

  nowMs(): number {
    return this.source.nowMs()
  }

  /** Runs after what is going on now, at the same moment of market time. */
  soon(run: () => void): void {
    this.source.world.scheduler.at(this.nowUs(), run)
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

  markPrice(symbol: string): Amount {
    return priceAmount(this.listed(symbol).derivative?.markPrice ?? 0)
  }

  /** Mark price in units of the instrument, not rounded to its tick. */
  markUnits(symbol: string): number {
    return (this.listed(symbol).derivative?.markPrice ?? 0) * 10 ** this.instrument(symbol).priceDecimals
  }

  lastPrice(symbol: string): number {
    return this.listed(symbol).market.tape.trades.last?.price ?? 0
  }

  /** @throws RestError -4140 for a contract that does not trade now */
  checkTrading(symbol: string): void {
    if (this.source.status(symbol) !== 'TRADING') throw badRequest(-4140, 'Invalid symbol status for opening position.')
  }

  desk(symbol: string): OrderDesk<FuturesOrder> {
    let desk = this.desks.get(symbol)
    if (desk === undefined) {
      desk = new OrderDesk<FuturesOrder>(this.listed(symbol).market)
      this.desks.set(symbol, desk)
    }
    return desk
  }

  /** Ends an action on a book: it gets its update id, and the public streams show it. */
  commit(symbol: string): void {
    this.listed(symbol).market.commit(this.nowUs())
  }

  /** Ids rise with holes, as other people order, too. */
  nextOrderId(): number {
    this.lastOrderId += 1 + Math.floor(this.chance.exponential(3))
    return this.lastOrderId
  }

  nextRowId(): number {
    return ++this.lastRowId
  }
}
