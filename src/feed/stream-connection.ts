import type { BookDelta } from '../model/book-levels.ts'
import { DecodeError, StaleError, SubscriptionRejected, type TickwireError } from '../model/error.ts'
import type { ConnectionEvent, ConnectionState, DataEvent } from '../model/event.ts'
import { instrumentId } from '../model/instrument.ts'
import type { EpochUs } from '../model/time.ts'
import { Connection, type ConnectionOptions, type LinkState } from '../net/connection.ts'
import { Pacer } from '../net/pacer.ts'
import type { Decoder, InboundSink, VenueAdapter } from '../venue/adapter.ts'
import { ControlLedger, type ControlRequest } from './control-ledger.ts'
import type { ConnectionStatus } from './feed.ts'
import type { LiveStream } from './live-stream.ts'
import { Quarantine } from './quarantine.ts'
import type { Consumer } from './topic.ts'

/** A control request that is not answered within this time is sent once more; then the connection is replaced. */
const ACK_DEADLINE_MS = 5000

export interface StreamConnectionOptions extends Omit<ConnectionOptions, 'url' | 'heartbeat'> {
  readonly adapter: VenueAdapter
  readonly route: string
  readonly connectionId: string
}

/** One socket of a venue's route with the streams it carries. */
export class StreamConnection implements InboundSink<LiveStream> {
  readonly connectionId: string
  readonly route: string
  readonly quarantine = new Quarantine()
  private readonly options: StreamConnectionOptions
  private readonly connection: Connection
  private readonly decoder: Decoder<LiveStream>
  private readonly ledger: ControlLedger
  private readonly pacer: Pacer
  private readonly deadlines = new Map<number, Disposable>()
  private state: ConnectionState = 'closed'
  private sinceUs: EpochUs
  private receiveTimeUs: EpochUs
  private isReconcilePending = false

  constructor(options: StreamConnectionOptions) {
    this.options = options
    this.connectionId = options.connectionId
    this.route = options.route
    this.decoder = options.adapter.openDecoder(options.route)
    this.ledger = new ControlLedger(options.adapter.limits)
    this.sinceUs = options.clock.nowUs()
    this.receiveTimeUs = this.sinceUs
    this.connection = new Connection(
      { ...options, url: options.adapter.streamUrl(options.route), heartbeat: heartbeatOf(options.adapter) },
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

  carries(name: string): boolean {
    return this.ledger.wanted.has(name)
  }

  add(stream: LiveStream): void {
    stream.connection = this
    stream.state = 'subscribed'
    stream.awaitsAcknowledgement = this.ledger.isEnding(stream.name)
    this.ledger.want(stream)
    this.decoder.add(stream)
    this.connection.start()
    this.reconcileSoon()
  }

  remove(stream: LiveStream): void {
    this.ledger.unwant(stream)
    this.decoder.remove(stream)
    if (stream.connection === this) stream.connection = undefined
    this.reconcileSoon()
  }

  close(): void {
    this.forgetRequests()
    this.connection.close()
  }

  /** A stream of this connection got its first data. */
  delivering(): void {
    if (this.state !== 'delivering') this.enter('delivering', undefined)
  }

  event(stream: LiveStream, event: DataEvent, sequence: number): void {
    stream.accept(event, sequence)
  }

  delta(stream: LiveStream, delta: BookDelta): void {
    if (stream.awaitsAcknowledgement) return
    stream.touch(this.receiveTimeUs)
    stream.book?.delta(delta, this.receiveTimeUs)
  }

  ack(id: number): void {
    this.answered(id)
    const request = this.ledger.accept(id)
    if (request?.method === 'subscribe') {
      const nowUs = this.options.clock.nowUs()
      for (const name of request.names) this.ledger.wanted.get(name)?.acknowledged(nowUs)
    }
    this.reconcile()
    if (this.state === 'open' && this.ledger.isSettled) this.enter('subscribed', undefined)
  }

  rejected(id: number | undefined, code: number, message: string): void {
    if (id !== undefined) this.answered(id)
    const { offender, again } = this.ledger.refuse(id)
    for (const request of again) this.send(request)
    const stream = offender === undefined ? undefined : this.ledger.wanted.get(offender)
    if (stream === undefined) return
    const text = `${this.options.adapter.id} refused the stream "${stream.name}": ${message} (code ${code})`
    stream.rejected(new SubscriptionRejected(text, [stream.name]), this.options.clock.nowUs())
  }

  reply(id: number, _value: unknown): void {
    this.answered(id)
  }

  goingAway(reason: string): void {
    this.connection.replace(new StaleError(`the venue announced the end of this connection: ${reason}`), true)
  }

  ignored(reason: string): void {
    this.quarantine.countIgnored(reason)
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

  private opened(): void {
    this.ledger.reset()
    this.reconcile()
  }

  private lost(_cause: TickwireError): void {
    this.forgetRequests()
    for (const stream of this.ledger.wanted.values()) stream.interrupt()
  }

  private linkChanged(state: LinkState): void {
    const cause = state.kind === 'waiting' ? state.cause?.message : undefined
    this.enter(state.kind, cause)
  }

  private forgetRequests(): void {
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
      const stream = this.ledger.wanted.get(name)
      if (request.method === 'subscribe' && stream?.state === 'wanted') stream.state = 'subscribed'
    }
    this.pacer.push(this.options.adapter.control(request.method, request.names, request.id), () => {
      const deadline = this.options.clock.setTimer(ACK_DEADLINE_MS, () => this.unanswered(request))
      this.deadlines.set(request.id, deadline)
    })
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
    const told = new Set<Consumer>()
    for (const stream of this.ledger.wanted.values()) {
      for (const topic of stream.topics.values()) {
        for (const consumer of topic.listeners) {
          if (told.has(consumer)) continue
          told.add(consumer)
          consumer.lifecycle(event, topic)
        }
      }
    }
  }
}

function heartbeatOf(adapter: VenueAdapter): ConnectionOptions['heartbeat'] {
  const { pingEveryMs, pongWithinMs, deadAfterMs } = adapter.heartbeat
  return { pingEveryMs, pongWithinMs, deadAfterMs }
}
