import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer, STATUS_CODES } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { systemClock } from '../../net/clock.ts'
import { Attempts } from './attempts.ts'
import type { ConnectionContext } from './connection.ts'
import { Connection } from './connection.ts'
import { Line } from './line.ts'
import { parseStreamPath } from './paths.ts'

/** Sockets of one venue, REST and streams together. */
const mostSockets = 5000
/** How long a client may take to hang up in turn. */
const hangUpMs = 250

export interface ListenerOptions {
  readonly host: string
  readonly port: number
  readonly context: Omit<ConnectionContext, 'closed' | 'address'>
  /** Answers REST; must not throw. */
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void
}

/** One venue's port: REST and streams share it. */
export class Listener implements AsyncDisposable {
  /** The oldest first. */
  readonly connections = new Set<Connection>()
  /** Sockets that left HTTP: none of them may outlive the listener. */
  private readonly sockets = new Set<Socket>()
  private readonly options: ListenerOptions
  private readonly server: Server
  private readonly upgrades: WebSocketServer
  private readonly attempts: Attempts

  constructor(options: ListenerOptions) {
    this.options = options
    const { limits } = options.context
    this.attempts = new Attempts(limits.handshakesPerWindow)
    this.upgrades = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: limits.maxFrameBytes })
    this.server = createServer({
      maxHeaderSize: 64 * 1024,
      headersTimeout: 10_000,
      requestTimeout: 20_000,
      connectionsCheckingInterval: 2000,
      // Longer than a client's own pool keeps them, so that none is closed under a request.
      keepAliveTimeout: 60_000,
    })
    this.server.maxConnections = mostSockets
    this.server.on('request', (request, response) => options.answer(request, response))
    this.server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head))
    this.server.on('clientError', (_error, socket) => {
      if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
      else socket.destroy()
    })
  }

  /** @returns the port it listens on */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject)
      this.server.listen(this.options.port, this.options.host, () => {
        this.server.off('error', reject)
        const address = this.server.address()
        resolve(typeof address === 'object' && address !== null ? address.port : this.options.port)
      })
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const connection of this.connections) connection.hangUp(1001, 'The exchange is shutting down')
    this.upgrades.close()
    // Sockets live in real time, whatever clock the market follows.
    const impatience = systemClock.setTimer(hangUpMs, () => {
      for (const socket of this.sockets) socket.destroy()
    })
    await new Promise<void>(resolve => {
      this.server.close(() => resolve())
      this.server.closeAllConnections()
    })
    impatience[Symbol.dispose]()
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    // A peer that resets during the handshake is no error of ours.
    socket.on('error', () => socket.destroy())
    if (!(socket instanceof Socket)) {
      socket.destroy()
      return
    }
    this.sockets.add(socket)
    socket.once('close', () => this.sockets.delete(socket))
    const { context } = this.options
    const { faults, stats, rules, clock } = context
    const refuse = (status: number, body: string, headers: Readonly<Record<string, string>> = {}): void => {
      stats.connectionsRefused++
      refuseUpgrade(socket, status, body, headers)
    }
    const address = request.socket.remoteAddress ?? ''
    const refusal = faults.refusal.current()
    if (refusal !== undefined) {
      refuse(refusal.status, refusal.body, refusal.headers)
      return
    }
    // The answer never comes; the socket stays as long as the client has patience.
    if (faults.stalls.size > 0) {
      socket.resume()
      return
    }
    if (!this.attempts.admit(address, clock.monotonicMs())) {
      refuse(429, '{"code":-1003,"msg":"Too many connection attempts."}', { 'Retry-After': '300' })
      return
    }
    const result = parseStreamPath(rules, request.url ?? '/')
    if (result.kind === 'refused') {
      const { status, code, message } = result
      refuse(status, code === undefined ? message : JSON.stringify({ code, msg: message }))
      return
    }
    if (result.path.isApi && context.openApi === undefined) {
      refuse(404, 'Not Found')
      return
    }
    if (result.path.names.length > context.limits.streamsPerConnection) {
      refuse(400, '{"code":2,"msg":"Invalid request: too many streams"}')
      return
    }
    const line = new Line(socket, clock, faults.random)
    for (const watch of faults.lineWatchers) watch(line)
    this.upgrades.handleUpgrade(request, line, head, ws => {
      const connection: Connection = new Connection(ws, line, result.path, {
        ...context,
        address: address.replace('::ffff:', ''),
        closed: closed => this.connections.delete(closed),
      })
      this.connections.add(connection)
      for (const watch of faults.connectionWatchers) watch(connection)
    })
  }
}

function refuseUpgrade(socket: Duplex, status: number, body: string, headers: Readonly<Record<string, string>>): void {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    `Content-Type: ${body.startsWith('{') ? 'application/json' : 'text/html'}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ]
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`)
}
