import type { GeneratedVenue } from '../../market/generated-venue.ts'
import { Floor } from '../floor.ts'
import type { SpotOrder } from './spot-order.ts'

/** The market behind the accounts of the spot venue. */
export class SpotFloor extends Floor<SpotOrder> {
  private lastExecutionId = 98_400_000_000
  private lastListId = 112_000_000
  private lastPreventionId = 2000

  constructor(source: GeneratedVenue, seed: number) {
    super(source, seed, 'accounts spot', 47_120_000_000)
  }

  nextExecutionId(): number {
    this.lastExecutionId += 1 + Math.floor(this.chance.exponential(3))
    return this.lastExecutionId
  }

  nextListId(): number {
    this.lastListId += 1 + Math.floor(this.chance.exponential(2))
    return this.lastListId
  }

  nextPreventionId(): number {
    return ++this.lastPreventionId
  }
}
