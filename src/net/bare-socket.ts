import type { Duplex } from 'node:stream'
import { DialError, SocketClosed, type TickwireError } from '../model/error.ts'
import { type Clock, systemClock } from './clock.ts'
import type { Dial, DialOptions, Socket, SocketHandlers } from './dial.ts'
import { dialFailure } from './dial-failure.ts'
import { FrameReader, type FrameSink } from './frame-reader.ts'
import { clientFrame, closePayload, OPCODE } from './frame-writer.ts'
import { UpgradeRequest } from './upgrade-request.ts'

/** After our close frame the peer has this long to end the connection. */
const CLOSE_PATIENCE_MS = 1000
/** A peer that lets this much wait unread is given up: it floods us with pings, or reads nothing at all. */
const MOST_UNSENT_BYTES = 1024 * 1024

/**
 * Opens a byte stream towards a URL. It tells when it is connected (never before it has returned), and hands every read on:
 * the first `length` bytes of a buffer that the reader may write over.
 */
export type OpenStream = (url: URL, on: { connected(): void; read(bytes: Buffer, length: number): void }) => Duplex

/**
 * WebSockets (RFC 6455, client side, no extensions) on any byte stream, with a frame reader of our own: a third of the CPU
 * per message of a general library, because a client of market data needs neither extensions nor streams.
 */
export function bareDial(open: OpenStream, clock: Clock = systemClock): Dial {
  return (url, handlers, options) => new BareSocket(url, handlers, options, open, clock)
}

class BareSocket implements Socket {
  private readonly handlers: SocketHandlers
  private readonly clock: Clock
  private readonly reader: FrameReader
  private readonly upgrade: UpgradeRequest
  private readonly stream: Duplex
  private isOpen = false
  private failure: TickwireError | undefined
  private isClosing = false
  private isDone = false
  private patience: Disposable | undefined

  constructor(url: string, handlers: SocketHandlers, options: DialOptions, open: OpenStream, clock: Clock) {
    this.handlers = handlers
    this.clock = clock
    this.reader = new FrameReader(this.sink(), options.maxFrameBytes)
    const target = new URL(url)
    this.upgrade = new UpgradeRequest(target)
    this.stream = open(target, {
      connected: () => this.stream.write(this.upgrade.text),
      read: (bytes, length) => this.received(bytes, length),
    })
    this.stream.on('error', error => {
      this.failure ??= this.isOpen
        ? new SocketClosed(1006, `socket error: ${error.message}`, error)
        : dialFailure(error)
    })
    this.stream.on('end', () => this.stream.destroy())
    this.stream.on('close', () => this.streamClosed())
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
    this.stream.destroy()
    this.finish(new SocketClosed(1006, 'the socket was given up'))
  }

  private sink(): FrameSink {
    const { handlers } = this
    return {
      message: (bytes, start, end) => handlers.frame(bytes, start, end),
      ping: payload => {
        this.write(OPCODE.pong, payload)
        if (!this.isDone) handlers.pinged()
      },
      pong: () => handlers.ponged(),
      close: (code, reason) => {
        const text = `the server closed with code ${code}${reason === '' ? '' : `: ${reason}`}`
        this.endWith(code === 1005 ? undefined : code)
        this.finish(new SocketClosed(code, text))
      },
      violation: (code, message) => {
        this.endWith(code)
        this.finish(new SocketClosed(code, `the server broke the WebSocket protocol: ${message}`))
      },
    }
  }

  private received(bytes: Buffer, length: number): void {
    if (this.isDone) return
    if (this.isOpen) {
      this.handlers.reading()
      this.reader.push(bytes, length)
    } else if (!this.isClosing) this.readHead(Buffer.from(bytes.subarray(0, length)))
  }

  private readHead(chunk: Buffer): void {
    let rest: Buffer | undefined
    try {
      rest = this.upgrade.read(chunk)
    } catch (error) {
      this.isClosing = true
      this.stream.destroy()
      const isKnown = error instanceof DialError
      this.finish(isKnown ? error : new DialError('upgrade', 'the WebSocket upgrade failed', { cause: error }))
      return
    }
    if (rest === undefined) return
    this.isOpen = true
    this.handlers.opened()
    if (rest.length === 0 || this.isClosing) return
    this.handlers.reading()
    this.reader.push(rest)
  }

  private write(opcode: number, payload: Uint8Array): void {
    if (!this.isOpen || this.isClosing) return
    this.stream.write(clientFrame(opcode, payload))
    if (this.stream.writableLength <= MOST_UNSENT_BYTES) return
    this.isClosing = true
    this.stream.destroy()
    const text = `the server left ${this.stream.writableLength} bytes unread`
    this.finish(new SocketClosed(1008, text))
  }

  /** Our close frame, once; then the peer ends the connection, or we do. */
  private endWith(code: number | undefined): void {
    if (!this.isOpen) {
      this.terminate()
      return
    }
    if (this.isClosing) return
    this.write(OPCODE.close, code === undefined ? Buffer.alloc(0) : closePayload(code))
    this.isClosing = true
    this.stream.end()
    this.patience = this.clock.setTimer(CLOSE_PATIENCE_MS, () => this.stream.destroy())
  }

  private streamClosed(): void {
    this.patience?.[Symbol.dispose]()
    this.finish(
      this.isOpen
        ? new SocketClosed(1006, 'the connection ended without a close frame')
        : new DialError('tcp', 'the connection ended before the WebSocket upgrade'),
    )
  }

  private finish(cause: TickwireError): void {
    if (this.isDone) return
    this.isDone = true
    this.reader.end()
    this.handlers.closed(this.failure ?? cause)
  }
}
