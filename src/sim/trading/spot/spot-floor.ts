import type { SimInstrument } from '../../instrument.ts'
import { Chance } from '../../market/chance.ts'
import type { GeneratedVenue, Listed } from '../../market/generated-venue.ts'
import { invalidSymbol } from '../../rest/rest-error.ts'
import { OrderDesk } from '../order-desk.ts'
import type { SpotOrder } from './spot-order.ts'

/** The market behind the accounts of the spot venue. */
export class SpotFloor {
  readonly source: GeneratedVenue
  readonly chance: Chance
  private readonly desks = new Map<string, OrderDesk<SpotOrder>>()
  private lastOrderId = 47_120_000_000
  private lastExecutionId = 98_400_000_000

  constructor(source: GeneratedVenue, seed: number) {
    this.source = source
    this.chance = new Chance(seed, 'accounts spot')
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

  desk(symbol: string): OrderDesk<SpotOrder> {
    let desk = this.desks.get(symbol)
    if (desk === undefined) {
      desk = new OrderDesk<SpotOrder>(this.listed(symbol).market)
      this.desks.set(symbol, desk)
    }
    return desk
  }

  commit(symbol: string): void {
    this.listed(symbol).market.commit(this.nowUs())
  }

  nextOrderId(): number {
    this.lastOrderId += 1 + Math.floor(this.chance.exponential(3))
    return this.lastOrderId
  }

  nextExecutionId(): number {
    this.lastExecutionId += 1 + Math.floor(this.chance.exponential(3))
    return this.lastExecutionId
  }
}
