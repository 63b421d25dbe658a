import type { QuoteEvent } from '../../model/event.ts'
import type { InstrumentId } from '../../model/instrument.ts'
import { type DurationMs, epochUs } from '../../model/time.ts'
import { isTrustworthy, midOf } from '../book/touch.ts'
import { timeOf } from '../measure.ts'

/** `gapped`: what it had is lost. `crossed`: it contradicts itself. */
export type LegState = 'empty' | 'ok' | 'gapped' | 'crossed'

/** One market whose mid is compared with another's. */
export class BasisLeg {
  readonly instrument: InstrumentId
  state: LegState = 'empty'
  mid = 0
  timeUs = epochUs(0)
  receiveTimeUs = epochUs(0)
  count = 0
  gaps = 0
  lateDropped = 0
  /** Its own venue sends no time: only receipts compare with others. */
  hasExchangeTime = false
  private readonly latenessUs: number

  constructor(instrument: InstrumentId, latenessMs: DurationMs) {
    this.instrument = instrument
    this.latenessUs = latenessMs * 1000
  }

  accept(quote: QuoteEvent): void {
    const timeUs = timeOf(quote)
    if (timeUs < this.timeUs - this.latenessUs) {
      this.lateDropped++
      return
    }
    this.timeUs = epochUs(Math.max(timeUs, this.timeUs))
    this.receiveTimeUs = quote.receiveTimeUs
    this.hasExchangeTime = quote.exchangeTimeUs !== undefined
    this.count++
    this.state = isTrustworthy(quote) ? 'ok' : 'crossed'
    if (this.state === 'ok') this.mid = midOf(quote)
  }

  lose(): void {
    if (this.state === 'empty') return
    this.state = 'gapped'
    this.gaps++
  }

  ageMs(nowUs: number): DurationMs {
    return Math.max(0, nowUs - this.receiveTimeUs) / 1000
  }
}

/** How far apart in time both legs were, by their venues' clocks where both send them, otherwise by receipt. */
export function apartMs(a: BasisLeg, b: BasisLeg): DurationMs {
  const isByVenue = a.hasExchangeTime && b.hasExchangeTime
  const distance = isByVenue ? a.timeUs - b.timeUs : a.receiveTimeUs - b.receiveTimeUs
  return Math.abs(distance) / 1000
}
