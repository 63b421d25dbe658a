import type { DurationMs } from '../model/time.ts'
import { type Clock, sleep } from '../net/clock.ts'
import type { Leg } from './leg.ts'
import type { LiveStream } from './live-stream.ts'
import type { Pool } from './pool.ts'
import type { StreamConnection } from './stream-connection.ts'

const LOOK_EVERY_MS = 1000
/** A look that comes later than this found a process that stood still: nothing could be read meanwhile. */
const LATE_MS = 1500
/** The wall clock ran ahead of the monotonic one by this much: the machine slept (or the clock was set, which costs a ping). */
const SLEPT_MS = 10_000
/** After that every socket must prove within so long that it lives. */
const PROOF_MS = 3000
/** A stream that was confirmed and never fed is silent after this, when it should speak. */
const FIRST_EVENT_WITHIN_MS = 15_000
/** A stream that is subscribed anew after a long silence has this long to speak. */
const GRACE_MS = 5000
/** Pauses between attempts to wake one stream, or one socket, that stays silent: doubled each time. */
const FIRST_REPAIR_PAUSE_MS = 30_000
const LONGEST_REPAIR_PAUSE_MS = 1_800_000
/** One question to REST per stream and this time, at most, for streams that speak less often than that. */
const PROBE_EVERY_MS = 600_000
const RARE_MS = 10_000
/** A stream with so short distances does not pause for seconds by chance. */
const BUSY_MS = 500
/** An answer of REST that takes longer is not waited for. */
const PROBE_WITHIN_MS = 2000
/** Streams that fell silent this close together may have one cause. */
const SAME_SILENCE_MS = 3000
/** A socket on which something has come within this time is not mute. */
const SPEAKING_MS = 10_000

export interface WatchdogOptions {
  readonly clock: Clock
  readonly pool: Pool
  readonly log: (message: string) => void
  /** A stream is silent: whether its instrument still exists is for others to find out. */
  readonly silent: (stream: LiveStream) => void
}

/** When a socket may be replaced for silence again; forgotten when it speaks. */
interface Mute {
  times: number
  againMs: number
}

/**
 * Tells dead from quiet: looks at every stream on every socket once per second, knows each one's own rhythm, and wakes
 * what has fallen silent: the one stream, then its place, or the whole socket. Fed by data only.
 */
export class Watchdog implements Disposable {
  private readonly options: WatchdogOptions
  private readonly mutes = new Map<string, Mute>()
  private readonly probedMs = new WeakMap<LiveStream, number>()
  private timer: Disposable | undefined
  private lastLookMs: number
  private lastWallMs: number

  constructor(options: WatchdogOptions) {
    this.options = options
    this.lastLookMs = options.clock.monotonicMs()
    this.lastWallMs = options.clock.nowUs() / 1000
  }

  /** Looks on while there are sockets. */
  start(): void {
    if (this.timer !== undefined) return
    this.lastLookMs = this.options.clock.monotonicMs()
    this.lastWallMs = this.options.clock.nowUs() / 1000
    this.schedule()
  }

  [Symbol.dispose](): void {
    this.timer?.[Symbol.dispose]()
    this.timer = undefined
  }

  private schedule(): void {
    this.timer = this.options.clock.setTimer(LOOK_EVERY_MS, () => {
      this.timer = undefined
      if (this.options.pool.all().length === 0) return
      this.schedule()
      this.look()
    })
  }

  private look(): void {
    const { clock, pool } = this.options
    const nowMs = clock.monotonicMs()
    const wallMs = clock.nowUs() / 1000
    const lateMs = nowMs - this.lastLookMs - LOOK_EVERY_MS
    const sleptMs = wallMs - this.lastWallMs - (nowMs - this.lastLookMs)
    this.lastLookMs = nowMs
    this.lastWallMs = wallMs
    if (lateMs > LATE_MS || sleptMs > SLEPT_MS) this.forgive(Math.max(0, lateMs), nowMs)
    if (sleptMs > SLEPT_MS) for (const connection of pool.all()) connection.verify(PROOF_MS)
    pool.tick(nowMs)
    for (const connection of pool.all()) this.watch(connection, nowMs)
  }

  /** What happened while the process stood still is nobody's fault. */
  private forgive(durationMs: DurationMs, nowMs: number): void {
    for (const connection of this.options.pool.all()) {
      for (const leg of connection.legs) leg.rhythm.credit(durationMs, nowMs)
    }
  }

  private watch(connection: StreamConnection, nowMs: number): void {
    if (connection.openedMs === undefined) return
    let speaking = 0
    const silent: Leg[] = []
    for (const leg of connection.legs) {
      if (leg.rhythm.look(leg.events, nowMs)) this.speaks(leg)
      if (this.isSilent(leg, nowMs)) silent.push(leg)
      else if (leg.state === 'delivering' && nowMs - leg.rhythm.activeMs < SPEAKING_MS) speaking++
    }
    if (speaking > 0) this.mutes.delete(connection.connectionId)
    if (silent.length === 0) return
    for (const leg of silent) if (!leg.isStale) this.suspect(leg, nowMs)
    const stale = silent.filter(leg => leg.isStale)
    if (stale.length < silent.length || stale.length === 0) return
    // A stream that rarely speaks says nothing about its neighbours, nor they about it.
    if (speaking === 0 && stale.some(leg => leg.stream.events > 0)) this.wakeSocket(connection, stale, nowMs)
    else for (const leg of stale) this.wakeStream(leg, nowMs)
  }

  /** Silent for longer than its rhythm explains. Where REST can tell a quiet market from a dead stream it is asked first. */
  private suspect(leg: Leg, nowMs: number): void {
    if (leg.isSuspected) return
    const isProven = this.isProvenSilent(leg)
    if (leg.stream.events === 0 || !leg.stream.canProbe || isProven) {
      this.markStale(leg, nowMs, isProven)
      return
    }
    const isRare = (leg.rhythm.usualMs ?? 0) >= RARE_MS
    const askedMs = this.probedMs.get(leg.stream) ?? Number.NEGATIVE_INFINITY
    if (isRare && nowMs - askedMs < PROBE_EVERY_MS) {
      leg.rhythm.wasQuiet(true)
      return
    }
    this.probedMs.set(leg.stream, nowMs)
    leg.isSuspected = true
    void this.confirm(leg)
  }

  private async confirm(leg: Leg): Promise<void> {
    const { clock } = this.options
    const patience = new AbortController()
    const tooLate = sleep(clock, PROBE_WITHIN_MS, patience.signal).then(() => undefined)
    const silentMs = clock.monotonicMs() - leg.rhythm.activeMs
    const hasMissed = await Promise.race([leg.stream.probe(silentMs), tooLate])
    patience.abort()
    leg.isSuspected = false
    const nowMs = clock.monotonicMs()
    if (leg.rhythm.look(leg.events, nowMs)) return
    if (hasMissed === undefined) this.options.silent(leg.stream)
    // Of a stream whose rhythm nobody knows only a proof says that it is dead.
    if (hasMissed === false || (hasMissed === undefined && leg.rhythm.isUnknown)) {
      leg.rhythm.wasQuiet(true)
      return
    }
    if ((leg.state !== 'delivering' && leg.state !== 'acknowledged') || !leg.rhythm.isSuspicious(nowMs)) return
    this.markStale(leg, nowMs, hasMissed === true)
    if (hasMissed === true) {
      for (const other of leg.connection.legs) {
        if (other !== leg && other.rhythm.activeMs <= leg.rhythm.activeMs + SAME_SILENCE_MS) other.stream.doubt(other)
      }
    }
    this.watch(leg.connection, nowMs)
  }

  /** The other leg of the stream has brought something since this one fell silent: nobody needs to be asked. */
  private isProvenSilent(leg: Leg): boolean {
    return leg.stream.legs.some(
      other => other !== leg && other.rhythm.activeMs > leg.rhythm.activeMs + 2 * LOOK_EVERY_MS,
    )
  }

  private isSilent(leg: Leg, nowMs: number): boolean {
    const { rhythm } = leg
    if (leg.state === 'delivering')
      return rhythm.isSuspicious(nowMs) && (!rhythm.isUnknown || leg.stream.canProbe || leg.isStale)
    if (leg.state !== 'acknowledged' || leg.events > leg.eventsBefore) return false
    const unfedMs = nowMs - leg.acknowledgedMs
    const { expectedEveryMs } = leg
    const limitMs = Math.max(FIRST_EVENT_WITHIN_MS, 3 * (expectedEveryMs ?? 0)) - LOOK_EVERY_MS
    const isOverdue = unfedMs >= GRACE_MS && nowMs - leg.unfedSinceMs >= limitMs
    if (isOverdue && (expectedEveryMs !== undefined || leg.isStale)) return true
    // It was fed on the socket before: what is known of its rhythm holds, behind a moment of grace.
    if (!rhythm.isUnknown && leg.stream.events > 0) return unfedMs >= GRACE_MS && rhythm.isSuspicious(nowMs)
    if (unfedMs < limitMs) return false
    if (leg.stream.canProveUnfed) void this.checkNeverFed(leg, nowMs)
    return false
  }

  private markStale(leg: Leg, nowMs: number, isProven: boolean): void {
    if (leg.isStale) return
    leg.isStale = true
    leg.isProvenDead = isProven
    if (isProven) leg.rhythm.wasDead()
    const cause = leg.stream.events > 0 ? silence(leg, nowMs) : firstEvent(leg, nowMs)
    leg.stream.reason = cause
    leg.stream.wentStale(leg, cause)
    this.options.log(cause)
    this.options.silent(leg.stream)
  }

  private speaks(leg: Leg): void {
    leg.repairs = 0
    leg.repairAfterMs = 0
    if (!leg.isStale) return
    leg.isStale = false
    // Perhaps it was merely quiet: nobody can tell, unless it was proven, or is a stream that never pauses for so long.
    if (!leg.isProvenDead && (leg.rhythm.usualMs ?? RARE_MS) > BUSY_MS) leg.rhythm.wasQuiet(false)
    leg.stream.reason = undefined
    leg.stream.recovered(leg)
  }

  /** Every stream of the socket that has a rhythm is silent. */
  private wakeSocket(connection: StreamConnection, stale: readonly Leg[], nowMs: number): void {
    const { connectionId } = connection
    const mute = this.mutes.get(connectionId) ?? { times: 0, againMs: 0 }
    const [first] = stale
    if (nowMs < mute.againMs || first === undefined || stale.every(leg => nowMs < leg.repairAfterMs)) return
    mute.times++
    mute.againMs = nowMs + pauseMs(mute.times)
    this.mutes.set(connectionId, mute)
    const others = stale.length > 1 ? ` and ${stale.length - 1} more` : ''
    connection.replaceMute(`mute: pongs come, but no data: ${silence(first, nowMs)}${others}`)
  }

  private wakeStream(leg: Leg, nowMs: number): void {
    if (nowMs < leg.repairAfterMs) return
    leg.repairs++
    leg.repairAfterMs = nowMs + pauseMs(leg.repairs)
    this.options.silent(leg.stream)
    // Another socket helps against a bad socket, not against a stream that was never fed anywhere.
    const isWorthMoving = leg.stream.events > 0 && leg.repairs > 1
    if (!isWorthMoving || !this.options.pool.move(leg)) leg.connection.resubscribe(leg)
  }

  /** A stream that may well be quiet has never spoken: REST tells whether it should have. */
  private async checkNeverFed(leg: Leg, nowMs: number): Promise<void> {
    if (nowMs - (this.probedMs.get(leg.stream) ?? Number.NEGATIVE_INFINITY) < PROBE_EVERY_MS) return
    this.probedMs.set(leg.stream, nowMs)
    const isMissing = await leg.stream.hasTradedSinceAcknowledged()
    if (!isMissing || leg.events > leg.eventsBefore || leg.state !== 'acknowledged') return
    this.markStale(leg, this.options.clock.monotonicMs(), true)
    leg.connection.resubscribe(leg)
  }
}

function pauseMs(times: number): DurationMs {
  return Math.min(LONGEST_REPAIR_PAUSE_MS, FIRST_REPAIR_PAUSE_MS * 2 ** (times - 1))
}

function silence(leg: Leg, nowMs: number): string {
  const { usualMs } = leg.rhythm
  const usual = usualMs === undefined ? '' : ` (usually every ${seconds(usualMs)} s)`
  return `${leg.name} on ${leg.connection.connectionId}: nothing for ${seconds(nowMs - leg.rhythm.activeMs)} s${usual}`
}

function firstEvent(leg: Leg, nowMs: number): string {
  const where = leg.route === '' ? 'on its path' : `on the /${leg.route} path`
  return `${leg.name}: no first event: acknowledged ${where} ${seconds(nowMs - leg.acknowledgedMs)} s ago, nothing has arrived: a wrong path or a symbol that does not trade`
}

function seconds(durationMs: DurationMs): number {
  return durationMs < 10_000 ? Math.round(durationMs / 100) / 10 : Math.round(durationMs / 1000)
}
