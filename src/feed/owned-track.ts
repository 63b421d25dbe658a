import type { DataEvent, GapReason } from '../model/event.ts'
import type { DurationMs } from '../model/time.ts'
import type { Leg } from './leg.ts'
import type { Track, TrackOutlet } from './track.ts'

/** Events of another leg that wait to see whether the owner brings them as well. */
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
 * A stream without gapless ids: nothing in it proves what is missing. With several legs one of them owns the stream; what
 * each other one brings beyond it waits, and takes over when the owner is late or gone. A leg continues the stream without a
 * gap once the owner has delivered what the leg began with: what is older was delivered by then, what is newer comes by it.
 * Otherwise the whole interruption is declared.
 */
export class OwnedTrack implements Track {
  readonly isHealing = false
  readonly canProbe = false
  private readonly out: TrackOutlet
  private readonly isIncreasing: boolean
  /**
   * What each leg that is not the owner began with: `joined` when the owner has delivered that, too, `quiet` when all that
   * the owner's socket had brought was proven to be here before the leg spoke.
   */
  private readonly beginnings = new Map<Leg, Waiting | 'quiet' | 'joined'>()
  private owner: Leg | undefined
  /**
   * What each of the other legs that have spoken brought beyond the owner; there are four when two sockets are replaced.
   * What a socket brought that has ended is kept apart: its leg may begin anew on the next one, after a loss.
   */
  private readonly waiting = new Map<Leg | 'ended', Waiting[]>()
  private waitingEvents = 0
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
      if (!this.beginnings.has(leg)) {
        const isOld = this.owner !== undefined && this.canCompare(event, sequence) && !this.isNewer(event, sequence)
        this.beginnings.set(leg, isOld ? 'joined' : { event, sequence })
      }
      if (!this.isTaken(event, sequence, leg)) return
    }
    if (this.waitingEvents > 0) this.bringOlder(event, sequence)
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
    this.forgetWaiting()
    this.repeatsLeft = 0
    this.beginnings.clear()
    this.reason ??= reason
  }

  legJoined(leg: Leg): void {
    if (leg !== this.owner && this.beginnings.get(leg) !== 'joined') this.beginnings.set(leg, 'quiet')
  }

  legEnded(leg: Leg): void {
    this.beginnings.delete(leg)
    if (leg === this.owner) this.promote(this.heir())
    else this.keepEnded(leg)
  }

  resumed(): void {}

  probe(_silentMs: DurationMs): Promise<boolean | undefined> {
    return Promise.resolve(undefined)
  }

  close(): void {
    this.forgetWaiting()
    this.beginnings.clear()
  }

  /** An event of a leg that is not the owner: true when it may be delivered, because the leg owns the stream from now on. */
  private isTaken(event: DataEvent, sequence: number, leg: Leg): boolean {
    if (this.owner === undefined) {
      this.takeOver(leg)
      return true
    }
    if (!this.isNewer(event, sequence)) {
      this.out.duplicate()
      return false
    }
    const waiting = this.waiting.get(leg) ?? []
    if (waiting.length === 0) this.waiting.set(leg, waiting)
    waiting.push({ event, sequence })
    this.waitingEvents++
    const sinceUs = (this.waiting.get('ended') ?? waiting)[0]?.event.receiveTimeUs ?? event.receiveTimeUs
    if (event.receiveTimeUs - sinceUs > LONGEST_LAG_US || waiting.length > MOST_WAITING) this.promote(leg, true)
    return false
  }

  /** What it alone has brought goes on waiting: the others may have missed it. */
  private keepEnded(leg: Leg): void {
    const waiting = this.waiting.get(leg)
    if (waiting === undefined) return
    this.waiting.delete(leg)
    const ended = [...(this.waiting.get('ended') ?? []), ...waiting]
    this.waiting.set(
      'ended',
      ended.sort((a, b) => this.order(a, b)),
    )
  }

  /** The leg that goes on when the owner is gone: the best is one that continues without a gap and has brought something. */
  private heir(): Leg | undefined {
    let best: Leg | undefined
    let most = -1
    for (const [leg, beginning] of this.beginnings) {
      const closeness = beginning === 'joined' ? 2 : beginning === 'quiet' ? 1 : 0
      const rank = closeness * (MOST_WAITING + 2) + (this.waiting.get(leg)?.length ?? 0)
      if (rank <= most) continue
      best = leg
      most = rank
    }
    return best
  }

  private promote(leg: Leg | undefined, isLate = false): void {
    this.owner = undefined
    if (leg === undefined) return
    const waiting = this.waiting.get(leg) ?? []
    this.waiting.delete(leg)
    this.waitingEvents -= waiting.length
    this.takeOver(leg, isLate)
    for (const { event, sequence } of waiting) {
      if (this.waitingEvents > 0) this.bringOlder(event, sequence)
      if (this.isNewer(event, sequence)) this.deliver(event, sequence)
    }
  }

  /** An owner that is late may have been silent for longer than the leg has been there. */
  private takeOver(leg: Leg, isLate = false): void {
    this.owner = leg
    if (this.delivered === 0) return
    const beginning = this.beginnings.get(leg)
    if (beginning !== 'joined' && (beginning !== 'quiet' || isLate)) this.reason ??= 'disconnect'
    this.beginnings.delete(leg)
    this.repeatsLeft = MOST_REPEATS
  }

  /** What only other legs have brought, although the owner has gone on to something newer: the owner will not bring it. */
  private bringOlder(event: DataEvent, sequence: number): void {
    const older: Waiting[] = []
    this.waitingEvents = 0
    for (const [leg, waiting] of this.waiting) {
      const rest: Waiting[] = []
      for (const other of waiting) {
        if (this.isOlder(other, event, sequence)) older.push(other)
        else if (!this.isSame(other, event, sequence)) rest.push(other)
      }
      if (rest.length === 0) this.waiting.delete(leg)
      else this.waiting.set(leg, rest)
      this.waitingEvents += rest.length
    }
    if (older.length > 1) older.sort((a, b) => this.order(a, b))
    const { reason } = this
    for (const other of older) if (this.isNewer(other.event, other.sequence)) this.deliver(other.event, other.sequence)
    // Where a leg goes on that has no connection to what was, the interruption may lie on either side of them.
    this.reason ??= reason
  }

  private order(a: Waiting, b: Waiting): number {
    if (this.isOlder(a, b.event, b.sequence)) return -1
    return this.isOlder(b, a.event, a.sequence) ? 1 : 0
  }

  private forgetWaiting(): void {
    this.waiting.clear()
    this.waitingEvents = 0
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
    if (this.beginnings.size > 0) this.join(event, sequence)
    this.out.publish(event)
  }

  /** Legs whose first event has now been delivered by the owner continue where it ends. */
  private join(event: DataEvent, sequence: number): void {
    for (const [leg, beginning] of this.beginnings) {
      if (beginning === 'joined' || beginning === 'quiet') continue
      const isBefore = this.isOlder({ event, sequence }, beginning.event, beginning.sequence)
      if (this.canCompare(event, sequence) && !isBefore) this.beginnings.set(leg, 'joined')
    }
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
