import type { Scheduled } from '../core/event-heap.ts'
import type { Link, ServerEnd } from '../net/link.ts'
import type { Receiver } from './feed.ts'
import type { VenueServer } from './venue-server.ts'

const NOBODY: ReadonlySet<string> = new Set()

/** A silence that is on. */
interface Silence {
  /** Undefined for every stream. */
  readonly names: ReadonlySet<string> | undefined
  readonly forMs: number
  /** Those that were on when it began: together they are one silence of the streams that they share. */
  readonly before: readonly Silence[]
}

/** The exchange's end of one socket: what it subscribed to, and whether it keeps to the rules. */
export class Session implements ServerEnd, Receiver {
  readonly link: Link
  readonly route: string
  readonly isCombined: boolean
  /** Names the exchange lists for this socket, fed or not. */
  readonly names = new Set<string>()
  isMuted = false
  mutedNames: ReadonlySet<string> | undefined
  /** Messages and control frames that came from the client: total, and of the last second. */
  inbound = 0
  /** Silences that are on, each with the streams it is for; undefined for all. They may overlap. */
  private readonly silences = new Map<object, Silence>()
  private readonly recentMs: number[] = []
  private readonly server: VenueServer
  private pingTimer: Scheduled | undefined
  private lastPongMs: number
  private hasUnansweredPing = false
  private pings = 0
  private pongs = 0

  constructor(server: VenueServer, link: Link) {
    this.server = server
    this.link = link
    const [, first = '', second] = link.url.pathname.split('/')
    this.route = second === undefined ? '' : first
    this.isCombined = (second ?? first) === 'stream'
    this.lastPongMs = server.world.nowMs
    this.schedulePing()
  }

  get isReachable(): boolean {
    const { client, down } = this.link
    return client !== 'gone' && !down.effects.isForgotten && !down.effects.isHeld
  }

  deliver(bytes: Buffer, start: number, end: number): void {
    this.link.pushBytes(bytes, start, end)
  }

  silence(key: object, names: ReadonlySet<string> | undefined, forMs: number): void {
    this.silences.set(key, { names, forMs, before: [...this.silences.values()] })
    this.hush()
  }

  mutedForMs(name: string): number {
    return Math.max(0, ...[...this.silences.values()].map(silence => lengthFor(name, silence)))
  }

  unsilence(key: object): void {
    this.silences.delete(key)
    this.hush()
  }

  /** The exchange forgets these subscriptions; the client is not told. */
  forget(names: Iterable<string>): void {
    for (const name of names) {
      if (!this.names.delete(name)) continue
      this.server.feed(name)?.remove(this)
    }
  }

  text(text: string): void {
    if (!this.counted()) return
    this.server.control.receive(this, text)
  }

  ping(): void {
    if (this.counted()) this.link.pushPong()
  }

  /** Answers to pings beyond the venue's own rhythm (their payload begins with an x) are not held against the client. */
  pong(payload: string): void {
    this.pongs++
    if (this.pongs > this.pings) this.server.report('I9', `an unsolicited pong on socket ${this.link.id}`)
    if (!payload.startsWith('x') && !this.counted()) return
    this.lastPongMs = this.server.world.nowMs
    this.hasUnansweredPing = false
  }

  ended(): void {
    if (this.pingTimer !== undefined) this.pingTimer.run = undefined
    this.forget(this.names)
    this.mutedNames = NOBODY
    this.server.sessions.delete(this)
  }

  pingNow(payload: string): void {
    this.pings++
    this.link.pushPing(payload)
  }

  private hush(): void {
    const lists = [...this.silences.values()].map(silence => silence.names)
    const names = lists.flatMap(list => (list === undefined ? [] : [...list]))
    this.isMuted = lists.includes(undefined)
    this.mutedNames = names.length === 0 ? undefined : new Set(names)
  }

  private schedulePing(): void {
    const { world, rules } = this.server
    this.pingTimer = world.after(rules.pingEveryMs, () => {
      this.schedulePing()
      const silentMs = world.nowMs - this.lastPongMs
      if (this.hasUnansweredPing && silentMs > rules.pongWithinMs) {
        this.server.count('kick: no pong')
        this.link.endByServer(1008, 'Pong timeout')
        return
      }
      if (this.server.arePingsPaused) return
      this.hasUnansweredPing = true
      this.pingNow(String(Math.floor(world.wallMs)))
    })
  }

  /** False when the message was one too many: the socket is gone then. */
  private counted(): boolean {
    const { world, rules } = this.server
    this.inbound++
    const { recentMs } = this
    recentMs.push(world.nowMs)
    while ((recentMs[0] ?? 0) <= world.nowMs - 1000) recentMs.shift()
    if (recentMs.length <= rules.inboundPerSecond) return true
    // What waited on the network and arrives in a burst is counted as the exchange counts it, but is not the client's doing.
    if (this.link.up.wasDisturbedWithin(5000) || world.host.wasFrozenWithin(5000)) return true
    this.server.report('I9', `${recentMs.length} inbound messages within a second on socket ${this.link.id}`)
    this.link.endByServer(1008, 'Too many requests')
    return false
  }
}

function lengthFor(name: string, { names, forMs, before }: Silence): number {
  if (names !== undefined && !names.has(name)) return 0
  return Math.max(forMs, ...before.map(silence => lengthFor(name, silence)))
}
