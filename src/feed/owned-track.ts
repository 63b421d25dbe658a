import type { DataEvent, GapReason } from '../model/event.ts'
import type { EpochUs } from '../model/time.ts'
import type { Leg } from './leg.ts'
import type { Track, TrackOutlet } from './track.ts'

/** Events of the other leg that wait to see whether the owner brings them as well. */
const MOST_WAITING = 256
/** An owner that lags behind the other leg by more than this loses the stream to it. */
const LONGEST_LAG_US = 1_000_000

interface Waiting {
  readonly event: DataEvent
  readonly sequence: number
}

/**
 * A stream without gapless ids: nothing in it proves what is missing, so that an interruption is declared as a whole. With
 * two legs one of them owns the stream; what the other one brings beyond it waits, and takes over when the owner is late.
 */
export class OwnedTrack implements Track {
  readonly isHealing = false
  readonly canProbe = false
  private readonly out: TrackOutlet
  private readonly isIncreasing: boolean
  private owner: Leg | undefined
  private second: Leg | undefined
  private waiting: Waiting[] = []
  private lastSequence = -1
  private lastTimeUs = 0
  private lastReceiveUs = 0
  private reason: GapReason | undefined
  private sinceUs = 0

  constructor(out: TrackOutlet, isIncreasing: boolean) {
    this.out = out
    this.isIncreasing = isIncreasing
  }

  accept(event: DataEvent, sequence: number, leg: Leg): void {
    if (leg !== this.owner && !this.isTaken(event, sequence, leg)) return
    if (this.isIncreasing && sequence >= 0 && sequence < this.lastSequence) {
      this.out.duplicate()
      return
    }
    this.deliver(event, sequence)
    if (this.waiting.length > 0) this.waiting = this.waiting.filter(other => this.isNewer(other.event, other.sequence))
  }

  interrupted(reason: GapReason, sinceUs: EpochUs): void {
    this.owner = undefined
    this.second = undefined
    this.waiting = []
    if (this.lastReceiveUs === 0 || this.reason !== undefined) return
    this.reason = reason
    this.sinceUs = this.lastReceiveUs
    if (sinceUs < this.lastReceiveUs) this.sinceUs = sinceUs
  }

  legEnded(leg: Leg): void {
    if (leg === this.second) {
      this.second = undefined
      this.waiting = []
    }
    if (leg === this.owner) this.promote(this.second)
  }

  resumed(): void {}

  probe(): Promise<boolean | undefined> {
    return Promise.resolve(undefined)
  }

  close(): void {
    this.waiting = []
  }

  /** An event of a leg that is not the owner: true when it may be delivered, because the leg owns the stream from now on. */
  private isTaken(event: DataEvent, sequence: number, leg: Leg): boolean {
    if (this.owner === undefined) {
      this.owner = leg
      return true
    }
    this.second ??= leg
    if (leg !== this.second || !this.isNewer(event, sequence)) {
      this.out.duplicate()
      return false
    }
    this.waiting.push({ event, sequence })
    const [oldest] = this.waiting
    const lagUs = oldest === undefined ? 0 : event.receiveTimeUs - oldest.event.receiveTimeUs
    if (lagUs > LONGEST_LAG_US || this.waiting.length > MOST_WAITING) this.promote(leg)
    return false
  }

  private promote(leg: Leg | undefined): void {
    const { waiting } = this
    this.waiting = []
    this.owner = leg
    this.second = undefined
    for (const { event, sequence } of waiting) this.deliver(event, sequence)
  }

  /** Without an id or a time nothing tells whether the owner has brought the event already: then it waits for nobody. */
  private isNewer(event: DataEvent, sequence: number): boolean {
    if (this.isIncreasing && sequence >= 0) return sequence > this.lastSequence
    return event.exchangeTimeUs !== undefined && event.exchangeTimeUs > this.lastTimeUs
  }

  private deliver(event: DataEvent, sequence: number): void {
    if (this.reason !== undefined) this.declare(event)
    if (sequence >= 0) this.lastSequence = sequence
    if (event.exchangeTimeUs !== undefined) this.lastTimeUs = event.exchangeTimeUs
    this.lastReceiveUs = event.receiveTimeUs
    this.out.publish(event)
  }

  private declare(event: DataEvent): void {
    const reason = this.reason ?? 'disconnect'
    this.reason = undefined
    this.out.gap(reason, String(this.sinceUs), String(event.receiveTimeUs), false, 0)
  }
}
