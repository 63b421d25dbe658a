import type { InstrumentId } from './instrument.ts'
import type { EpochUs } from './time.ts'

/** Funding that was paid. What the stream tells before is an estimate. */
export interface FundingSettlement {
  readonly instrument: InstrumentId
  readonly timeUs: EpochUs
  /** Fraction of the position for the interval that ended; above 0 longs paid shorts. */
  readonly rate: number
  readonly markPrice?: number | undefined
}

/** Open interest at a moment of the past, from the venue's own statistics. */
export interface OpenInterestSample {
  readonly instrument: InstrumentId
  readonly timeUs: EpochUs
  /** In the instrument's unit, as the events of open interest. */
  readonly quantity: number
  /** The same in base coins, where the venue tells it. */
  readonly baseQuantity?: number | undefined
  /** The same in quote currency, where the venue tells it. */
  readonly quoteQuantity?: number | undefined
}
