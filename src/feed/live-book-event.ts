import type { ReadableBook } from '../book/readable-book.ts'
import type { BookEvent, Level } from '../model/event.ts'
import type { InstrumentId } from '../model/instrument.ts'
import type { EpochUs } from '../model/time.ts'

const NO_LEVELS: readonly Level[] = []

/**
 * A book event whose levels are read from the live book on first access and then kept. Whoever only wants the best price
 * reads it from the book and never pays for the levels.
 */
export class LiveBookEvent implements BookEvent {
  readonly kind = 'book'
  readonly instrument: InstrumentId
  readonly exchangeTimeUs: EpochUs | undefined
  readonly receiveTimeUs: EpochUs
  readonly sequence: number
  readonly synced: boolean
  private readonly source: ReadableBook
  private readonly depth: number
  private cachedBids: readonly Level[] | undefined
  private cachedAsks: readonly Level[] | undefined

  constructor(source: ReadableBook, depth: number) {
    this.source = source
    this.depth = depth
    this.instrument = source.instrument
    this.exchangeTimeUs = source.exchangeTimeUs === 0 ? undefined : source.exchangeTimeUs
    this.receiveTimeUs = source.receiveTimeUs
    this.sequence = source.sequence
    this.synced = source.state === 'synced'
  }

  get bids(): readonly Level[] {
    if (this.cachedBids === undefined) this.read()
    return this.cachedBids ?? NO_LEVELS
  }

  get asks(): readonly Level[] {
    if (this.cachedAsks === undefined) this.read()
    return this.cachedAsks ?? NO_LEVELS
  }

  /** The event as a plain object that owns its levels. */
  toJSON(): BookEvent {
    const { kind, instrument, exchangeTimeUs, receiveTimeUs, sequence, bids, asks, synced } = this
    return { kind, instrument, exchangeTimeUs, receiveTimeUs, sequence, bids, asks, synced }
  }

  private read(): void {
    const view = this.synced ? this.source.levels(this.depth) : undefined
    this.cachedBids = view?.bids ?? NO_LEVELS
    this.cachedAsks = view?.asks ?? NO_LEVELS
  }
}
