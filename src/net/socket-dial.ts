import { connect as connectTcp, isIP, type OnReadOpts, type Socket as TcpSocket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { DialError, SocketClosed, type TickwireError } from '../model/error.ts'
import type { Dial, DialOptions, Socket, SocketHandlers } from './dial.ts'
import { dialFailure } from './dial-failure.ts'
import { FrameReader, type FrameSink } from './frame-reader.ts'
import { clientFrame, closePayload, OPCODE } from './frame-writer.ts'
import { UpgradeRequest } from './upgrade-request.ts'

/** After our close frame the peer has this long to end the connection. */
const CLOSE_PATIENCE_MS = 1000
const READ_BYTES = 64 * 1024

/**
 * WebSockets on Node's bare sockets with a frame reader of our own, reading into one buffer for the life of the socket:
 * a third of the CPU per message of a general library, because a client of market data needs neither extensions nor
 * streams. An address gets 1.5 s before the next one is tried, because Node's 250 ms never reach a far host.
 */
export const socketDial: Dial = (url, handlers, options) => new BareSocket(url, handlers, options)

class BareSocket implements Socket {
  private readonly handlers: SocketHandlers
  private readonly reader: FrameReader
  private readonly upgrade: UpgradeRequest
  private readonly socket: TcpSocket
  private isOpen = false
  private failure: TickwireError | undefined
  private isClosing = false
  private isDone = false

  constructor(url: string, handlers: SocketHandlers, options: DialOptions) {
    this.handlers = handlers
    this.reader = new FrameReader(this.sink(), options.maxFrameBytes)
    const target = new URL(url)
    this.upgrade = new UpgradeRequest(target)
    this.socket = openSocket(target, {
      buffer: Buffer.alloc(READ_BYTES),
      callback: (bytes, buffer) => this.received(bytes, buffer),
    })
    this.socket.setNoDelay(true)
    this.socket.on(target.protocol === 'wss:' ? 'secureConnect' : 'connect', () => this.socket.write(this.upgrade.text))
    this.socket.on('error', error => {
      this.failure ??= this.isOpen
        ? new SocketClosed(1006, `socket error: ${error.message}`, error)
        : dialFailure(error)
    })
    this.socket.on('end', () => this.socket.destroy())
    this.socket.on('close', () =>
      this.finish(
        this.isOpen
          ? new SocketClosed(1006, 'the connection ended without a close frame')
          : new DialError('tcp', 'the connection ended before the WebSocket upgrade'),
      ),
    )
  }

  send(text: string): void {
    this.write(OPCODE.text, Buffer.from(text, 'utf8'))
  }

  ping(): void {
    this.write(OPCODE.ping, Buffer.alloc(0))
  }

  close(): void {
    this.endWith(1000)
  }

  terminate(): void {
    this.isClosing = true
    this.reader.end()
    this.socket.destroy()
    this.finish(new SocketClosed(1006, 'the socket was given up'))
  }

  private sink(): FrameSink {
    const { handlers } = this
    return {
      message: (bytes, start, end) => handlers.frame(bytes, start, end),
      ping: payload => {
        this.write(OPCODE.pong, payload)
        handlers.pinged()
      },
      pong: () => handlers.ponged(),
      close: (code, reason) => this.peerClosed(code, reason),
      violation: (code, message) => {
        this.failure ??= new SocketClosed(code, `the server broke the WebSocket protocol: ${message}`)
        this.endWith(code)
      },
    }
  }

  /** Bytes of the socket, in a buffer that the next read overwrites. True asks for more. */
  private received(bytes: number, buffer: Uint8Array): boolean {
    if (!(buffer instanceof Buffer)) return true
    if (this.isOpen) {
      this.handlers.reading()
      this.reader.push(buffer, bytes)
    } else if (!this.isClosing) this.readHead(Buffer.from(buffer.subarray(0, bytes)))
    return true
  }

  private readHead(chunk: Buffer): void {
    let rest: Buffer | undefined
    try {
      rest = this.upgrade.read(chunk)
    } catch (error) {
      this.failure ??=
        error instanceof DialError ? error : new DialError('upgrade', 'the WebSocket upgrade failed', { cause: error })
      this.isClosing = true
      this.socket.destroy()
      return
    }
    if (rest === undefined) return
    this.isOpen = true
    this.handlers.opened()
    if (rest.length === 0 || this.isClosing) return
    this.handlers.reading()
    this.reader.push(rest, rest.length)
  }

  private peerClosed(code: number, reason: string): void {
    const text =
      reason === '' ? `the server closed with code ${code}` : `the server closed with code ${code}: ${reason}`
    this.failure ??= new SocketClosed(code, text)
    this.endWith(code === 1005 ? 1000 : code)
  }

  private write(opcode: number, payload: Uint8Array): void {
    if (this.isOpen && !this.isClosing) this.socket.write(clientFrame(opcode, payload))
  }

  private endWith(code: number): void {
    if (!this.isOpen) {
      this.terminate()
      return
    }
    if (this.isClosing) return
    this.write(OPCODE.close, closePayload(code, ''))
    this.isClosing = true
    this.socket.end()
    this.socket.setTimeout(CLOSE_PATIENCE_MS, () => this.socket.destroy())
  }

  private finish(cause: TickwireError): void {
    if (this.isDone) return
    this.isDone = true
    this.reader.end()
    this.handlers.closed(this.failure ?? cause)
  }
}

function openSocket(url: URL, onread: OnReadOpts): TcpSocket {
  const isSecure = url.protocol === 'wss:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = url.port === '' ? (isSecure ? 443 : 80) : Number(url.port)
  const target = { host, port, onread, autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 1500 }
  return isSecure ? connectTls(isIP(host) === 0 ? { ...target, servername: host } : target) : connectTcp(target)
}
