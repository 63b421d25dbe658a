import type { DurationMs } from '../model/time.ts'
import type { Clock } from './clock.ts'

export interface HeartbeatSettings {
  /** How often we ping. */
  readonly pingEveryMs: DurationMs
  /** A pong, or any other byte, is due within this time of a ping; two misses in a row end the socket. */
  readonly pongWithinMs: DurationMs
  /** The venue's own pings must come at least this often. */
  readonly deadAfterMs: DurationMs
}

export interface HeartbeatActions {
  ping(): void
  dead(reason: string): void
  /** Messages received so far: looked at once per beat, so that a message costs nothing here. */
  messages(): number
}

/** A timer that fires later than this after its time was held up by a busy or sleeping process. */
const LATE_MS = 1000

/**
 * Finds out that the transport is dead: it lives with one open socket and dies with it. Any inbound message counts as life
 * of the transport; whether data flows is judged per stream, elsewhere.
 */
export class Heartbeat implements Disposable {
  private readonly clock: Clock
  private readonly settings: HeartbeatSettings
  private readonly actions: HeartbeatActions
  /** Monotonic. */
  readonly openedMs: number
  private timer: Disposable | undefined
  private lastServerPingMs: number
  private lastLifeMs: number
  private lastDataMs: number
  private lastMessages: number
  private pingSentMs: number | undefined
  private misses = 0
  private dueMs = 0
  private readonly openingTripMs: DurationMs
  /** Round trip of the last answered ping. */
  roundTripMs: DurationMs | undefined

  /** @param openedInMs how long the socket took to open: two round trips at least, the first that is known of the way */
  constructor(clock: Clock, settings: HeartbeatSettings, openedInMs: DurationMs, actions: HeartbeatActions) {
    this.clock = clock
    this.settings = settings
    this.actions = actions
    this.openingTripMs = openedInMs / 2
    this.openedMs = clock.monotonicMs()
    this.lastServerPingMs = this.openedMs
    this.lastLifeMs = this.openedMs
    this.lastDataMs = this.openedMs
    this.lastMessages = actions.messages()
    this.schedule(settings.pingEveryMs)
  }

  /** How long the socket has carried data, measured in beats. */
  get healthyForMs(): DurationMs {
    this.look(this.clock.monotonicMs())
    return this.lastDataMs - this.openedMs
  }

  /** After a sleep of the machine, say: any sign of life within `withinMs`, or the socket is dead. */
  verify(withinMs: DurationMs): void {
    const askedMs = this.clock.monotonicMs()
    this.look(askedMs)
    this.timer?.[Symbol.dispose]()
    this.pingSentMs ??= askedMs
    this.actions.ping()
    this.timer = this.clock.setTimer(withinMs, () => {
      // What was read after a stall is handled before the next timer: one turn more is the fair judgement.
      this.timer = this.clock.setTimer(0, () => this.judge(askedMs, withinMs))
    })
  }

  serverPinged(): void {
    this.lastServerPingMs = this.clock.monotonicMs()
    this.lastLifeMs = this.lastServerPingMs
  }

  ponged(): void {
    const nowMs = this.clock.monotonicMs()
    this.lastLifeMs = nowMs
    if (this.pingSentMs !== undefined) this.roundTripMs = nowMs - this.pingSentMs
    this.pingSentMs = undefined
  }

  [Symbol.dispose](): void {
    this.timer?.[Symbol.dispose]()
    this.timer = undefined
  }

  private schedule(delayMs: DurationMs): void {
    this.dueMs = this.clock.monotonicMs() + delayMs
    this.timer = this.clock.setTimer(delayMs, () => this.beat())
  }

  /** A pong that takes less than three usual round trips is not late. */
  private get patienceMs(): DurationMs {
    return 3 * (this.roundTripMs ?? this.openingTripMs)
  }

  private judge(askedMs: number, withinMs: DurationMs): void {
    this.look(this.clock.monotonicMs())
    if (this.lastLifeMs > askedMs) this.beat()
    else this.actions.dead(`no sign of life within ${withinMs / 1000} s of a ping`)
  }

  /** A beat that comes late means that this process stood still: nothing was read meanwhile, so nobody is judged by it. */
  private beat(): void {
    const nowMs = this.clock.monotonicMs()
    const lateMs = nowMs - this.dueMs
    this.look(nowMs)
    if (lateMs > LATE_MS) {
      this.lastServerPingMs = Math.min(nowMs, this.lastServerPingMs + lateMs)
      this.misses = 0
      this.pingSentMs = nowMs
      this.actions.ping()
      this.schedule(this.settings.pongWithinMs)
      return
    }
    const { deadAfterMs, pingEveryMs, pongWithinMs } = this.settings
    if (nowMs - this.lastServerPingMs > deadAfterMs) {
      this.actions.dead(`no ping from the server for ${seconds(nowMs - this.lastServerPingMs)} s`)
      return
    }
    const isUnanswered = this.pingSentMs !== undefined && this.lastLifeMs <= this.pingSentMs
    if (!isUnanswered) this.misses = 0
    else if (nowMs - (this.pingSentMs ?? nowMs) >= this.patienceMs) this.misses++
    if (this.misses >= 2) {
      this.actions.dead(`no answer to pings and no data for ${seconds(nowMs - this.lastLifeMs)} s`)
      return
    }
    // Life that was seen answers the ping before, also when its pong was lost: the new one is judged by what comes from now on.
    if (!isUnanswered) this.pingSentMs = nowMs
    this.actions.ping()
    this.schedule(this.misses > 0 ? pongWithinMs : pingEveryMs)
  }

  /** Everything of one beat carries the same time: data seen now came before the ping that is sent now. */
  private look(nowMs: number): void {
    const messages = this.actions.messages()
    if (messages === this.lastMessages) return
    this.lastMessages = messages
    this.lastDataMs = nowMs
    this.lastLifeMs = nowMs
  }
}

function seconds(durationMs: DurationMs): number {
  return Math.round(durationMs / 1000)
}
