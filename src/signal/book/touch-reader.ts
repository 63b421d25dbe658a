import type { EpochUs } from '../../model/time.ts'
import type { Measure } from '../measure.ts'
import type { SignalInput, SignalOutlet } from '../signal.ts'
import { isTrustworthy, type Touch } from './touch.ts'

/** Where best prices come from: every change of them (`quote`), or the maintained book at its updates (`book`). */
export type TouchInput = 'quote' | 'book'

export interface TimedTouch extends Touch {
  readonly kind: 'touch'
  /** Never before the touch before it. */
  readonly timeUs: EpochUs
  readonly receiveTimeUs: EpochUs
}

/** `lost`: what comes next does not follow what was. `crossed`: the same, because the input contradicts itself. */
export type TouchNews =
  | TimedTouch
  | { readonly kind: 'crossed'; readonly timeUs: EpochUs; readonly receiveTimeUs: EpochUs }
  | { readonly kind: 'lost' | 'second' | 'nothing' }

const LOST: TouchNews = { kind: 'lost' }
const SECOND: TouchNews = { kind: 'second' }
const NOTHING: TouchNews = { kind: 'nothing' }

/**
 * Reads best prices for a signal: from a book only while it is synced, never from a crossed one. It says by itself that the
 * signal is invalid or has nothing to read.
 */
export class TouchReader {
  private readonly measure: Measure
  private readonly from: TouchInput
  private hasTouch = false

  constructor(measure: Measure, from: TouchInput) {
    this.measure = measure
    this.from = from
  }

  read(input: SignalInput, outlet: SignalOutlet): TouchNews {
    const reception = this.measure.receive(input, outlet)
    switch (reception) {
      case 'second':
        return SECOND
      case 'gap':
      case 'resync':
        this.measure.restart()
        this.hasTouch = false
        return LOST
      case 'data':
        return this.touch(input, outlet)
      case 'ignored':
        return input.kind === 'bookState' && this.from === 'book' ? this.lose(input.receiveTimeUs, outlet) : NOTHING
      case 'healing':
      case 'duplicate':
      case 'late':
      case 'invalid':
        return NOTHING
    }
  }

  private touch(input: SignalInput, outlet: SignalOutlet): TouchNews {
    const touch = this.touchOf(input)
    if (touch === 'other') return NOTHING
    if (touch === undefined) return this.lose(input.receiveTimeUs, outlet)
    const { receiveTimeUs } = input
    const timeUs = this.measure.newestUs
    if (!isTrustworthy(touch)) {
      this.hasTouch = false
      this.measure.restart()
      this.measure.emit({ timeUs, receiveTimeUs, n: 0, isInvalid: true }, outlet)
      return { kind: 'crossed', timeUs, receiveTimeUs }
    }
    this.hasTouch = true
    const { bidPrice, bidQuantity, askPrice, askQuantity } = touch
    return { kind: 'touch', bidPrice, bidQuantity, askPrice, askQuantity, timeUs, receiveTimeUs }
  }

  private touchOf(input: SignalInput): Touch | undefined | 'other' {
    if (input.kind === 'quote' && this.from === 'quote') return input
    if (input.kind === 'bookState' && this.from === 'book') return input.book.best()
    return 'other'
  }

  /** The book cannot be read: nothing is known until it can. */
  private lose(receiveTimeUs: EpochUs, outlet: SignalOutlet): TouchNews {
    this.measure.restart()
    if (!this.hasTouch) return NOTHING
    this.hasTouch = false
    this.measure.emit({ timeUs: this.measure.newestUs, receiveTimeUs, n: 0, isWarming: true }, outlet)
    return LOST
  }
}

/** True when nothing that was read before may be joined to what comes. */
export function isBroken(news: TouchNews): boolean {
  return news.kind === 'lost' || news.kind === 'crossed'
}

/** Exchange time at a moment of receipt: as far from the newest input as their receipts are. */
export function extrapolated(timeUs: EpochUs, receivedUs: EpochUs, atReceiveUs: EpochUs): number {
  return timeUs + Math.max(0, atReceiveUs - receivedUs)
}
