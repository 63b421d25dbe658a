import type { InstrumentId } from '../../model/instrument.ts'
import { venueOf } from '../../model/instrument.ts'
import type { SignalInstrument } from '../../signal/signal-kind.ts'
import type { FeeSchedule } from '../market/fee-schedule.ts'
import type { FundingTrack } from '../market/funding-track.ts'
import type { NoPrice, PriceTrack } from '../market/price-track.ts'
import { forwardReturn } from '../statistics/forward-return.ts'

/** What a taker would have been left with who traded at one moment and closed at another. */
export interface Trade {
  readonly entryTimeUs: number
  readonly exitTimeUs: number
  readonly entryMid: number
  readonly exitMid: number
  readonly entryPrice: number
  readonly exitPrice: number
  readonly entryFee: number
  readonly exitFee: number
  /** Paid (+) or received, fraction of the notional. */
  readonly funding: number
  /** False on a perpetual whose recording tells nothing of funding. */
  readonly isFundingKnown: boolean
  readonly grossMidBps: number
  readonly netBps: number
  /** Prices were unknown at some moment in between. */
  readonly hasGap: boolean
}

/** Prices, funding and fees of what is traded. */
export class Market {
  private readonly instruments: ReadonlyMap<InstrumentId, SignalInstrument>
  private readonly prices: ReadonlyMap<InstrumentId, PriceTrack>
  private readonly funding: ReadonlyMap<InstrumentId, FundingTrack>
  private readonly fees: FeeSchedule

  constructor(
    instruments: readonly SignalInstrument[],
    tracks: {
      readonly prices: ReadonlyMap<InstrumentId, PriceTrack>
      readonly funding: ReadonlyMap<InstrumentId, FundingTrack>
    },
    fees: FeeSchedule,
  ) {
    this.instruments = new Map(instruments.map(each => [each.id, each] as const))
    this.prices = tracks.prices
    this.funding = tracks.funding
    this.fees = fees
  }

  track(id: InstrumentId): PriceTrack | undefined {
    return this.prices.get(id)
  }

  /** Without any cost or side; undefined where it is not known. */
  midAt(id: InstrumentId, timeUs: number): number | undefined {
    const price = this.prices.get(id)?.at(timeUs)
    return typeof price === 'object' ? price.mid : undefined
  }

  /** @throws ConfigError when no fee is known @returns why there is none, where a price was not known */
  trade(id: InstrumentId, side: 1 | -1, entryTimeUs: number, exitTimeUs: number): Trade | NoPrice {
    const track = this.prices.get(id)
    const entry = track?.at(entryTimeUs) ?? 'beforeStart'
    if (typeof entry === 'string') return entry
    const exit = track?.at(exitTimeUs) ?? 'afterEnd'
    if (typeof exit === 'string') return exit
    const instrument = this.instruments.get(id)
    const isPerpetual = instrument?.kind === 'perpetual'
    const paid = isPerpetual ? this.funding.get(id)?.paid(side, entryTimeUs, exitTimeUs) : 0
    const venue = venueOf(id)
    const terms = {
      entryPrice: side === 1 ? entry.buyPrice : entry.sellPrice,
      exitPrice: side === 1 ? exit.sellPrice : exit.buyPrice,
      entryMid: entry.mid,
      exitMid: exit.mid,
      entryFee: this.fees.takerFee(venue, entryTimeUs),
      exitFee: this.fees.takerFee(venue, exitTimeUs),
      funding: paid ?? 0,
    }
    return {
      entryTimeUs,
      exitTimeUs,
      ...terms,
      isFundingKnown: paid !== undefined,
      ...forwardReturn({ side, ...terms, isInverse: instrument?.isInverse ?? false }),
      hasGap: track?.hasGap(entryTimeUs, exitTimeUs) ?? false,
    }
  }
}
