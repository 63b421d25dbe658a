import type { DataEvent, GapReason, TradeEvent } from '../model/event.ts'
import type { DurationMs } from '../model/time.ts'
import { DEFAULT_HEALING, type Healing, MOST_ROWS } from './healing.ts'
import { HeldEvents } from './held-events.ts'
import type { Leg } from './leg.ts'
import type { Track, TrackOutlet } from './track.ts'

/** Most events that wait behind a hole. */
const MOST_HELD = 20_000
/** So many events in a row with old ids and new times are no duplicates. */
const MOST_BACKWARD = 8
/** A trade that is younger than this may not have reached us yet. */
const ON_ITS_WAY_MS = 4000
/** The other leg brings what one leg lost within this time, or not at all. */
const OTHER_LEG_MS = 1000
/** A stream that is confirmed again and stays quiet for so long is looked up. */
const QUIET_AFTER_RESUME_MS = 2000

/**
 * A stream whose ids follow one another without a hole, so that everything is proven by them: what was delivered before is
 * dropped, and behind a hole events wait until the other leg or REST has brought what is missing, in order and once. What
 * cannot be had in time is declared with its exact ids.
 */
export class DenseTrack implements Track {
  readonly canProbe: boolean
  private readonly out: TrackOutlet
  private readonly healing: Healing
  private last = -1
  private held: HeldEvents | undefined
  private deadline: Disposable | undefined
  private grace: Disposable | undefined
  private check: Disposable | undefined
  private running: AbortController | undefined
  private interruptedAt = -1
  private interruption: GapReason = 'disconnect'
  private newest: DataEvent | undefined
  private backward = 0

  constructor(out: TrackOutlet, healing: Healing, isFetchable: boolean) {
    this.out = out
    this.healing = healing
    this.canProbe = isFetchable && healing.rules !== undefined && healing.trades !== undefined
  }

  get isHealing(): boolean {
    return this.held !== undefined
  }

  accept(event: DataEvent, sequence: number, _leg: Leg): void {
    if (this.held === undefined && (sequence === this.last + 1 || this.last < 0)) {
      this.last = sequence
      this.newest = event
      this.out.publish(event)
      return
    }
    if (sequence < 0 || event.kind !== 'trade') this.out.publish(event)
    else this.outOfTurn(event, sequence)
  }

  interrupted(reason: GapReason): void {
    this.check?.[Symbol.dispose]()
    this.check = undefined
    if (this.last < 0 || this.interruptedAt === this.last) return
    this.interruptedAt = this.last
    this.interruption = reason
  }

  legJoined(_leg: Leg): void {}

  legEnded(_leg: Leg): void {}

  resumed(): void {
    if (!this.canProbe || this.last < 0 || this.check !== undefined) return
    const at = this.last
    this.check = this.healing.clock.setTimer(QUIET_AFTER_RESUME_MS, () => {
      this.check = undefined
      if (this.last === at && this.held === undefined) void this.lookUp()
    })
  }

  async probe(silentMs: DurationMs): Promise<boolean | undefined> {
    if (!this.canProbe || this.last < 0 || this.held !== undefined || this.running !== undefined) return undefined
    const before = this.newest?.exchangeTimeUs ?? 0
    const rows = await this.healing.trades?.(this.last + 1, true, this.healing.signal).catch(() => undefined)
    const [first] = rows ?? []
    if (rows === undefined) return undefined
    // What was traded just now is on its way: the stream was quiet until then.
    const quietMs = ((first?.exchangeTimeUs ?? 0) - before) / 1000
    if (first === undefined || silentMs - quietMs < ON_ITS_WAY_MS) return false
    void this.lookUp()
    return true
  }

  /** The id that was delivered last; -1 when there was none. */
  get lastId(): number {
    return this.last
  }

  close(): void {
    this.check?.[Symbol.dispose]()
    this.closeHole()
    this.running?.abort()
    this.running = undefined
  }

  private outOfTurn(event: TradeEvent, sequence: number): void {
    if (sequence <= this.last || this.held?.has(sequence) === true) {
      this.old(event, sequence)
      return
    }
    this.backward = 0
    this.newest = event
    if (this.held === undefined && !this.openHole(sequence)) {
      this.declare(this.last + 1, sequence - 1)
      this.last = sequence
      this.out.publish(event)
      return
    }
    this.held?.add(sequence, event)
    this.drain()
    if (this.held !== undefined && this.held.size > MOST_HELD) this.giveUp()
  }

  /** Delivered before; unless the venue began to count anew, which shows in ids that are old while their times are not. */
  private old(event: TradeEvent, sequence: number): void {
    this.out.duplicate()
    const timeUs = event.exchangeTimeUs ?? 0
    const isNew = sequence < this.last && timeUs > (this.newest?.exchangeTimeUs ?? Number.POSITIVE_INFINITY)
    this.backward = isNew ? this.backward + 1 : 0
    if (this.backward < MOST_BACKWARD) return
    this.backward = 0
    this.closeHole()
    this.out.gap('venue', undefined, undefined, false, 0)
    this.last = sequence
    this.newest = event
    this.out.publish(event)
  }

  /** False when nobody can bring what is missing before `sequence`. */
  private openHole(sequence: number): boolean {
    const { rules = DEFAULT_HEALING } = this.healing
    const canFetch = this.canProbe && this.healing.etaMs() < rules.deadlineMs
    const hasOtherLeg = this.out.deliveringLegs() > 1
    if (!canFetch && !hasOtherLeg) return false
    if (sequence - this.last - 1 > rules.mostIds) {
      const first = sequence - rules.mostIds
      this.declare(this.last + 1, first - 1)
      this.last = first - 1
    }
    this.held = new HeldEvents()
    this.deadline = this.healing.clock.setTimer(canFetch ? rules.deadlineMs : OTHER_LEG_MS, () => this.giveUp())
    if (!canFetch) return true
    if (hasOtherLeg) this.grace = this.healing.clock.setTimer(OTHER_LEG_MS, () => void this.fetch())
    else void this.fetch()
    return true
  }

  /** Asks until the hole is closed; the deadline ends it otherwise. */
  private async fetch(): Promise<void> {
    if (this.running !== undefined) return
    const running = new AbortController()
    this.running = running
    for (let attempt = 0; this.held !== undefined && !running.signal.aborted; attempt++) {
      const before = this.last
      await this.ask(true, running.signal).catch(() => undefined)
      if (running.signal.aborted) return
      if (this.last === before && this.held !== undefined) await this.healing.pause(attempt, running.signal)
      else attempt = 0
    }
    if (this.running === running) this.running = undefined
  }

  /** Fetches what follows the last delivered event, while nothing waits; true when there was something. */
  private async lookUp(): Promise<boolean | undefined> {
    if (this.running !== undefined) return undefined
    const running = new AbortController()
    this.running = running
    const before = this.last
    try {
      while ((await this.ask(false, running.signal)) === MOST_ROWS && this.held === undefined);
      return this.last > before || this.held !== undefined
    } catch {
      // It was a question only: whoever needs the answer asks again.
      return undefined
    } finally {
      if (this.running === running) this.running = undefined
      if (this.held !== undefined && !running.signal.aborted) void this.fetch()
    }
  }

  /** One question for what follows the last delivered event; the number of rows. */
  private async ask(isUrgent: boolean, signal: AbortSignal): Promise<number> {
    const rows = (await this.healing.trades?.(this.last + 1, isUrgent, signal)) ?? []
    if (signal.aborted) return 0
    // What follows the newest live event that waits is on its way by the stream.
    const until = this.held?.highest ?? Number.POSITIVE_INFINITY
    for (const row of rows) this.fetched(row, until)
    this.drain()
    return rows.length
  }

  private fetched(row: TradeEvent, until: number): void {
    const id = Number(row.id)
    if (!Number.isSafeInteger(id) || id > until || id <= this.last || this.held?.has(id) === true) return
    if (this.held === undefined) {
      this.held = new HeldEvents()
      const { rules = DEFAULT_HEALING } = this.healing
      this.deadline = this.healing.clock.setTimer(rules.deadlineMs, () => this.giveUp())
    }
    this.held.add(id, row)
  }

  /** Delivers what follows on without a hole. */
  private drain(): void {
    const { held } = this
    if (held === undefined) return
    for (;;) {
      const event = held.get(this.last + 1)
      if (event === undefined) break
      if (event.recovered) this.deliverRecovered(held)
      else {
        held.take(++this.last)
        this.out.publish(event)
      }
    }
    if (held.size === 0 && this.held === held) this.closeHole()
  }

  private deliverRecovered(held: HeldEvents): void {
    const from = this.last + 1
    let to = from
    while (held.get(to + 1)?.recovered) to++
    this.out.gap(this.reason, String(from), String(to), true, 0)
    for (let id = from; id <= to; id++) {
      const event = held.take(id)
      this.last = id
      if (event === undefined) continue
      this.newest = event
      this.out.publish(event)
    }
  }

  /** What is missing before the first event that waits is declared, and the stream goes on; later holes get their own time. */
  private giveUp(): void {
    const { held } = this
    if (held === undefined) return
    const first = held.first
    if (first < Number.POSITIVE_INFINITY && first > this.last + 1) {
      this.declare(this.last + 1, first - 1)
      this.last = first - 1
    }
    this.drain()
    if (this.held === undefined) return
    const { rules = DEFAULT_HEALING } = this.healing
    this.deadline?.[Symbol.dispose]()
    this.deadline = this.healing.clock.setTimer(this.canProbe ? rules.deadlineMs : OTHER_LEG_MS, () => this.giveUp())
    if (this.canProbe) void this.fetch()
  }

  private closeHole(): void {
    this.held = undefined
    this.deadline?.[Symbol.dispose]()
    this.deadline = undefined
    this.grace?.[Symbol.dispose]()
    this.grace = undefined
  }

  private declare(from: number, to: number): void {
    this.out.gap(this.reason, String(from), String(to), false, to - from + 1)
  }

  private get reason(): GapReason {
    return this.interruptedAt === this.last ? this.interruption : 'sequence'
  }
}
