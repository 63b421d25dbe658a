import type { RawData } from 'ws'
import { ConfigError, errorLine } from '../model/error.ts'
import type { EpochUs } from '../model/time.ts'
import type { Clock } from '../net/clock.ts'
import { stampFrame } from './binary-frame.ts'
import { ClientPace } from './client-pace.ts'
import { MOST_HZ, readControl } from './control-message.ts'
import type { Guard } from './guard.ts'
import { type ClientMessage, MAX_CONTROL_BYTES, type ServerMessage, type ViewRequest } from './protocol.ts'
import type { ViewLease, ViewRegistry } from './view-registry.ts'
import type { Payload } from './views/view.ts'

export const MOST_VIEWS_PER_CLIENT = 32
const MOST_CONTROL_PER_SECOND = 40
const DEFAULT_HZ = 10
const AUTH_WITHIN_MS = 5000
const TRY_AGAIN_LATER = 1013
const POLICY_VIOLATION = 1008

interface Subscription {
  readonly id: number
  readonly lease: ViewLease
  readonly everyMs: number
  seq: number
  /** Version of the view that the client knows; undefined before its snapshot. */
  known: number | undefined
  knownState: number
  dueMs: number
}

export interface GatewayFigures {
  sentMessages: number
  sentBytes: number
  conflated: number
}

/** The part of a WebSocket that a client needs. */
export interface ClientSocket {
  readonly readyState: number
  readonly OPEN: number
  readonly bufferedAmount: number
  on(event: 'message', listener: (data: RawData, isBinary: boolean) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  send(data: string | Uint8Array): void
  close(code: number, reason: string): void
  terminate(): void
}

export interface ClientOptions {
  readonly socket: ClientSocket
  readonly clock: Clock
  readonly guard: Guard
  readonly registry: ViewRegistry
  readonly figures: GatewayFigures
  readonly hello: () => ServerMessage
  /** The upgrade carried the token already. */
  readonly isTrusted: boolean
  /** The upgrade carried the token of the accounts. */
  readonly mayAccounts: boolean
}

/** One browser: its subscriptions, each served at its own rate with the newest state, never with a backlog. */
export class GatewayClient {
  private readonly options: ClientOptions
  private readonly subscriptions = new Map<number, Subscription>()
  private readonly pace = new ClientPace()
  private readonly authTimer: Disposable | undefined
  private isTrusted: boolean
  private mayAccounts: boolean
  private ownCapHz = MOST_HZ
  private controlCount = 0
  private controlWindowMs = 0

  constructor(options: ClientOptions) {
    this.options = options
    this.isTrusted = options.isTrusted || !options.guard.needsToken
    this.mayAccounts = options.mayAccounts || options.guard.areAccountsOpen
    const { socket, clock } = options
    socket.on('message', (data, isBinary) => this.receive(data, isBinary))
    socket.on('error', () => socket.terminate())
    if (this.isTrusted) this.send(options.hello())
    else this.authTimer = clock.setTimer(AUTH_WITHIN_MS, () => this.expel('No token within 5 s.'))
  }

  get views(): number {
    return this.subscriptions.size
  }

  /** Sends what is due. Called every 50 ms. */
  tick(nowMs: number, isBeat: boolean): void {
    const { socket, clock } = this.options
    if (socket.readyState !== socket.OPEN || !this.isTrusted) return
    if (this.pace.observe(socket.bufferedAmount, nowMs)) this.tellPace()
    if (this.pace.isHopeless(nowMs)) {
      socket.close(TRY_AGAIN_LATER, 'The connection is too slow.')
      // The close frame waits behind megabytes that nobody reads: the socket is taken down.
      socket.terminate()
      return
    }
    if (this.pace.isFull) return
    if (isBeat) this.send({ type: 'beat', serverUs: clock.nowUs() })
    for (const subscription of this.subscriptions.values()) this.serve(subscription, nowMs)
  }

  close(): void {
    this.authTimer?.[Symbol.dispose]()
    for (const subscription of this.subscriptions.values()) subscription.lease.release()
    this.subscriptions.clear()
  }

  private serve(subscription: Subscription, nowMs: number): void {
    const { view } = subscription.lease
    if (view.stateVersion !== subscription.knownState) this.sendState(subscription)
    if (view.version === subscription.known) return
    if (nowMs < subscription.dueMs) return
    const capHz = Math.min(this.ownCapHz, this.pace.capHz ?? MOST_HZ)
    const everyMs = Math.max(subscription.everyMs, 1000 / capHz)
    // Half a tick of tolerance keeps 10 Hz at 10 Hz although the ticks are not exact.
    subscription.dueMs = nowMs + everyMs - 25
    const payload = view.payload(subscription.known)
    if (payload === undefined) return
    if (subscription.known !== undefined && view.version > subscription.known + 1) {
      this.options.figures.conflated += view.version - subscription.known - 1
    }
    subscription.known = view.version
    this.sendPayload(subscription, payload)
  }

  private sendPayload(subscription: Subscription, payload: Payload): void {
    const seq = ++subscription.seq
    const { type, exchangeUs, receiveUs, content } = payload
    const tsSent: EpochUs = this.options.clock.nowUs()
    const stamps = { id: subscription.id, seq, tsExch: exchangeUs, tsRecv: receiveUs, tsSent }
    if (content.as === 'binary') this.write(stampFrame(content.frame, { type, ...stamps }))
    else this.send({ type, ...stamps, data: content.data })
  }

  private sendState(subscription: Subscription): void {
    const { view } = subscription.lease
    subscription.knownState = view.stateVersion
    const seq = ++subscription.seq
    this.send({ type: 'state', id: subscription.id, seq, tsSent: this.options.clock.nowUs(), state: view.state })
  }

  private receive(data: RawData, isBinary: boolean): void {
    if (!this.isWithinRate()) {
      this.expel(`More than ${MOST_CONTROL_PER_SECOND} messages a second.`)
      return
    }
    try {
      if (isBinary) throw new ConfigError('control messages are JSON text.')
      if (byteLength(data) > MAX_CONTROL_BYTES)
        throw new ConfigError(`control messages are ${MAX_CONTROL_BYTES} bytes at most.`)
      this.obey(readControl(textOf(data)))
    } catch (error) {
      this.send({ type: 'error', code: 'CONFIG', message: errorLine(error) })
    }
  }

  private obey(message: ClientMessage): void {
    if (message.op === 'auth') {
      this.authenticate(message.token)
      return
    }
    if (!this.isTrusted) {
      this.expel('The first message must be the token.')
      return
    }
    switch (message.op) {
      case 'ping':
        this.send({ type: 'pong', t0: message.t0, serverUs: this.options.clock.nowUs() })
        return
      case 'pace':
        this.ownCapHz = message.maxHz
        this.hurry()
        return
      case 'subscribe':
        this.subscribe(message.id, message)
        return
      case 'unsubscribe':
        this.unsubscribe(message.id)
        return
      case 'resnapshot': {
        const subscription = this.subscriptions.get(message.id)
        if (subscription === undefined) return
        subscription.known = undefined
        subscription.dueMs = 0
        return
      }
    }
  }

  private subscribe(id: number, request: ViewRequest): void {
    this.unsubscribe(id)
    if (this.subscriptions.size >= MOST_VIEWS_PER_CLIENT) {
      const message = `At most ${MOST_VIEWS_PER_CLIENT} views per client.`
      this.send({ type: 'error', id, code: 'QUOTA', message })
      return
    }
    try {
      if (request.view === 'account' && !this.mayAccounts) throw new ConfigError(LOCKED)
      const lease = this.options.registry.lease(request)
      const everyMs = 1000 / (request.maxHz ?? DEFAULT_HZ)
      this.subscriptions.set(id, { id, lease, everyMs, seq: 0, known: undefined, knownState: -1, dueMs: 0 })
    } catch (error) {
      const suggestions = error instanceof ConfigError ? error.suggestions : undefined
      this.send({ type: 'error', id, code: 'CONFIG', message: errorLine(error), suggestions })
    }
  }

  private unsubscribe(id: number): void {
    this.subscriptions.get(id)?.lease.release()
    this.subscriptions.delete(id)
  }

  /** A tab that comes back is served at the next tick. */
  private hurry(): void {
    for (const subscription of this.subscriptions.values()) subscription.dueMs = 0
  }

  private authenticate(token: string): void {
    const { guard } = this.options
    if (guard.isAccountTokenRight(token)) this.mayAccounts = true
    else if (!guard.isTokenRight(token)) {
      this.expel('Wrong token.')
      return
    }
    if (this.isTrusted) return
    this.isTrusted = true
    this.authTimer?.[Symbol.dispose]()
    this.send(this.options.hello())
  }

  private tellPace(): void {
    const hz = this.pace.capHz
    const reason = hz === undefined ? 'The connection keeps up again.' : 'The connection is slow.'
    this.send({ type: 'throttled', hz, reason })
  }

  private isWithinRate(): boolean {
    const nowMs = this.options.clock.monotonicMs()
    if (nowMs - this.controlWindowMs >= 1000) {
      this.controlWindowMs = nowMs
      this.controlCount = 0
    }
    return ++this.controlCount <= MOST_CONTROL_PER_SECOND
  }

  private expel(reason: string): void {
    this.options.socket.close(POLICY_VIOLATION, reason)
  }

  private send(message: ServerMessage): void {
    this.write(JSON.stringify(message))
  }

  private write(data: string | Uint8Array): void {
    const { socket, figures } = this.options
    if (socket.readyState !== socket.OPEN) return
    figures.sentMessages++
    figures.sentBytes += data.length
    socket.send(data)
  }
}

const LOCKED =
  'The account is shown to those who have its token: open the address that the server printed at its start.'

function byteLength(data: RawData): number {
  return Array.isArray(data) ? data.reduce((sum, part) => sum + part.length, 0) : data.byteLength
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8')
  return (data instanceof ArrayBuffer ? Buffer.from(data) : data).toString('utf8')
}
