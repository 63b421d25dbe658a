import type { RawData, WebSocket } from 'ws'
import type { Clock } from '../../net/clock.ts'
import type { FaultPlan } from '../fault-plan.ts'
import type { Hub, Subscriber } from '../hub.ts'
import { parseStreamName, streamClass } from '../stream-name.ts'
import type { SimLimits, VenueRules } from '../venue-rules.ts'
import { closeFrame, textFrame } from '../wire/frame.ts'
import type { Control } from './control.ts'
import { errorText, readControl, successText } from './control.ts'
import type { Line } from './line.ts'
import type { StreamPath } from './paths.ts'
import type { VenueStats } from './venue-stats.ts'
import { WindowCounter } from './window-counter.ts'
import type { ApiSocket } from './ws-api-subscriptions.ts'

export interface ConnectionContext {
  readonly rules: VenueRules
  readonly limits: SimLimits
  readonly hub: Hub
  readonly clock: Clock
  /** Pings and lifetimes run this much faster. */
  readonly timeScale: number
  readonly stats: VenueStats
  readonly faults: FaultPlan
  /** Exchange time, for what carries one. */
  readonly nowMs: () => number
  /** A stream was subscribed for the first time on this socket. */
  readonly subscribed: (name: string) => void
  readonly closed: (connection: Connection) => void
  /** Opens what answers on a WebSocket API; undefined where there is none. */
  readonly openApi?: ((socket: ApiSocket, address: string) => ApiSession) | undefined
  /** Listen keys in the path of a private socket are accepted and get nothing. */
  readonly areKeysInPathSilent: boolean
  /** Of the client. */
  readonly address: string
}

/** Answers the requests of one socket. */
export interface ApiSession {
  received(text: string): void
  closed(): void
}

/** One client's socket: control frames, subscriptions, pings, limits and the end of its life. */
export class Connection implements Subscriber {
  isCombined: boolean
  readonly isMicro: boolean
  readonly names = new Set<string>()
  readonly line: Line
  private readonly ws: WebSocket
  /** Names that were acknowledged and get nothing. */
  private readonly unfed = new Set<string>()
  private readonly path: StreamPath
  private readonly context: ConnectionContext
  private readonly session: ApiSession | undefined
  private readonly inbound = new WindowCounter(1000)
  private readonly timers = new Set<Disposable>()
  /** Payloads of pings that wait for their pong, oldest first. */
  private readonly pings: string[] = []
  private isClosed = false
  private isHalfOpen = false
  private isCorked = false

  constructor(ws: WebSocket, line: Line, path: StreamPath, context: ConnectionContext) {
    this.ws = ws
    this.line = line
    this.path = path
    this.context = context
    this.isCombined = path.isCombined
    this.isMicro = path.isMicro
    this.session = path.isApi ? context.openApi?.(this, context.address) : undefined
    context.stats.connections++
    context.stats.connectionsAccepted++
    ws.on('message', (data, isBinary) => this.received(data, isBinary))
    ws.on('ping', () => {
      context.stats.pingsReceived++
      this.countInbound()
    })
    ws.on('pong', payload => this.ponged(payload.toString()))
    ws.on('close', () => this.ended())
    // The close event follows; there is nothing else to learn from a broken peer.
    ws.on('error', () => ws.terminate())
    this.schedulePing()
    this.scheduleEnd(context.limits.lifetimeMs / context.timeScale)
    this.subscribe(path.names)
  }

  /** Of a WebSocket API: whether answers tell what was used. */
  get showsRateLimits(): boolean {
    return this.path.showsRateLimits
  }

  /** Bytes the client has not read yet. */
  get unreadBytes(): number {
    return this.line.unsentBytes
  }

  /** False when it has ended, or lives on without anybody being told of what it says. */
  get isOpen(): boolean {
    return !this.isClosed && !this.isHalfOpen && this.ws.readyState === this.ws.OPEN
  }

  /** Writes a finished frame. All frames of one turn leave in one write. */
  deliver(frame: Buffer): void {
    if (this.isClosed || this.isHalfOpen) return
    const { stats, limits } = this.context
    if (!this.isCorked) {
      this.isCorked = true
      this.line.corkTurn()
      process.nextTick(() => {
        this.isCorked = false
      })
    }
    this.line.send(frame)
    stats.messagesSent++
    stats.bytesSent += frame.length
    if (this.line.unsentBytes > limits.unreadBytes) {
      stats.slowClients++
      this.ws.terminate()
    }
  }

  hears(stream: string, kind: string): boolean {
    return this.path.events.get(stream)?.has(kind) ?? true
  }

  send(text: string): void {
    this.deliver(textFrame(text))
  }

  close(code: number, reason: string): void {
    if (!this.isClosed) this.ws.close(code, reason)
  }

  /** Says goodbye and hangs up without waiting for an answer. */
  hangUp(code: number, reason: string): void {
    this.close(code, reason)
    this.line.end()
  }

  terminate(): void {
    this.ws.terminate()
  }

  /** From now on no byte leaves and none is read, and nobody is told. */
  halfOpen(): void {
    this.fallSilent()
    this.line.forget()
  }

  /** Ends it by a TCP reset. */
  reset(): void {
    this.line.reset()
  }

  /** Says goodbye, says and hears nothing more, and hangs up only so much later. */
  closeSlowly(code: number, reason: string, delayMs: number): void {
    if (!this.isOpen) return
    this.line.send(closeFrame(code, reason))
    this.fallSilent()
    // The client's own goodbye is not even read.
    this.line.freeze()
    const timer = this.context.clock.setTimer(delayMs, () => this.line.cut())
    this.timers.add(timer)
  }

  /** Ends as at the end of its life, so much later. */
  retire(afterMs: number): void {
    this.scheduleEnd(afterMs)
  }

  /** Pings once, beside the usual pings. */
  ping(payload = String(this.context.nowMs())): void {
    if (!this.isOpen) return
    this.pings.push(payload)
    this.context.stats.pingsSent++
    this.ws.ping(payload)
    this.after(this.context.limits.pongWithinMs / this.context.timeScale, () => {
      if (!this.pings.includes(payload)) return
      this.context.stats.pongTimeouts++
      this.close(1008, 'Pong timeout')
    })
  }

  /** Loses subscriptions without a word. @returns how many */
  forget(matches: (name: string) => boolean): number {
    const lost = [...this.names].filter(matches)
    for (const name of lost) this.unsubscribe(name)
    return lost.length
  }

  /** Tells the client that the server goes away; raw and combined shapes differ. */
  announceShutdown(): void {
    const nowMs = this.context.nowMs()
    const event = `{"e":"serverShutdown","E":${this.isMicro ? nowMs * 1000 : nowMs}}`
    if (this.session !== undefined) this.send(`{"event":${event}}`)
    else this.send(this.isCombined ? `{"stream":"!serverShutdown","data":${event}}` : event)
  }

  private received(data: RawData, isBinary: boolean): void {
    if (this.isHalfOpen) return
    // Requests of an API have weights; only its pings and pongs are counted one by one.
    if (this.session !== undefined) {
      this.session.received(isBinary ? '' : messageText(data))
      return
    }
    if (!this.countInbound()) return
    const { stats, rules, faults } = this.context
    stats.controlFrames++
    const text = isBinary ? '' : messageText(data)
    const control = readControl(text, rules.integerIds)
    stats.count(stats.controlByMethod, control.kind === 'error' ? 'invalid' : control.kind)
    const request = { control, bytes: Buffer.byteLength(text), connection: this }
    const fault = faults.controlFault(request)
    if (fault === 'silent') return
    const delayMs = faults.answerDelayMs(request)
    // The answer goes out before the first data of new streams, unless a fault delays it: obeyed is at once.
    const answer = fault === undefined ? this.obey(control) : refuse(fault.code, fault.message, control.id)
    if (delayMs > 0) this.after(delayMs, () => this.send(answer.text))
    else this.send(answer.text)
    answer.afterwards?.()
  }

  /** What is answered, and what follows the answer. */
  private obey(control: Control): Answer {
    switch (control.kind) {
      case 'error':
        return refuse(control.code, control.message, control.id)
      case 'subscribe':
        return this.obeySubscribe(control.names, control.id)
      case 'unsubscribe':
        for (const name of control.names) this.unsubscribe(name)
        break
      case 'list':
        return { text: successText([...this.names], control.id) }
      case 'getCombined':
        return { text: successText(this.isCombined, control.id) }
      case 'setCombined':
        this.isCombined = control.value
        break
    }
    return { text: successText(null, control.id) }
  }

  private obeySubscribe(names: readonly string[], id: number | string | null): Answer {
    const { streamsPerConnection } = this.context.limits
    const total = new Set([...this.names, ...names]).size
    if (total > streamsPerConnection)
      return refuse(2, `Invalid request: too many streams, at most ${streamsPerConnection} per connection`, id)
    return { text: successText(null, id), afterwards: () => this.subscribe(names) }
  }

  private subscribe(names: readonly string[]): void {
    const { faults, hub } = this.context
    for (const name of names) {
      if (this.names.has(name) && !this.unfed.delete(name)) continue
      this.names.add(name)
      for (const watch of faults.streamWatchers) watch(this, name)
      if (!this.delivers(name)) continue
      if (!faults.feeds(this, name)) {
        this.unfed.add(name)
        continue
      }
      hub.subscribe(name, this)
      this.context.subscribed(name)
    }
  }

  private unsubscribe(name: string): void {
    this.unfed.delete(name)
    if (this.names.delete(name)) this.context.hub.unsubscribe(name, this)
  }

  /** A stream of another class than the path's is acknowledged and never delivers. */
  private delivers(name: string): boolean {
    const spec = parseStreamName(this.context.rules.venue, name)
    // What a name of no known form may mean is left to the source, as with the speeds of a recorded diff stream; on split
    // hosts it can only be a listen key, and those live on the private path alone.
    if (spec === undefined) {
      if (this.context.areKeysInPathSilent && this.path.keysInPath.has(name)) return false
      return !this.context.rules.isSplit || this.path.classes.has('private')
    }
    return this.path.classes.has(streamClass(spec))
  }

  private countInbound(): boolean {
    const { limits, clock, stats } = this.context
    if (this.inbound.add(clock.monotonicMs()) <= limits.inboundPerSecond) return true
    if (!this.isClosed && this.ws.readyState === this.ws.OPEN) {
      stats.floodClients++
      this.close(1008, 'Too many messages')
    }
    return false
  }

  private ponged(payload: string): void {
    this.context.stats.pongsReceived++
    if (!this.countInbound()) return
    const index = this.pings.indexOf(payload)
    if (index >= 0) this.pings.splice(0, index + 1)
    // An unsolicited pong is allowed as long as it carries nothing; it keeps nothing alive.
    else if (payload !== '' && this.pings.length > 0) this.close(1008, 'Pong payload mismatch')
  }

  private schedulePing(): void {
    const { limits, timeScale, faults } = this.context
    this.after(limits.pingEveryMs / timeScale, () => {
      this.schedulePing()
      if (faults.mayPing(this)) this.ping()
    })
  }

  private scheduleEnd(lifetimeMs: number): void {
    const { limits, timeScale, rules } = this.context
    if (rules.hasShutdownNotice) {
      this.after(Math.max(0, lifetimeMs - limits.shutdownLeadMs / timeScale), () => this.announceShutdown())
    }
    this.after(lifetimeMs, () => {
      this.context.stats.lifetimeCloses++
      this.close(1001, 'Connection lifetime reached')
    })
  }

  private fallSilent(): void {
    this.isHalfOpen = true
    for (const timer of this.timers) timer[Symbol.dispose]()
    this.timers.clear()
  }

  private after(delayMs: number, run: () => void): void {
    const timer = this.context.clock.setTimer(delayMs, () => {
      this.timers.delete(timer)
      if (!this.isClosed) run()
    })
    this.timers.add(timer)
  }

  private ended(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.context.stats.connections--
    for (const timer of this.timers) timer[Symbol.dispose]()
    this.timers.clear()
    for (const name of this.names) this.context.hub.unsubscribe(name, this)
    this.session?.closed()
    this.context.closed(this)
  }
}

interface Answer {
  readonly text: string
  readonly afterwards?: () => void
}

function refuse(code: number, message: string, id?: number | string | null): Answer {
  return { text: errorText(code, message, id) }
}

function messageText(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString()
  return (data instanceof ArrayBuffer ? Buffer.from(data) : data).toString()
}
