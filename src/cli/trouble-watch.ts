import type { Feed, StreamStatus } from '../feed/feed.ts'
import type { ConnectionEvent } from '../model/event.ts'
import { systemClock } from '../net/clock.ts'
import type { Logger } from './logger.ts'

const LOOK_EVERY_MS = 500

/**
 * Says on stderr, once and in plain words, why nothing comes: a socket that does not open, a stream that was refused or is
 * acknowledged and stays silent, a book that gets no snapshot.
 */
export class TroubleWatch implements Disposable {
  private readonly feed: Feed
  private readonly log: Logger
  private readonly onHopeless: () => void
  private readonly causes = new Map<string, string>()
  private readonly reasons = new Map<string, string>()
  private timer: Disposable
  /** The last reason, for a command that has to end without data. */
  lastReason: string | undefined
  /** True when the venue refused everything that was asked for. */
  isHopeless = false

  /** @param onHopeless called when the venue has refused everything that was asked for */
  constructor(feed: Feed, log: Logger, onHopeless: () => void) {
    this.feed = feed
    this.log = log
    this.onHopeless = onHopeless
    this.timer = systemClock.setTimer(LOOK_EVERY_MS, () => this.look())
  }

  /** The causes of a socket's failures, each once until data flows again. */
  connection(event: ConnectionEvent): void {
    const { connectionId, state, cause } = event
    if (state === 'waiting' && cause !== undefined && this.causes.get(connectionId) !== cause) {
      this.causes.set(connectionId, cause)
      this.tell(`${connectionId}: ${cause}; trying again`)
    }
    if (state === 'delivering' && this.causes.delete(connectionId)) this.log.info(`${connectionId}: delivers again`)
  }

  [Symbol.dispose](): void {
    this.timer[Symbol.dispose]()
  }

  private look(): void {
    const { streams } = this.feed.status()
    for (const stream of streams) this.stream(stream)
    if (streams.length > 0 && streams.every(stream => stream.state === 'rejected')) {
      this.isHopeless = true
      this.onHopeless()
    } else this.timer = systemClock.setTimer(LOOK_EVERY_MS, () => this.look())
  }

  private stream(stream: StreamStatus): void {
    const key = `${stream.venue}|${stream.route}|${stream.stream}|${stream.channel}`
    if (stream.reason === undefined) {
      this.reasons.delete(key)
      return
    }
    // The seconds in a reason count up: they make no new one.
    const kind = stream.reason.replace(/\d+/g, '#')
    if (this.reasons.get(key) === kind) return
    this.reasons.set(key, kind)
    this.tell(`${stream.venue} ${stream.stream}: ${stream.reason}`)
  }

  private tell(text: string): void {
    this.lastReason = text
    this.log.warn(text)
  }
}
