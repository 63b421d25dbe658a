import type { DataEvent, GapReason } from '../model/event.ts'
import type { DurationMs } from '../model/time.ts'
import type { Leg } from './leg.ts'
import type { Track, TrackOutlet } from './track.ts'

/** Events of the other leg that wait to see whether the owner brings them as well. */
const MOST_WAITING = 256
/** An owner that lags behind the other leg by more than this loses the stream to it. */
const LONGEST_LAG_US = 1_000_000
/** A new owner may be behind what was delivered; older events than that are repeats, for so many of them. */
const MOST_REPEATS = 20_000

interface Waiting {
  readonly event: DataEvent
  readonly sequence: number
}

/**
 * A stream without gapless ids: nothing in it proves what is missing. With two legs one of them owns the stream; what the
 * other one brings beyond it waits, and takes over when the owner is late or gone. A leg continues the stream without a
 * gap if something was delivered after it had been confirmed: what is older was delivered by then, what is newer comes by
 * it. Otherwise the whole interruption is declared.
 */
export class OwnedTrack implements Track {
  readonly isHealing = false
  readonly canProbe = false
  private readonly out: TrackOutlet
  private readonly isIncreasing: boolean
  /** What had been delivered when each leg began to bring everything; no entry for a leg that has not begun. */
  private readonly baselines = new Map<Leg, number>()
  private owner: Leg | undefined
  private second: Leg | undefined
  private waiting: Waiting[] = []
  private delivered = 0
  private lastSequence = -1
  private lastTimeUs = 0
  private lastReceiveUs = 0
  private repeatsLeft = 0
  private reason: GapReason | undefined

  constructor(out: TrackOutlet, isIncreasing: boolean) {
    this.out = out
    this.isIncreasing = isIncreasing
  }

  accept(event: DataEvent, sequence: number, leg: Leg): void {
    if (leg !== this.owner) {
      if (!this.baselines.has(leg)) this.baselines.set(leg, this.delivered)
      if (!this.isTaken(event, sequence, leg)) return
    }
    if (this.waiting.length > 0) this.bringOlder(event, sequence)
    if (this.isIncreasing && sequence >= 0 && sequence <= this.lastSequence) {
      this.out.duplicate()
      return
    }
    if (this.repeatsLeft > 0) {
      this.repeatsLeft--
      if (this.canCompare(event, sequence) && !this.isNewer(event, sequence)) {
        this.out.duplicate()
        return
      }
      this.repeatsLeft = 0
    }
    this.deliver(event, sequence)
  }

  interrupted(reason: GapReason): void {
    this.owner = undefined
    this.second = undefined
    this.waiting = []
    this.repeatsLeft = 0
    this.baselines.clear()
    this.reason ??= reason
  }

  legBegan(leg: Leg): void {
    this.baselines.set(leg, this.delivered)
  }

  legEnded(leg: Leg, isPlanned: boolean): void {
    this.baselines.delete(leg)
    // It lived until now: whoever was confirmed before goes on where it ends.
    if (isPlanned) for (const other of this.baselines.keys()) this.baselines.set(other, -1)
    if (leg === this.second) {
      this.second = undefined
      this.waiting = []
    }
    if (leg === this.owner) this.promote(this.second)
  }

  resumed(): void {}

  probe(_silentMs: DurationMs): Promise<boolean | undefined> {
    return Promise.resolve(undefined)
  }

  close(): void {
    this.waiting = []
    this.baselines.clear()
  }

  /** An event of a leg that is not the owner: true when it may be delivered, because the leg owns the stream from now on. */
  private isTaken(event: DataEvent, sequence: number, leg: Leg): boolean {
    if (this.owner === undefined) {
      this.takeOver(leg)
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
    this.second = undefined
    if (leg === undefined) {
      this.owner = undefined
      return
    }
    this.takeOver(leg)
    for (const { event, sequence } of waiting) if (this.isNewer(event, sequence)) this.deliver(event, sequence)
  }

  private takeOver(leg: Leg): void {
    this.owner = leg
    if (this.second === leg) this.second = undefined
    if (this.delivered === 0) return
    if (this.delivered <= (this.baselines.get(leg) ?? this.delivered)) this.reason ??= 'disconnect'
    this.repeatsLeft = MOST_REPEATS
  }

  /** What only the other leg has brought, although the owner has gone on to something newer: the owner will not bring it. */
  private bringOlder(event: DataEvent, sequence: number): void {
    const { waiting } = this
    this.waiting = []
    for (const other of waiting) {
      if (this.isOlder(other, event, sequence)) {
        if (this.isNewer(other.event, other.sequence)) this.deliver(other.event, other.sequence)
      } else if (!this.isSame(other, event, sequence)) this.waiting.push(other)
    }
  }

  private isOlder(other: Waiting, event: DataEvent, sequence: number): boolean {
    if (this.isIncreasing && sequence >= 0) return other.sequence < sequence
    return (other.event.exchangeTimeUs ?? 0) < (event.exchangeTimeUs ?? 0)
  }

  private isSame(other: Waiting, event: DataEvent, sequence: number): boolean {
    if (this.isIncreasing && sequence >= 0) return other.sequence === sequence
    return other.event.exchangeTimeUs === event.exchangeTimeUs && other.event.instrument === event.instrument
  }

  private canCompare(event: DataEvent, sequence: number): boolean {
    return (this.isIncreasing && sequence >= 0) || event.exchangeTimeUs !== undefined
  }

  /** Without an id or a time nothing tells whether the owner has brought the event already: then it waits for nobody. */
  private isNewer(event: DataEvent, sequence: number): boolean {
    if (this.isIncreasing && sequence >= 0) return sequence > this.lastSequence
    return event.exchangeTimeUs !== undefined && event.exchangeTimeUs > this.lastTimeUs
  }

  private deliver(event: DataEvent, sequence: number): void {
    if (this.reason !== undefined) this.declare(event)
    this.delivered++
    if (sequence >= 0) this.lastSequence = sequence
    if (event.exchangeTimeUs !== undefined) this.lastTimeUs = event.exchangeTimeUs
    this.lastReceiveUs = event.receiveTimeUs
    this.out.publish(event)
  }

  private declare(event: DataEvent): void {
    const reason = this.reason ?? 'disconnect'
    this.reason = undefined
    if (this.delivered === 0) return
    // The wall clock may have been set back meanwhile.
    const fromUs = Math.min(this.lastReceiveUs, event.receiveTimeUs)
    this.out.gap(reason, String(fromUs), String(Math.max(this.lastReceiveUs, event.receiveTimeUs)), false, 0)
  }
}
