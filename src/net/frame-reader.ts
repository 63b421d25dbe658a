import { isUtf8 } from 'node:buffer'

/** What a reader finds, in the order of the bytes. */
export interface FrameSink {
  /** One whole message, text or binary: the bytes `start` to `end` of `bytes`, valid until the call returns. */
  message(bytes: Buffer, start: number, end: number): void
  ping(payload: Buffer): void
  pong(payload: Buffer): void
  /** The peer's close frame; 1005 when it carried no code. */
  close(code: number, reason: string): void
  /** The peer broke the protocol: `code` is what our close frame must say. Nothing follows. */
  violation(code: number, message: string): void
}

const CONTINUATION = 0x0
const BINARY = 0x2
const CLOSE = 0x8
const PING = 0x9
const PONG = 0xa

/** More pieces than any venue ever sent of one message: a flood of one-byte fragments ends here. */
const MOST_FRAGMENTS = 10_000

/**
 * Reads the frames that a WebSocket server sends (RFC 6455 §5): unmasked, without extensions. A frame that lies within one
 * read of the socket is handed on where it lies; nothing is copied, no view is made.
 */
export class FrameReader {
  private readonly sink: FrameSink
  private readonly maxMessageBytes: number
  private parts: Buffer[] = []
  private partBytes = 0
  private neededBytes = 0
  private fragments: Buffer[] = []
  private fragmentBytes = 0
  private isFragmented = false
  private isEnded = false

  constructor(sink: FrameSink, maxMessageBytes: number) {
    this.sink = sink
    this.maxMessageBytes = maxMessageBytes
  }

  /** Nothing that comes later is read. */
  end(): void {
    this.isEnded = true
    this.parts = []
    this.fragments = []
  }

  /** Reads the first `length` bytes of a buffer that may be overwritten afterwards: what belongs to the next read is copied. */
  push(chunk: Buffer, length = chunk.length): void {
    if (this.isEnded) return
    const from = this.partBytes > 0 ? this.completeFrame(chunk, length) : 0
    if (from < 0 || this.isEnded) return
    const used = this.readFrames(chunk, from, length)
    if (used < length && !this.isEnded) this.keep(chunk, used, length)
  }

  /**
   * Fills the frame that an earlier read began, copying only its own bytes. Where the rest of the chunk begins; -1 when
   * the chunk was too short.
   */
  private completeFrame(chunk: Buffer, length: number): number {
    let from = 0
    while (this.partBytes > 0 && !this.isEnded) {
      const missing = this.neededBytes - this.partBytes
      if (length - from < missing) {
        this.keep(chunk, from, length)
        return -1
      }
      this.keep(chunk, from, from + missing)
      from += missing
      const bytes = Buffer.concat(this.parts, this.partBytes)
      this.parts = []
      this.partBytes = 0
      // A header alone may have been filled: then it says how much more is needed.
      const used = this.readFrames(bytes, 0, bytes.length)
      if (used < bytes.length && !this.isEnded) this.keep(bytes, used, bytes.length)
    }
    return from
  }

  private keep(bytes: Buffer, from: number, to: number): void {
    if (to <= from) return
    this.parts.push(Buffer.from(bytes.subarray(from, to)))
    this.partBytes += to - from
  }

  /** Reads every whole frame from `from` on; where the first one that is not whole begins. `neededBytes` says how many the next frame takes. */
  private readFrames(bytes: Buffer, from: number, to: number): number {
    let at = from
    while (!this.isEnded) {
      const left = to - at
      if (left < 2) {
        this.neededBytes = 2
        return at
      }
      const second = bytes[at + 1] ?? 0
      const short = second & 0x7f
      const headerBytes = short < 126 ? 2 : short === 126 ? 4 : 10
      if (left < headerBytes) {
        this.neededBytes = headerBytes
        return at
      }
      const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : readLength64(bytes, at + 2)
      const first = bytes[at] ?? 0
      if (!this.isLegal(first, second, length)) return at
      if (left < headerBytes + length) {
        this.neededBytes = headerBytes + length
        return at
      }
      const start = at + headerBytes
      at = start + length
      if (first === 0x81 && !this.isFragmented) this.sink.message(bytes, start, at)
      else this.frame(first, bytes, start, at)
    }
    return at
  }

  private isLegal(first: number, second: number, length: number): boolean {
    const opcode = first & 0x0f
    const isFinal = first >= 0x80
    if ((first & 0x70) !== 0) return this.broken(1002, 'a reserved bit was set, and no extension was agreed on')
    if (second >= 0x80) return this.broken(1002, 'the server masked a frame')
    if (opcode >= CLOSE) {
      if (opcode > PONG) return this.broken(1002, `unknown opcode ${opcode}`)
      if (!isFinal || length > 125) return this.broken(1002, 'a control frame was fragmented or longer than 125 bytes')
      return true
    }
    if (opcode > BINARY) return this.broken(1002, `unknown opcode ${opcode}`)
    if ((opcode === CONTINUATION) !== this.isFragmented) {
      return this.broken(
        1002,
        this.isFragmented ? 'a new message began inside a fragmented one' : 'a continuation without a beginning',
      )
    }
    if (length + this.fragmentBytes > this.maxMessageBytes) {
      return this.broken(1009, `a message of more than ${this.maxMessageBytes} bytes`)
    }
    return true
  }

  private frame(first: number, bytes: Buffer, start: number, end: number): void {
    const opcode = first & 0x0f
    switch (opcode) {
      case PING:
        this.sink.ping(bytes.subarray(start, end))
        return
      case PONG:
        this.sink.pong(bytes.subarray(start, end))
        return
      case CLOSE:
        this.closeFrame(bytes.subarray(start, end))
        return
      default:
        this.dataFrame(first >= 0x80, bytes, start, end)
    }
  }

  private dataFrame(isFinal: boolean, bytes: Buffer, start: number, end: number): void {
    if (isFinal && !this.isFragmented) {
      this.sink.message(bytes, start, end)
      return
    }
    this.isFragmented = true
    this.fragments.push(Buffer.from(bytes.subarray(start, end)))
    this.fragmentBytes += end - start
    if (this.fragments.length > MOST_FRAGMENTS) {
      this.broken(1009, `a message in more than ${MOST_FRAGMENTS} fragments`)
      return
    }
    if (!isFinal) return
    const whole = Buffer.concat(this.fragments, this.fragmentBytes)
    this.fragments = []
    this.fragmentBytes = 0
    this.isFragmented = false
    this.sink.message(whole, 0, whole.length)
  }

  private closeFrame(payload: Buffer): void {
    if (payload.length === 0) {
      this.end()
      this.sink.close(1005, '')
      return
    }
    const code = payload.length === 1 ? 0 : payload.readUInt16BE(0)
    if (!isCloseCode(code)) {
      this.broken(1002, `invalid close code ${code}`)
      return
    }
    const reason = payload.subarray(2)
    if (!isUtf8(reason)) {
      this.broken(1007, 'a close reason that is no UTF-8')
      return
    }
    this.end()
    this.sink.close(code, reason.toString('utf8'))
  }

  private broken(code: number, message: string): false {
    this.end()
    this.sink.violation(code, message)
    return false
  }
}

/** Lengths above 2^53 are as illegal as any other above the limit. */
function readLength64(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) * 4294967296 + bytes.readUInt32BE(at + 4)
}

/** RFC 6455 §7.4 and the IANA registry: 1004–1006 and 1015 never travel. */
function isCloseCode(code: number): boolean {
  if (code >= 3000 && code <= 4999) return true
  return code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006
}
