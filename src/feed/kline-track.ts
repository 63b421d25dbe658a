import type { DataEvent, GapReason, KlineEvent } from '../model/event.ts'
import { type DurationMs, type EpochUs, epochUs } from '../model/time.ts'
import { candleStepUs } from './candle-step.ts'
import { DEFAULT_HEALING, type Healing, MOST_ROWS } from './healing.ts'
import type { Leg } from './leg.ts'
import { OwnedTrack } from './owned-track.ts'
import type { Track, TrackOutlet } from './track.ts'

/** The closing update is due within this time of the end of its candle. */
const CLOSE_WITHIN_US = 3_500_000
/** Longest delay of a timer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1
/** Most updates of the running candle that wait for closed ones before them. */
const MOST_HELD = 64

/**
 * A stream of candles: each is final once, by its own closing update or, when that was missed, by REST as soon as a later
 * candle proves that it is over. Updates between are states of one candle, so that losing some of them loses nothing.
 */
export class KlineTrack implements Track {
  readonly canProbe = false
  private readonly out: TrackOutlet
  private readonly healing: Healing
  private readonly interval: string
  private readonly stepUs: number | undefined
  /** Picks the leg that owns the stream. */
  private readonly owned: OwnedTrack
  private openUs = -1
  private isClosed = false
  private held: KlineEvent[] | undefined
  private reason: GapReason = 'sequence'
  private dueTimer: Disposable | undefined
  private running: AbortController | undefined

  constructor(out: TrackOutlet, healing: Healing, interval: string) {
    this.out = out
    this.healing = healing
    this.interval = interval
    this.stepUs = candleStepUs(interval)
    const chosen: TrackOutlet = {
      ...out,
      publish: event => (event.kind === 'kline' ? this.next(event) : out.publish(event)),
      duplicate: () => out.duplicate(),
      deliveringLegs: () => out.deliveringLegs(),
      // An interruption is no loss here as long as every closed candle arrives: that is proven by the open times.
      gap: () => undefined,
    }
    this.owned = new OwnedTrack(chosen, false)
  }

  get isHealing(): boolean {
    return this.held !== undefined
  }

  accept(event: DataEvent, sequence: number, leg: Leg): void {
    this.owned.accept(event, sequence, leg)
  }

  interrupted(reason: GapReason): void {
    this.reason = reason
    this.owned.interrupted(reason)
  }

  legJoined(leg: Leg): void {
    this.owned.legJoined(leg)
  }

  legEnded(leg: Leg): void {
    this.owned.legEnded(leg)
  }

  resumed(): void {}

  probe(_silentMs: DurationMs): Promise<boolean | undefined> {
    return Promise.resolve(undefined)
  }

  close(): void {
    this.running?.abort()
    this.running = undefined
    this.held = undefined
    this.dueTimer?.[Symbol.dispose]()
  }

  private next(event: KlineEvent): void {
    if (this.held !== undefined) {
      this.hold(event, this.held)
      return
    }
    if (event.openTimeUs < this.openUs || (event.openTimeUs === this.openUs && this.isClosed)) {
      this.out.duplicate()
      return
    }
    const missingFromUs = this.missingBefore(event.openTimeUs)
    if (missingFromUs === undefined) {
      this.deliver(event)
      return
    }
    if (this.healing.rules === undefined || this.healing.etaMs() >= this.healing.rules.deadlineMs) {
      this.declare(missingFromUs, event.openTimeUs)
      this.deliver(event)
      return
    }
    this.held = [event]
    void this.fetch(missingFromUs, event.openTimeUs)
  }

  /** The first candle that should have been closed before this one opened; undefined when none is missing. */
  private missingBefore(openUs: number): number | undefined {
    if (this.openUs < 0 || openUs === this.openUs) return undefined
    if (!this.isClosed) return this.openUs
    if (this.stepUs === undefined || openUs === this.openUs + this.stepUs) return undefined
    return this.openUs + this.stepUs
  }

  /** Of the candle that is running only the newest update counts. */
  private hold(event: KlineEvent, held: KlineEvent[]): void {
    const last = held.at(-1)
    if (last !== undefined && !last.closed && last.openTimeUs === event.openTimeUs) held[held.length - 1] = event
    else if (held.length < MOST_HELD) held.push(event)
  }

  private deliver(event: KlineEvent): void {
    if (event.openTimeUs !== this.openUs) {
      this.openUs = event.openTimeUs
      this.isClosed = false
      this.armDue(event.exchangeTimeUs)
    }
    if (event.closed) this.isClosed = true
    this.out.publish(event)
  }

  /** Fetches the candles from one open time up to another, which is known to have begun. */
  private async fetch(fromUs: number, untilUs: number): Promise<void> {
    const running = new AbortController()
    this.running?.abort()
    this.running = running
    const { clock, rules = DEFAULT_HEALING } = this.healing
    const endMs = clock.monotonicMs() + rules.deadlineMs
    let nextUs = fromUs
    for (let attempt = 0; nextUs < untilUs && clock.monotonicMs() < endMs; attempt++) {
      const beforeUs = nextUs
      const rows = await this.ask(nextUs, untilUs, running.signal)
      if (running.signal.aborted) return
      nextUs = this.deliverClosed(rows, nextUs, untilUs)
      if (nextUs === beforeUs) await this.healing.pause(attempt, running.signal)
      if (running.signal.aborted) return
    }
    if (nextUs < untilUs) this.declare(nextUs, untilUs)
    this.running = undefined
    const [first, ...rest] = this.held ?? []
    this.held = undefined
    // Everything before it is final or declared by now.
    if (first !== undefined) this.deliver(first)
    for (const event of rest) this.next(event)
  }

  private async ask(fromUs: number, untilUs: number, signal: AbortSignal): Promise<readonly KlineEvent[]> {
    const count = this.stepUs === undefined ? 100 : Math.round((untilUs - fromUs) / this.stepUs) + 1
    try {
      return await this.healing.klines(this.interval, epochUs(fromUs), Math.min(count, MOST_ROWS), signal)
    } catch {
      // The next try asks again; the deadline ends it.
      return []
    }
  }

  /** Delivers the closed candles that follow one another from `fromUs`; the open time behind the last of them. */
  private deliverClosed(rows: readonly KlineEvent[], fromUs: number, untilUs: number): number {
    const run: KlineEvent[] = []
    let nextUs = fromUs
    for (const row of rows) {
      if (row.openTimeUs !== nextUs && (this.stepUs !== undefined || row.openTimeUs < nextUs)) continue
      if (row.openTimeUs >= untilUs) break
      run.push({ ...row, closed: true, recovered: true })
      nextUs = this.stepUs === undefined ? untilUs : nextUs + this.stepUs
    }
    const [first] = run
    const last = run.at(-1)
    if (first === undefined || last === undefined) return fromUs
    this.out.gap(this.reason, String(first.openTimeUs), String(last.openTimeUs), true, 0)
    this.reason = 'sequence'
    for (const row of run) this.deliver(row)
    return nextUs
  }

  private declare(fromUs: number, untilUs: number): void {
    const toUs = this.stepUs === undefined ? fromUs : untilUs - this.stepUs
    const missing = this.stepUs === undefined ? 1 : Math.round((toUs - fromUs) / this.stepUs) + 1
    this.out.gap(this.reason, String(fromUs), String(toUs), false, missing)
    this.reason = 'sequence'
  }

  /** Watches that the running candle is closed in time, also when the stream has fallen silent. */
  private armDue(exchangeTimeUs: EpochUs | undefined): void {
    this.dueTimer?.[Symbol.dispose]()
    this.dueTimer = undefined
    if (this.stepUs === undefined || this.healing.rules === undefined) return
    const { clock } = this.healing
    // The venue's own time, so that it does not matter how far our clock is off.
    const nowUs = exchangeTimeUs ?? clock.nowUs()
    const { openUs } = this
    const waitMs = Math.max(0, (openUs + this.stepUs + CLOSE_WITHIN_US - nowUs) / 1000)
    if (waitMs <= LONGEST_TIMER_MS) this.dueTimer = clock.setTimer(waitMs, () => void this.overdue(openUs, 0))
  }

  /** The closing update did not come: a candle behind it on REST proves that it is over. */
  private async overdue(openUs: number, attempt: number): Promise<void> {
    if (this.isClosed || this.openUs !== openUs || this.held !== undefined || this.running !== undefined) return
    const { stepUs } = this
    if (stepUs === undefined || attempt > 8) return
    const running = new AbortController()
    this.running = running
    const rows = await this.ask(openUs, openUs + stepUs, running.signal)
    if (running.signal.aborted) return
    this.running = undefined
    const isOver = rows.some(row => row.openTimeUs > openUs)
    if (isOver && !this.isClosed && this.openUs === openUs && this.held === undefined) {
      this.deliverClosed(rows, openUs, openUs + stepUs)
      return
    }
    await this.healing.pause(attempt, running.signal)
    await this.overdue(openUs, attempt + 1)
  }
}
