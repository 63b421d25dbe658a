import { Agent, type ClientRequest, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import WebSocket from 'ws'
import { DialError, SocketClosed, type TickwireError } from '../model/error.ts'
import type { Dial, DialOptions, Socket, SocketHandlers } from './dial.ts'
import { dialFailure } from './dial-failure.ts'
import { ADDRESS_ATTEMPT_MS } from './lookup.ts'
import { upgradeWaitMs } from './retry-after.ts'

/**
 * Sockets of the `ws` library. Compression is never offered: it costs about 50 µs a message. An address gets 1.5 s before
 * the next one is tried, because Node's 250 ms never reach a far host.
 */
export const wsDial: Dial = (url, handlers, options) => new WsSocket(url, handlers, options, {})

/** As {@link wsDial}, on a byte stream that somebody else opens. */
export function wsDialOver(open: () => Duplex): Dial {
  return (url, handlers, options) => new WsSocket(url, handlers, options, { agent: new LineAgent(open) })
}

class LineAgent extends Agent {
  private readonly open: () => Duplex

  constructor(open: () => Duplex) {
    super()
    this.open = open
  }

  override createConnection(): Duplex {
    return this.open()
  }
}

/** Options of `net.connect` that `ws` hands on without declaring them. */
interface AddressSelection {
  readonly autoSelectFamily: boolean
  readonly autoSelectFamilyAttemptTimeout: number
}

class WsSocket implements Socket {
  private readonly socket: WebSocket
  private readonly handlers: SocketHandlers
  private failure: TickwireError | undefined
  private hasOpened = false
  /** What the library had read already is no longer handed on. */
  private isGivenUp = false

  constructor(url: string, handlers: SocketHandlers, options: DialOptions, transport: { readonly agent?: Agent }) {
    this.handlers = handlers
    const settings: WebSocket.ClientOptions & AddressSelection = {
      perMessageDeflate: false,
      rejectUnauthorized: true,
      maxPayload: options.maxFrameBytes,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_MS,
      ...transport,
    }
    this.socket = new WebSocket(url, settings)
    this.socket.on('open', () => {
      this.hasOpened = true
      handlers.opened()
    })
    this.socket.on('message', (data: WebSocket.RawData) => {
      if (this.isGivenUp) return
      const bytes = wholeMessage(data)
      handlers.reading()
      handlers.frame(bytes, 0, bytes.length)
    })
    this.socket.on('ping', () => this.isGivenUp || handlers.pinged())
    this.socket.on('pong', () => this.isGivenUp || handlers.ponged())
    this.socket.on('unexpected-response', (request, response) => this.refused(request, response))
    this.socket.on('error', error => {
      this.failure ??= this.hasOpened ? new SocketClosed(1006, error.message, error) : dialFailure(error)
    })
    this.socket.on('close', (code, reason) => this.closed(code, reason.toString('utf8')))
  }

  send(text: string): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(text)
  }

  ping(): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.ping()
  }

  close(): void {
    this.socket.close(1000)
  }

  terminate(): void {
    this.isGivenUp = true
    this.socket.terminate()
  }

  private refused(request: ClientRequest, response: IncomingMessage): void {
    const status = response.statusCode ?? 0
    const { headers } = response
    this.failure = new DialError('upgrade', `the server refused the WebSocket upgrade with HTTP ${status}`, {
      status,
      retryAfterMs: upgradeWaitMs(status, { get: name => String(headers[name] ?? '') }),
    })
    response.resume()
    request.destroy()
    this.socket.terminate()
  }

  private closed(code: number, reason: string): void {
    const text = reason === '' ? `socket closed with code ${code}` : `socket closed with code ${code}: ${reason}`
    const cause = this.failure ?? (this.hasOpened ? new SocketClosed(code, text) : new DialError('tcp', text))
    this.handlers.closed(cause)
  }
}

function wholeMessage(data: WebSocket.RawData): Uint8Array {
  if (data instanceof Uint8Array) return data
  return Array.isArray(data) ? Buffer.concat(data) : new Uint8Array(data)
}
