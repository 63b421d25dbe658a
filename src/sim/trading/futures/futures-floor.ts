import type { GeneratedVenue } from '../../market/generated-venue.ts'
import { badRequest } from '../../rest/rest-error.ts'
import type { Amount } from '../amount.ts'
import { one, portion, priceAmount } from '../amount.ts'
import { Floor } from '../floor.ts'
import { FuturesEvents } from './futures-events.ts'
import type { MarkSource } from './futures-margin.ts'
import type { FuturesOrder } from './futures-order.ts'

/** What of a coin's price counts as margin. */
const haircut: Amount = 95_000_000n

/** The market behind the accounts of one futures venue, and its marks. */
export class FuturesFloor extends Floor<FuturesOrder> implements MarkSource {
  readonly events: FuturesEvents
  private lastRowId = 9_100_000_000

  constructor(source: GeneratedVenue, seed: number) {
    const isInverse = source.venue === 'binance-coinm'
    super(source, seed, `accounts ${source.venue}`, isInverse ? 118_400_000_000 : 886_774_000_000)
    this.events = new FuturesEvents(this, isInverse)
  }

  get isInverse(): boolean {
    return this.source.venue === 'binance-coinm'
  }

  markPrice(symbol: string): Amount {
    return priceAmount(this.listed(symbol).derivative?.markPrice ?? 0)
  }

  /** Mark price in units of the instrument, not rounded to its tick. */
  markUnits(symbol: string): number {
    return (this.listed(symbol).derivative?.markPrice ?? 0) * 10 ** this.instrument(symbol).priceDecimals
  }

  /** Other coins count for less than their price, dollars in full. */
  collateralRate(asset: string, of: string): Amount {
    if (asset === of) return one
    const symbol = `${asset}${of}`
    if (!this.source.listed.has(symbol)) return 0n
    return portion(this.markPrice(symbol), haircut)
  }

  /** @throws RestError -4140 for a contract that does not trade now */
  checkTrading(symbol: string): void {
    if (this.source.status(symbol) !== 'TRADING') throw badRequest(-4140, 'Invalid symbol status for opening position.')
  }

  nextRowId(): number {
    return ++this.lastRowId
  }
}
