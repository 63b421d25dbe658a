import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { Clock } from '../net/clock.ts'
import { GatewayClient, type GatewayFigures } from './gateway-client.ts'
import { bearerOf, type Guard } from './guard.ts'
import { GATEWAY_PATH, MAX_CONTROL_BYTES, type ServerMessage } from './protocol.ts'
import type { ViewRegistry } from './view-registry.ts'

const TICK_MS = 50
const BEAT_MS = 1000
const MOST_CLIENTS = 64
const GOING_AWAY = 1001

export interface GatewayOptions {
  readonly clock: Clock
  readonly guard: Guard
  readonly registry: ViewRegistry
  readonly hello: () => ServerMessage
}

/** The browsers' door: accepts upgrades, and serves every client twenty times a second from the shared views. */
export class Gateway implements AsyncDisposable {
  readonly figures: GatewayFigures = { sentMessages: 0, sentBytes: 0, conflated: 0 }
  private readonly options: GatewayOptions
  private readonly sockets: WebSocketServer
  private readonly clients = new Set<GatewayClient>()
  private timer: Disposable | undefined
  private lastBeatMs = 0
  private isDisposed = false

  constructor(options: GatewayOptions) {
    this.options = options
    this.sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 4 * MAX_CONTROL_BYTES })
  }

  get clientCount(): number {
    return this.clients.size
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const path = (request.url ?? '').split('?')[0]
    if (path !== GATEWAY_PATH) {
      reject(socket, 404, 'There is no WebSocket here.')
      return
    }
    const refusal = this.options.guard.refuseUpgrade(request.headers)
    if (refusal !== undefined) {
      reject(socket, refusal.status, refusal.reason)
      return
    }
    if (this.isDisposed || this.clients.size >= MOST_CLIENTS) {
      reject(socket, 503, `At most ${MOST_CLIENTS} clients.`)
      return
    }
    this.sockets.handleUpgrade(request, socket, head, webSocket => {
      const { clock, guard, registry, hello } = this.options
      const bearer = bearerOf(request.headers)
      const isTrusted = guard.needsToken && guard.isTokenRight(bearer)
      const mayAccounts = guard.isAccountTokenRight(bearer)
      const client = new GatewayClient({
        socket: webSocket,
        clock,
        guard,
        registry,
        hello,
        isTrusted,
        mayAccounts,
        figures: this.figures,
      })
      this.clients.add(client)
      webSocket.on('close', () => {
        client.close()
        this.clients.delete(client)
      })
      this.schedule()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isDisposed) return
    this.isDisposed = true
    this.timer?.[Symbol.dispose]()
    for (const client of this.clients) client.close()
    for (const socket of this.sockets.clients) {
      socket.close(GOING_AWAY, 'The server stops.')
      socket.terminate()
    }
    await new Promise<void>(resolve => this.sockets.close(() => resolve()))
  }

  /** The clock only runs while somebody looks. */
  private schedule(): void {
    if (this.timer !== undefined || this.isDisposed) return
    this.timer = this.options.clock.setTimer(TICK_MS, () => {
      this.timer = undefined
      if (this.clients.size === 0) return
      this.tick()
      this.schedule()
    })
  }

  private tick(): void {
    const nowMs = this.options.clock.monotonicMs()
    const isBeat = nowMs - this.lastBeatMs >= BEAT_MS
    if (isBeat) this.lastBeatMs = nowMs
    this.options.registry.tick()
    for (const client of this.clients) client.tick(nowMs, isBeat)
  }
}

function reject(socket: Duplex, status: number, reason: string): void {
  const body = JSON.stringify({ error: { code: 'REFUSED', message: reason } })
  const phrase =
    status === 401 ? 'Unauthorized' : status === 403 ? 'Forbidden' : status === 404 ? 'Not Found' : 'Unavailable'
  const head = `HTTP/1.1 ${status} ${phrase}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}`
  socket.end(`${head}\r\nConnection: close\r\n\r\n${body}`)
}
