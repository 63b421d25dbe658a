import type { ClientMessage, ServerMessage } from '../../../src/server/protocol.ts'
import { retryDelay } from './backoff.ts'
import { ClockOffset } from './clock-offset.ts'
import type { FromWorker, LinkState } from './messages.ts'

/** The server beats once a second: a socket that is silent for longer is dead although it looks open. */
const SILENT_MS = 3500
const CONNECT_WITHIN_MS = 8000
const PING_BURST = 8
const PING_EVERY_MS = 60_000

export interface LinkHandlers {
  post(message: FromWorker): void
  /** The connection stands and the server has greeted. */
  onOpen(): void
  onMessage(message: ServerMessage): void
  onBinary(buffer: ArrayBuffer): void
}

/** The one connection to the server: opened again for ever, with growing waits and at once when the browser wakes. */
export class SocketLink {
  private readonly handlers: LinkHandlers
  private readonly offset = new ClockOffset()
  private url = ''
  private token: string | undefined
  private socket: WebSocket | undefined
  private state: LinkState = { kind: 'connecting', sinceMs: Date.now(), attempt: 0 }
  private attempt = 0
  private lostSinceMs: number | undefined
  private retryTimer: ReturnType<typeof setTimeout> | undefined
  private lastHeardMs = 0
  private lastPingMs = 0

  constructor(handlers: LinkHandlers) {
    this.handlers = handlers
    setInterval(() => this.watch(), 500)
  }

  get isOpen(): boolean {
    return this.state.kind === 'open'
  }

  start(url: string, token: string | undefined): void {
    this.url = url
    this.token = token
    this.connect()
  }

  send(message: ClientMessage): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message))
  }

  /** Tries now instead of at the end of the wait. */
  retryNow(): void {
    if (this.state.kind === 'waiting') this.connect()
    // Timers may have slept with the machine: an open socket proves itself again or is replaced.
    else if (this.isOpen && Date.now() - this.lastHeardMs > SILENT_MS) this.lose('The server is silent.')
  }

  private connect(): void {
    clearTimeout(this.retryTimer)
    this.drop()
    this.enter({ kind: 'connecting', sinceMs: this.lostSinceMs ?? Date.now(), attempt: this.attempt })
    const socket = new WebSocket(this.url)
    socket.binaryType = 'arraybuffer'
    this.socket = socket
    this.lastHeardMs = Date.now()
    socket.onopen = () => {
      if (this.token !== undefined) this.send({ op: 'auth', token: this.token })
    }
    socket.onmessage = event => this.receive(event)
    socket.onclose = event => {
      if (this.socket === socket) this.lose(event.reason === '' ? closeText(event.code) : event.reason)
    }
  }

  private receive(event: MessageEvent): void {
    this.lastHeardMs = Date.now()
    const data: unknown = event.data
    if (data instanceof ArrayBuffer) {
      this.handlers.onBinary(data)
      return
    }
    const message = readMessage(data)
    if (message === undefined) return
    switch (message.type) {
      case 'hello':
        this.greeted()
        this.handlers.post({ type: 'hello', hello: message })
        this.handlers.onOpen()
        return
      case 'pong':
        this.ponged(message.t0, message.serverUs)
        return
      case 'throttled':
        this.handlers.post({ type: 'throttled', hz: message.hz, reason: message.reason })
        return
      case 'beat':
        return
      default:
        this.handlers.onMessage(message)
    }
  }

  private greeted(): void {
    this.attempt = 0
    this.lostSinceMs = undefined
    this.enter({ kind: 'open', sinceMs: Date.now() })
    this.offset.reset()
    this.ping()
  }

  private ping(): void {
    this.lastPingMs = Date.now()
    for (let index = 0; index < PING_BURST; index++) {
      setTimeout(() => this.send({ op: 'ping', t0: performance.timeOrigin + performance.now() }), index * 120)
    }
  }

  private ponged(t0: number, serverUs: number): void {
    const nowMs = performance.timeOrigin + performance.now()
    const sample = this.offset.add(t0, nowMs, serverUs / 1000)
    if (sample !== undefined) this.handlers.post({ type: 'clock', ...sample })
  }

  private watch(): void {
    const nowMs = Date.now()
    if (this.state.kind === 'waiting' || this.socket === undefined) return
    const limit = this.isOpen ? SILENT_MS : CONNECT_WITHIN_MS
    if (nowMs - this.lastHeardMs > limit)
      this.lose(this.isOpen ? 'The server is silent.' : 'The server does not answer.')
    else if (this.isOpen && nowMs - this.lastPingMs > PING_EVERY_MS) this.ping()
  }

  private lose(cause: string): void {
    this.drop()
    const nowMs = Date.now()
    this.lostSinceMs ??= nowMs
    const delayMs = retryDelay(this.attempt, Math.random)
    this.attempt++
    const { attempt, lostSinceMs: sinceMs } = this
    this.enter({ kind: 'waiting', sinceMs, attempt, retryAtMs: nowMs + delayMs, cause })
    clearTimeout(this.retryTimer)
    this.retryTimer = setTimeout(() => this.connect(), delayMs)
  }

  private drop(): void {
    const { socket } = this
    this.socket = undefined
    if (socket === undefined) return
    socket.onclose = null
    socket.onmessage = null
    socket.close()
  }

  private enter(state: LinkState): void {
    this.state = state
    this.handlers.post({ type: 'link', state })
  }
}

function closeText(code: number): string {
  return code === 1006 ? 'The server cannot be reached.' : `Connection closed (${code}).`
}

function readMessage(data: unknown): ServerMessage | undefined {
  if (typeof data !== 'string') return undefined
  try {
    const json: unknown = JSON.parse(data)
    return isServerMessage(json) ? json : undefined
  } catch {
    return undefined
  }
}

/** The server is ours and of the same build: the tag is proof enough of the shape. */
function isServerMessage(value: unknown): value is ServerMessage {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}
