import type { ConnectionStatus, Feed, FeedStatus, StreamStatus } from '../feed/feed.ts'
import type { Clock } from '../net/clock.ts'

const FRESH_FOR_MS = 200

/** The feed's own account of itself, read at most five times a second however many views ask. */
export class FeedProbe {
  private readonly feed: Feed
  private readonly clock: Clock
  private cached: FeedStatus | undefined
  private readAtMs = Number.NEGATIVE_INFINITY
  private streams = new Map<string, StreamStatus>()
  private connections = new Map<string, ConnectionStatus>()

  constructor(feed: Feed, clock: Clock) {
    this.feed = feed
    this.clock = clock
  }

  status(): FeedStatus {
    const nowMs = this.clock.monotonicMs()
    if (this.cached !== undefined && nowMs - this.readAtMs < FRESH_FOR_MS) return this.cached
    const status = this.feed.status()
    this.cached = status
    this.readAtMs = nowMs
    this.streams = new Map(status.streams.map(stream => [`${stream.channel}|${stream.instrument ?? ''}`, stream]))
    this.connections = new Map(status.connections.map(connection => [connection.connectionId, connection]))
    return status
  }

  /** The native stream behind a channel of an instrument. */
  stream(instrument: string, channel: string): StreamStatus | undefined {
    this.status()
    return this.streams.get(`${channel}|${instrument}`)
  }

  /** The connection that carries the stream; where the stream names none, a connection of its route that is down. */
  connection(stream: StreamStatus | undefined): ConnectionStatus | undefined {
    const status = this.status()
    if (stream === undefined) return undefined
    if (stream.connectionId !== undefined) return this.connections.get(stream.connectionId)
    return status.connections.find(
      other => other.venue === stream.venue && other.route === stream.route && other.state !== 'delivering',
    )
  }
}
