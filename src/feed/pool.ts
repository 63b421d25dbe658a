import type { DurationMs } from '../model/time.ts'
import type { Clock } from '../net/clock.ts'
import type { Leg } from './leg.ts'
import type { LiveStream } from './live-stream.ts'
import { type RotationRules, rotationAge } from './rotation.ts'
import { StreamConnection, type StreamConnectionOptions } from './stream-connection.ts'

/** An empty connection is kept this long, so that dropping one stream and adding another needs no new socket. */
const LINGER_MS = 10_000
/** Planned replacements of one venue are at least this far apart. */
const ROTATE_EVERY_MS = 1000
/** Streams that are confirmed on the new socket but stay quiet there are waited for so long. */
const QUIET_PATIENCE_MS = 5000
/** A replacement that is not fed within this time is given up, as long as the old socket lives. */
const ROTATION_PATIENCE_MS = 60_000

/** The old socket is asked for its proof at most so often, however often streams are added and dropped meanwhile. */
const PROOF_EVERY_MS = 2000

/** Sockets of one route and lane that have room left. */
const MOST_SPARE = 2

export interface PoolOptions
  extends Omit<StreamConnectionOptions, 'route' | 'connectionId' | 'lane' | 'onGoingAway' | 'onSettled'> {
  /** Sockets per stream. */
  readonly lanes: number
  readonly rotation: RotationRules
}

/** A planned replacement: the old socket is closed only after the new one brings everything. */
interface Rotation {
  readonly old: StreamConnection
  readonly successor: StreamConnection
  readonly startedMs: number
  /** What stood when the new socket was confirmed for every stream; undefined until then. */
  settled: Settled | undefined
  /** When the sockets were last asked for their proof, monotonic. */
  askedMs: number
}

interface Settled {
  readonly atMs: number
  /** Which socket of the old connection stood then. */
  readonly openedMs: number | undefined
  /** So many pongs of the old socket show that it has brought everything that is older than this moment. */
  readonly pongs: number
  /** So many lists of the old socket's subscriptions show that it still carried them then. */
  readonly lists: number
  /** Events of the old socket's legs. */
  readonly events: ReadonlyMap<Leg, number>
}

/** Spreads the streams of one venue over sockets: one route each, never above the venue's limit, opened as needed, replaced in time. */
export class Pool {
  private readonly options: PoolOptions
  private readonly clock: Clock
  private readonly connections = new Set<StreamConnection>()
  private readonly lingering = new Map<StreamConnection, Disposable>()
  private readonly rotations = new Map<StreamConnection, Rotation>()
  private readonly ages = new Map<StreamConnection, { readonly openedMs: number; readonly ageMs: DurationMs }>()
  /** Announced as ending by the venue. */
  private readonly leaving = new Set<StreamConnection>()
  private lastRotationMs = Number.NEGATIVE_INFINITY
  private opened = 0
  /** Planned replacements that were completed. */
  rotated = 0

  constructor(options: PoolOptions) {
    this.options = options
    this.clock = options.clock
  }

  all(): readonly StreamConnection[] {
    return [...this.connections]
  }

  /** Gives the stream a socket in every lane where it has none. */
  add(stream: LiveStream): void {
    for (let lane = 0; lane < this.options.lanes; lane++) {
      if (stream.legs.some(leg => leg.connection.lane === lane)) continue
      const connection = this.roomFor(stream, lane) ?? this.open(stream.route, lane)
      this.keep(connection)
      connection.add(stream)
    }
  }

  remove(stream: LiveStream): void {
    for (const leg of stream.legs) this.drop(leg)
  }

  /**
   * Takes a silent stream to another socket. False when there is none for it: while its socket is being replaced, and when
   * enough of them have been opened in vain.
   */
  move(leg: Leg): boolean {
    const { stream, connection } = leg
    if (this.isRotating(connection)) return false
    const target = this.roomFor(stream, connection.lane, connection) ?? this.openSpare(stream.route, connection.lane)
    if (target === undefined || this.isRotating(target)) return false
    this.keep(target)
    // It stays what it was until it speaks.
    const fresh = target.add(stream)
    fresh.isStale = leg.isStale
    fresh.repairs = leg.repairs
    fresh.repairAfterMs = leg.repairAfterMs
    this.drop(leg)
    return true
  }

  /** Replaces a socket without loss: the new one takes over when it brings every stream. */
  rotate(old: StreamConnection): void {
    if (this.isRotating(old) || !this.connections.has(old) || old.size === 0) return
    this.leaving.delete(old)
    this.lastRotationMs = this.clock.monotonicMs()
    const successor = this.open(old.route, old.lane)
    for (const leg of old.legs) successor.add(leg.stream)
    this.rotations.set(old, {
      old,
      successor,
      startedMs: this.lastRotationMs,
      settled: undefined,
      askedMs: Number.NEGATIVE_INFINITY,
    })
  }

  /** Looked at every second: what is due for replacement, and which replacement is complete. */
  tick(nowMs: number): void {
    for (const rotation of this.rotations.values()) this.proceed(rotation, nowMs)
    for (const connection of this.leaving) this.rotate(connection)
    for (const connection of this.connections) {
      if (nowMs - this.lastRotationMs < ROTATE_EVERY_MS) return
      if (this.isDue(connection, nowMs)) this.rotate(connection)
    }
  }

  closeAll(): void {
    this.rotations.clear()
    for (const connection of this.connections) this.close(connection)
  }

  /** The moment from which the new socket brings everything is taken at once, not at the next look. */
  private settled(connection: StreamConnection): void {
    for (const rotation of this.rotations.values()) {
      if (rotation.successor === connection) settle(rotation, this.clock.monotonicMs())
    }
  }

  private proceed(rotation: Rotation, nowMs: number): void {
    const { old, successor } = rotation
    if (!this.connections.has(old) || !this.connections.has(successor)) {
      this.rotations.delete(old)
      return
    }
    if (successor.isSettled) settle(rotation, nowMs)
    else rotation.settled = undefined
    if (rotation.settled !== undefined) joinLegs(rotation, rotation.settled)
    if (rotation.settled !== undefined && isReady(rotation, rotation.settled, nowMs)) this.complete(rotation)
    else if (nowMs - rotation.startedMs > ROTATION_PATIENCE_MS && old.openedMs !== undefined) this.giveUp(rotation)
  }

  private complete({ old, successor }: Rotation): void {
    this.rotations.delete(old)
    this.rotated++
    for (const leg of old.legs) {
      if (!successor.carries(leg.name)) successor.add(leg.stream)
      old.remove(leg)
    }
    this.close(old)
  }

  /** The new socket is no better: the old one stays until the venue ends it, or until the next try. */
  private giveUp({ old, successor }: Rotation): void {
    this.rotations.delete(old)
    const streams = [...successor.legs].map(leg => leg.stream)
    for (const leg of successor.legs) successor.remove(leg)
    this.connections.delete(successor)
    // What was wanted only since then has no other socket.
    for (const stream of streams) this.add(stream)
    this.close(successor)
    this.ages.delete(old)
  }

  private isRotating(connection: StreamConnection): boolean {
    for (const { old, successor } of this.rotations.values()) {
      if (old === connection || successor === connection) return true
    }
    return false
  }

  private isDue(connection: StreamConnection, nowMs: number): boolean {
    const { openedMs } = connection
    if (openedMs === undefined) return false
    let planned = this.ages.get(connection)
    if (planned?.openedMs !== openedMs) {
      const { adapter, rotation, random } = this.options
      const ageMs = rotationAge(rotation, adapter.limits.connectionLifetimeMs, this.clock.nowUs() / 1000, random)
      planned = { openedMs, ageMs }
      this.ages.set(connection, planned)
    }
    return nowMs - openedMs >= planned.ageMs
  }

  private drop(leg: Leg): void {
    const { connection } = leg
    connection.remove(leg)
    if (connection.size > 0 || this.lingering.has(connection)) return
    this.lingering.set(
      connection,
      this.clock.setTimer(LINGER_MS, () => this.close(connection)),
    )
  }

  private keep(connection: StreamConnection): void {
    this.lingering.get(connection)?.[Symbol.dispose]()
    this.lingering.delete(connection)
  }

  private close(connection: StreamConnection): void {
    this.keep(connection)
    this.connections.delete(connection)
    this.ages.delete(connection)
    this.leaving.delete(connection)
    connection.close()
  }

  private roomFor(stream: LiveStream, lane: number, except?: StreamConnection): StreamConnection | undefined {
    const most = this.options.adapter.limits.streamsPerConnection
    for (const connection of this.connections) {
      if (connection === except || connection.lane !== lane || connection.route !== stream.route) continue
      if (connection.size < most && !connection.carries(stream.name) && !this.rotations.has(connection))
        return connection
    }
    return undefined
  }

  /** Sockets that are not full are not multiplied without end for the sake of silent streams. */
  private openSpare(route: string, lane: number): StreamConnection | undefined {
    const most = this.options.adapter.limits.streamsPerConnection
    let spare = 0
    for (const other of this.connections) if (other.route === route && other.lane === lane && other.size < most) spare++
    return spare < MOST_SPARE ? this.open(route, lane) : undefined
  }

  private open(route: string, lane: number): StreamConnection {
    const { id } = this.options.adapter
    this.opened++
    const connectionId = route === '' ? `${id}#${this.opened}` : `${id}/${route}#${this.opened}`
    const onGoingAway = (connection: StreamConnection): void => {
      this.leaving.add(connection)
      this.rotate(connection)
    }
    const onSettled = (connection: StreamConnection): void => this.settled(connection)
    const connection = new StreamConnection({ ...this.options, route, lane, connectionId, onGoingAway, onSettled })
    this.connections.add(connection)
    return connection
  }
}

/** Notes where the old socket stands, and asks it to prove that it has brought everything up to here. */
function settle(rotation: Rotation, nowMs: number): void {
  const { old, settled, askedMs } = rotation
  if (settled !== undefined || nowMs - askedMs < PROOF_EVERY_MS) return
  const events = new Map([...old.legs].map(leg => [leg, leg.events]))
  rotation.askedMs = nowMs
  rotation.settled = { atMs: nowMs, openedMs: old.openedMs, pongs: old.ping(), lists: old.askList(), events }
}

/**
 * Everything on the old socket that the new one was confirmed too late for has arrived: what comes in order came before the
 * pong. And the old socket was still subscribed to it all: a stream that the venue has forgotten is in doubt by now.
 */
function isCaughtUp(old: StreamConnection, settled: Settled): boolean {
  return old.openedMs === settled.openedMs && old.pongs >= settled.pongs && old.listsAnswered >= settled.lists
}

/**
 * Lets the new legs go on where the old ones end, as far as that is proven: a stream that the new socket brings and the
 * old one does not may have been silent on the old one for longer.
 */
function joinLegs({ old, successor }: Rotation, settled: Settled): void {
  if (!isCaughtUp(old, settled)) return
  for (const leg of old.legs) {
    const fresh = leg.stream.legs.find(other => other.connection === successor)
    if (fresh === undefined) continue
    const hasOldSpoken = leg.events > (settled.events.get(leg) ?? Number.POSITIVE_INFINITY)
    const isDoubted = leg.doubtedMs >= settled.atMs
    if (!leg.isStale && !isDoubted && (hasOldSpoken || fresh.state === 'acknowledged'))
      leg.stream.track.legJoined(fresh)
  }
}

/**
 * True when the old socket is not needed any more: every stream that it still brings is brought by the new one, too, and
 * those that are quiet on both had time to show that they are not.
 */
function isReady({ old, successor }: Rotation, settled: Settled, nowMs: number): boolean {
  const isPatient = nowMs - settled.atMs >= QUIET_PATIENCE_MS
  // The old socket ended by itself: what it could bring it has brought.
  if (old.openedMs !== settled.openedMs) return true
  if (!isCaughtUp(old, settled) && nowMs - settled.atMs < 2 * QUIET_PATIENCE_MS) return false
  for (const leg of old.legs) {
    if (leg.state !== 'delivering' || leg.isStale) continue
    const fresh = leg.stream.legs.find(other => other.connection === successor)
    const hasOldSpoken = leg.events > (settled.events.get(leg) ?? 0)
    const hasNewSpoken = fresh?.state === 'delivering'
    if (hasOldSpoken ? !hasNewSpoken : !isPatient) return false
    if (fresh?.state === 'rejected') return false
  }
  return true
}
