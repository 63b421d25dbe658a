import type { TickwireError } from '../model/error.ts'
import { DialError, SocketClosed } from '../model/error.ts'
import type { Dial, Socket, SocketHandlers } from '../net/dial.ts'

/** One socket as the test sees it: what the client sent, and the levers of the other side. */
export class MemorySocket implements Socket {
  readonly url: string
  /** Texts the client sent, oldest first. */
  readonly sent: string[] = []
  pings = 0
  isOpen = false
  isEnded = false
  /** Answers the client's pings by itself. */
  answersPings = false
  /** Called with every text that the client sends. */
  onSent: ((text: string) => void) | undefined
  private readonly handlers: SocketHandlers

  constructor(url: string, handlers: SocketHandlers) {
    this.url = url
    this.handlers = handlers
  }

  send(text: string): void {
    this.sent.push(text)
    this.onSent?.(text)
  }

  ping(): void {
    this.pings++
    if (this.answersPings) this.handlers.ponged()
  }

  close(): void {
    this.isEnded = true
  }

  terminate(): void {
    this.isEnded = true
  }

  /** The upgrade succeeds. */
  open(): void {
    this.isOpen = true
    this.handlers.opened()
  }

  /** The server sends a message. */
  receive(message: unknown): void {
    const bytes = Buffer.from(typeof message === 'string' ? message : JSON.stringify(message), 'utf8')
    this.handlers.reading()
    this.handlers.frame(bytes, 0, bytes.length)
  }

  serverPing(): void {
    this.handlers.pinged()
  }

  pong(): void {
    this.handlers.ponged()
  }

  /** The connection ends, or could not be made. */
  fail(cause?: TickwireError): void {
    this.isEnded = true
    this.handlers.closed(cause ?? (this.isOpen ? new SocketClosed(1006, 'dropped') : new DialError('tcp', 'refused')))
  }
}

/** A network in memory: every dial becomes a socket in `sockets` that the test opens, feeds and drops. */
export function memoryDial(): { readonly dial: Dial; readonly sockets: readonly MemorySocket[] } {
  const sockets: MemorySocket[] = []
  const dial: Dial = (url, handlers) => {
    const socket = new MemorySocket(url, handlers)
    sockets.push(socket)
    return socket
  }
  return { dial, sockets }
}
