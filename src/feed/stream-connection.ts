import type { BookDelta } from '../model/book-levels.ts'
import { DecodeError, StaleError, SubscriptionRejected, type TickwireError } from '../model/error.ts'
import type { ConnectionEvent, ConnectionState, DataEvent, GapReason } from '../model/event.ts'
import { instrumentId } from '../model/instrument.ts'
import type { DurationMs, EpochUs } from '../model/time.ts'
import { Connection, type ConnectionOptions, type LinkState } from '../net/connection.ts'
import { Pacer } from '../net/pacer.ts'
import type { Decoder, InboundSink, VenueAdapter } from '../venue/adapter.ts'
import { tellOnce } from './connection-news.ts'
import { ControlLedger, type ControlRequest } from './control-ledger.ts'
import type { ConnectionStatus } from './feed.ts'
import { Leg } from './leg.ts'
import type { LiveStream } from './live-stream.ts'
import { Quarantine } from './quarantine.ts'
import { Refusals } from './refusals.ts'

/** A control request that is not answered within this time is sent once more; then the connection is replaced. */
const ACK_DEADLINE_MS = 5000
/** The venue is asked which streams it carries: soon after a socket was opened, then so often. */
const FIRST_LIST_AFTER_MS = 30_000
const LIST_EVERY_MS = 600_000

export interface StreamConnectionOptions extends Omit<ConnectionOptions, 'url' | 'heartbeat'> {
  readonly adapter: VenueAdapter
  readonly heartbeat: ConnectionOptions['heartbeat']
  readonly route: string
  readonly connectionId: string
  /** With redundancy every stream has one connection of each lane. */
  readonly lane: number
  /** Everything that is wanted is confirmed. */
  readonly onSettled: (connection: StreamConnection) => void
  /** The venue announced that it will close this socket. */
  readonly onGoingAway: (connection: StreamConnection, reason: string) => void
}

/** One socket of a venue's route with the streams it carries. */
export class StreamConnection implements InboundSink<Leg> {
  readonly connectionId: string
  readonly route: string
  readonly lane: number
  readonly quarantine = new Quarantine()
  private readonly options: StreamConnectionOptions
  private readonly connection: Connection
  private readonly decoder: Decoder<Leg>
  private readonly ledger: ControlLedger<Leg>
  private readonly pacer: Pacer
  private readonly deadlines = new Map<number, Disposable>()
  private readonly refusals: Refusals
  private state: ConnectionState = 'closed'
  private sinceUs: EpochUs
  private receiveTimeUs: EpochUs
  private isReconcilePending = false
  private listTimer: Disposable | undefined
  private listId = -1
  private listsAsked = 0
  /** The newest list of subscriptions that was answered; see {@link askList}. */
  listsAnswered = 0
  private isMute = false

  constructor(options: StreamConnectionOptions) {
    this.options = options
    this.connectionId = options.connectionId
    this.route = options.route
    this.lane = options.lane
    this.decoder = options.adapter.openDecoder(options.route)
    this.ledger = new ControlLedger(options.adapter.limits)
    this.sinceUs = options.clock.nowUs()
    this.receiveTimeUs = this.sinceUs
    this.refusals = new Refusals(options.clock, leg => this.askAgain(leg))
    this.connection = new Connection(
      { ...options, url: options.adapter.streamUrl(options.route) },
      {
        opened: () => this.opened(),
        frame: (bytes, start, end, receiveTimeUs) => this.frame(bytes, start, end, receiveTimeUs),
        lost: cause => this.lost(cause),
        stateChanged: state => this.linkChanged(state),
      },
    )
    this.pacer = new Pacer(options.clock, options.adapter.limits.controlPerSecond, text => this.connection.send(text))
  }

  get size(): number {
    return this.ledger.wanted.size
  }

  get legs(): Iterable<Leg> {
    return this.ledger.wanted.values()
  }

  /** When the socket that is open now was opened, monotonic; undefined while there is none. */
  get openedMs(): number | undefined {
    return this.connection.openedMs
  }

  /** Every stream is confirmed (or refused), and so is nothing else. */
  get isSettled(): boolean {
    return this.connection.state.kind === 'open' && this.ledger.isSettled
  }

  carries(name: string): boolean {
    return this.ledger.wanted.has(name)
  }

  add(stream: LiveStream): Leg {
    const leg = new Leg(stream, this, this.options.clock.monotonicMs())
    leg.awaitsAcknowledgement = this.ledger.isEnding(leg.name)
    if (this.connection.state.kind === 'open') leg.state = 'subscribed'
    stream.attach(leg)
    this.ledger.want(leg)
    this.decoder.add(leg)
    this.connection.start()
    this.reconcileSoon()
    return leg
  }

  remove(leg: Leg): void {
    this.refusals.forget(leg)
    this.ledger.unwant(leg)
    this.decoder.remove(leg)
    leg.stream.detach(leg)
    this.reconcileSoon()
  }

  /** Subscribes one stream once more, without touching the others: a subscription that the venue has lost begins anew. */
  resubscribe(leg: Leg): void {
    for (const request of this.ledger.again(leg.name)) this.send(request)
  }

  /** Gives the socket up because it brings nothing, and opens a new one. */
  replaceMute(reason: string): void {
    this.isMute = true
    this.connection.replace(new StaleError(reason))
    this.isMute = false
  }

  /** Pings; the number of pongs that the socket has brought when this one is answered. */
  ping(): number {
    return this.connection.ping()
  }

  /** Pongs of the socket that is open now. */
  get pongs(): number {
    return this.connection.pongs
  }

  /** Proves within `withinMs` that the socket lives, or replaces it. */
  verify(withinMs: DurationMs): void {
    this.connection.verify(withinMs)
  }

  close(): void {
    this.refusals.clear()
    this.forgetRequests()
    this.connection.close()
  }

  event(leg: Leg, event: DataEvent, sequence: number): void {
    if (leg.awaitsAcknowledgement) return
    leg.events++
    if (leg.state !== 'delivering') this.delivering(leg)
    leg.stream.track.accept(event, sequence, leg)
  }

  delta(leg: Leg, delta: BookDelta): void {
    if (leg.awaitsAcknowledgement) return
    leg.events++
    if (leg.state !== 'delivering') this.delivering(leg)
    leg.stream.delta(delta, this.receiveTimeUs, leg)
  }

  ack(id: number): void {
    this.answered(id)
    const request = this.ledger.accept(id)
    if (request?.method === 'subscribe') for (const name of request.names) this.acknowledged(name)
    this.reconcile()
    if (!this.ledger.isSettled) return
    this.options.onSettled(this)
    if (this.state === 'open') this.enter('subscribed', undefined)
  }

  rejected(id: number | undefined, code: number, message: string): void {
    if (id !== undefined && id === this.listId) return
    if (id !== undefined) this.answered(id)
    const { offender, again } = this.ledger.refuse(id)
    for (const request of again) this.send(request)
    const leg = offender === undefined ? undefined : this.ledger.wanted.get(offender)
    if (leg === undefined) return
    leg.state = 'rejected'
    const text = `${this.options.adapter.id} refused the stream "${leg.name}": ${message} (code ${code})`
    leg.stream.refused(leg, new SubscriptionRejected(text, [leg.name]))
    this.refusals.add(leg)
  }

  private askAgain(leg: Leg): void {
    if (this.ledger.wanted.get(leg.name) !== leg) return
    leg.state = 'wanted'
    this.ledger.want(leg)
    this.reconcile()
  }

  reply(id: number, value: unknown): void {
    this.answered(id)
    if (id !== this.listId || !Array.isArray(value)) return
    this.listsAnswered = this.listsAsked
    const listed: readonly unknown[] = value
    const names = listed.filter(name => typeof name === 'string')
    for (const name of this.ledger.compare(names)) {
      const leg = this.ledger.wanted.get(name)
      if (leg === undefined) continue
      leg.state = 'subscribed'
      // Nobody knows since when.
      leg.stream.doubt(leg)
    }
    this.reconcile()
  }

  goingAway(reason: string): void {
    this.options.onGoingAway(this, reason)
  }

  ignored(reason: string): void {
    this.quarantine.countIgnored(reason)
  }

  /** Asks what the venue carries on this socket; answered when `listsAnswered` has reached the number returned. */
  askList(): number {
    this.listId = this.ledger.takeId()
    this.pacer.push(this.options.adapter.control('list', [], this.listId))
    return ++this.listsAsked
  }

  status(): ConnectionStatus {
    const { adapter, clock } = this.options
    const link = this.connection.state
    return {
      connectionId: this.connectionId,
      venue: adapter.id,
      route: this.route,
      url: adapter.streamUrl(this.route),
      state: this.state,
      sinceUs: this.sinceUs,
      attempt: link.kind === 'connecting' || link.kind === 'waiting' ? link.attempt : 0,
      retryInMs: link.kind === 'waiting' ? Math.max(0, link.untilMs - clock.monotonicMs()) : undefined,
      lastCause: this.connection.lastCause?.message,
      reconnects: this.connection.reconnects,
      streams: this.size,
      streamLimit: adapter.limits.streamsPerConnection,
      messages: this.connection.messages,
      bytes: this.connection.bytes,
      lastMessageAgeMs: this.connection.lastMessageAgeMs,
      roundTripMs: this.connection.roundTripMs,
      ignored: this.quarantine.ignored,
      decodeFailures: this.quarantine.failures,
    }
  }

  private frame(bytes: Uint8Array, start: number, end: number, receiveTimeUs: EpochUs): void {
    this.receiveTimeUs = receiveTimeUs
    try {
      this.decoder.decode(bytes, start, end, receiveTimeUs, this)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      this.quarantine.add(bytes.subarray(start, end), error)
    }
  }

  /** The first data of a leg, or the first after a silence. */
  private delivering(leg: Leg): void {
    if (leg.state === 'rejected') {
      // Only asking once more was refused: data proves that the subscription lives.
      this.ledger.carries(leg.name)
      this.refusals.forget(leg)
      leg.stream.fedAfterAll()
    }
    leg.state = 'delivering'
    if (this.state !== 'delivering') this.enter('delivering', undefined)
  }

  private acknowledged(name: string): void {
    const leg = this.ledger.wanted.get(name)
    if (leg === undefined) return
    const nowMs = this.options.clock.monotonicMs()
    leg.acknowledgedMs = nowMs
    if (leg.unfedSinceMs === 0 || leg.events > leg.eventsBefore) leg.unfedSinceMs = nowMs
    leg.eventsBefore = leg.events
    leg.awaitsAcknowledgement = false
    leg.rhythm.arm(nowMs)
    if (leg.state === 'subscribed') leg.rhythm.restart()
    if (leg.state !== 'delivering') leg.state = 'acknowledged'
    leg.stream.acknowledged()
  }

  private opened(): void {
    this.ledger.reset()
    this.reconcile()
    this.listTimer = this.options.clock.setTimer(FIRST_LIST_AFTER_MS, () => this.compareList())
  }

  /** What the venue has lost without a word is found by asking it. */
  private compareList(): void {
    this.listTimer = this.options.clock.setTimer(LIST_EVERY_MS, () => this.compareList())
    if (this.ledger.isSettled) this.askList()
  }

  private lost(_cause: TickwireError): void {
    this.forgetRequests()
    const reason: GapReason = this.isMute ? 'stale' : 'disconnect'
    for (const leg of this.ledger.wanted.values()) {
      const wasDelivering = leg.state === 'delivering'
      if (leg.state !== 'rejected') leg.state = 'wanted'
      leg.awaitsAcknowledgement = false
      leg.stream.legLost(leg, wasDelivering, reason)
    }
  }

  private linkChanged(state: LinkState): void {
    const cause = state.kind === 'waiting' ? state.cause?.message : undefined
    this.enter(state.kind, cause)
  }

  private forgetRequests(): void {
    this.listTimer?.[Symbol.dispose]()
    this.listTimer = undefined
    this.pacer.clear()
    for (const deadline of this.deadlines.values()) deadline[Symbol.dispose]()
    this.deadlines.clear()
    this.ledger.reset()
  }

  /** Streams added in one tick go out together. */
  private reconcileSoon(): void {
    if (this.isReconcilePending) return
    this.isReconcilePending = true
    queueMicrotask(() => {
      this.isReconcilePending = false
      this.reconcile()
    })
  }

  private reconcile(): void {
    if (this.connection.state.kind !== 'open') return
    for (const request of this.ledger.difference()) this.send(request)
  }

  private send(request: ControlRequest): void {
    for (const name of request.names) {
      const leg = this.ledger.wanted.get(name)
      if (request.method === 'subscribe' && leg?.state === 'wanted') leg.state = 'subscribed'
    }
    this.pacer.push(this.options.adapter.control(request.method, request.names, request.id), () => {
      // What was read after a stall is handled before the next timer: one turn more is the fair judgement.
      this.allow(request, ACK_DEADLINE_MS, () => this.allow(request, 0, () => this.unanswered(request)))
    })
  }

  private allow(request: ControlRequest, ms: DurationMs, after: () => void): void {
    this.deadlines.set(request.id, this.options.clock.setTimer(ms, after))
  }

  private answered(id: number): void {
    this.deadlines.get(id)?.[Symbol.dispose]()
    this.deadlines.delete(id)
  }

  private unanswered(request: ControlRequest): void {
    this.deadlines.delete(request.id)
    if (this.isDelivered(request)) {
      this.ack(request.id)
      return
    }
    const again = this.ledger.expire(request.id)
    if (again === undefined) {
      const text = `${request.method.toUpperCase()} of ${request.names.length} streams was not answered twice`
      this.connection.replace(new StaleError(text))
      return
    }
    for (const retry of again) this.send(retry)
  }

  /** Data is a better answer than an acknowledgement: a request whose streams all deliver was heard. */
  private isDelivered(request: ControlRequest): boolean {
    if (request.method === 'unsubscribe') return false
    return request.names.every(name => this.ledger.wanted.get(name)?.state === 'delivering')
  }

  private enter(state: ConnectionState, cause: string | undefined): void {
    this.state = state
    this.sinceUs = this.options.clock.nowUs()
    const event: ConnectionEvent = {
      kind: 'connection',
      instrument: instrumentId(`${this.options.adapter.id}:*`),
      state,
      connectionId: this.connectionId,
      cause,
      receiveTimeUs: this.sinceUs,
    }
    tellOnce(this.ledger.wanted.values(), event)
  }
}
