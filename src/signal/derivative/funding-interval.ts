import type { MarkPriceEvent } from '../../model/event.ts'

const HOUR_US = 3_600_000_000
/** No contract settles more often: within an hour of one settlement the next cannot have been missed. */
const SHORTEST_US = HOUR_US
/** A venue may announce the next settlement a little before this one. */
const EARLY_US = 60_000_000

/**
 * How many hours lie between the settlements of a contract. Venues change it while it trades (8, 4, 1), so that it is never
 * assumed: it is given, or seen from two settlement times that follow one another.
 */
export class FundingInterval {
  private known: number | undefined
  private next: number | undefined
  private settled: number | undefined

  /** @param hours what is known of it from elsewhere; what is seen later counts more */
  constructor(hours?: number) {
    this.known = hours
  }

  /** Undefined until it is known. */
  get hours(): number | undefined {
    return this.known
  }

  /** The settlement that the newest event revealed as past, microseconds; undefined when it revealed none. */
  get settledUs(): number | undefined {
    return this.settled
  }

  accept(event: Pick<MarkPriceEvent, 'fundingTimeUs'>, timeUs: number): void {
    this.settled = undefined
    const announced = event.fundingTimeUs
    if (announced === undefined || announced === 0) return
    const last = this.next
    if (last !== undefined && announced <= last) {
      // The venue moved the settlement that is still ahead: what was said before is void.
      if (announced < last && timeUs < announced) this.next = announced
      return
    }
    this.next = announced
    if (last === undefined || timeUs < last - EARLY_US) return
    this.settled = last
    if (timeUs - last >= SHORTEST_US) return
    const hours = (announced - last) / HOUR_US
    if (Number.isInteger(hours) && hours >= 1 && hours <= 24) this.known = hours
  }
}
