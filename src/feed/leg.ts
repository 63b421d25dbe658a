import type { Channel } from '../model/channel.ts'
import type { InstrumentId } from '../model/instrument.ts'
import type { ContinuityRule, StreamSpec } from '../venue/adapter.ts'
import type { LiveStream } from './live-stream.ts'
import { Rhythm } from './rhythm.ts'
import type { StreamConnection } from './stream-connection.ts'

/** Three different facts, of one stream on one socket: asked for, confirmed, arriving. */
export type LegState = 'wanted' | 'subscribed' | 'acknowledged' | 'delivering' | 'rejected'

/**
 * One stream on one socket. A stream has one leg, two while its socket is replaced in a planned way, and two all the time
 * where the user wants redundancy. The decoder hands its finds to the leg, so that everybody knows which socket they came by.
 */
export class Leg implements StreamSpec {
  readonly stream: LiveStream
  readonly connection: StreamConnection
  readonly name: string
  readonly route: string
  readonly channel: Channel
  readonly instrument: InstrumentId | undefined
  readonly continuity: ContinuityRule
  readonly expectedEveryMs: number | undefined
  readonly rhythm: Rhythm
  state: LegState = 'wanted'
  /** Data that came by this leg, duplicates included. */
  events = 0
  /** The same at the last confirmation: more means that this subscription is fed. */
  eventsBefore = 0
  /** Silent for longer than its rhythm explains. */
  isStale = false
  /** That silence was proven to have cost events. */
  isProvenDead = false
  /** REST is being asked whether the silence means anything. */
  isSuspected = false
  /** Monotonic time of the last confirmation. */
  acknowledgedMs = 0
  /** The same of the first one since it spoke last: a socket that is replaced meanwhile is no excuse. */
  unfedSinceMs = 0
  /** Monotonic time at which the venue turned out to have forgotten it, or a neighbour to be mute: since when, nobody knows. */
  doubtedMs = Number.NEGATIVE_INFINITY
  /** Subscribed anew while the old subscription of the same name was ending: its events are not ours. */
  awaitsAcknowledgement = false
  /** How often its silence was answered by subscribing anew since it last spoke, and when that may be done again. */
  repairs = 0
  repairAfterMs = 0

  constructor(stream: LiveStream, connection: StreamConnection, nowMs: number) {
    this.stream = stream
    this.connection = connection
    this.name = stream.name
    this.route = stream.route
    this.channel = stream.channel
    this.instrument = stream.instrument
    this.continuity = stream.continuity
    this.expectedEveryMs = stream.expectedEveryMs
    this.rhythm = new Rhythm(nowMs, stream.expectedEveryMs)
  }
}
