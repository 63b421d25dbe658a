import type { TickwireError } from '../model/error.ts'

/** What a socket tells its owner. `closed` comes exactly once, also when the socket never opened; nothing comes after it. */
export interface SocketHandlers {
  opened(): void
  /** A read of the socket begins: the frames that follow, up to the next one, arrived together. */
  reading(): void
  /** One whole message: the bytes `start` to `end`. They belong to the socket and are valid until the call returns. */
  frame(bytes: Uint8Array, start: number, end: number): void
  /** The peer pinged; the pong was already sent with the same payload. */
  pinged(): void
  ponged(): void
  closed(cause: TickwireError): void
}

export interface Socket {
  send(text: string): void
  ping(): void
  /** Orderly: close frame, then the socket ends within a second or is destroyed. */
  close(): void
  /** At once, without a close frame: for peers that no longer answer. */
  terminate(): void
}

export interface DialOptions {
  /** A longer message ends the socket with code 1009. */
  readonly maxFrameBytes: number
}

/** Opens a socket; how long that may take is the caller's business. Never throws for what the network does: that comes as `closed`. */
export type Dial = (url: string, handlers: SocketHandlers, options: DialOptions) => Socket
