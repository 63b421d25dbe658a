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
/** Messages of one read that are checked together. */
const MOST_BATCHED = 512

interface Violation {
  readonly code: number
  readonly message: string
}

/**
 * Reads the frames that a WebSocket server sends (RFC 6455 §5): unmasked, without extensions. A frame that lies within one
 * read of the socket is handed on where it lies; nothing is copied, no view is made. Text is proved to be UTF-8 before it
 * is handed on, all messages of one read in one go: their headers are blanked for that, in the buffer of the read.
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
  private isFragmentedText = false
  private isEnded = false
  /** Where the text messages begin and end that were read and not yet handed on. */
  private readonly starts = new Uint32Array(MOST_BATCHED)
  private readonly ends = new Uint32Array(MOST_BATCHED)
  private batched = 0

  constructor(sink: FrameSink, maxMessageBytes: number) {
    this.sink = sink
    this.maxMessageBytes = maxMessageBytes
  }

  /** Nothing that comes later is read. */
  end(): void {
    this.isEnded = true
    this.parts = []
    this.fragments = []
    this.batched = 0
  }

  /**
   * Reads the first `length` bytes of a buffer that may be overwritten afterwards, and writes over the headers in it: what
   * belongs to the next read is copied.
   */
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
      const second = left < 2 ? 0 : (bytes[at + 1] ?? 0)
      const short = second & 0x7f
      const headerBytes = short < 126 ? 2 : short === 126 ? 4 : 10
      if (left < headerBytes) {
        this.neededBytes = headerBytes
        break
      }
      const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : readLength64(bytes, at + 2)
      const first = bytes[at] ?? 0
      const isPlainText = first === 0x81 && second < 0x80 && !this.isFragmented && length <= this.maxMessageBytes
      if (!isPlainText && !this.isLegal(first, second, length, bytes)) break
      if (left < headerBytes + length) {
        this.neededBytes = headerBytes + length
        break
      }
      const start = at + headerBytes
      if (isPlainText) {
        for (; at < start; at++) bytes[at] = 0x20
        at += length
        this.batch(bytes, start, at)
      } else {
        at = start + length
        this.handOn(bytes)
        if (!this.isEnded) this.frame(first, bytes, start, at)
      }
    }
    this.handOn(bytes)
    return at
  }

  private batch(bytes: Buffer, start: number, end: number): void {
    this.starts[this.batched] = start
    this.ends[this.batched] = end
    this.batched++
    if (this.batched === MOST_BATCHED) this.handOn(bytes)
  }

  /** Hands on what was read so far. Between two messages stand at least two blanks: they are UTF-8 together or one of them is not. */
  private handOn(bytes: Buffer): void {
    const count = this.batched
    if (count === 0) return
    this.batched = 0
    const isSound = isUtf8(bytes.subarray(this.starts[0], this.ends[count - 1]))
    for (let index = 0; index < count && !this.isEnded; index++) {
      const start = this.starts[index] ?? 0
      const end = this.ends[index] ?? 0
      if (isSound || isUtf8(bytes.subarray(start, end))) this.sink.message(bytes, start, end)
      else this.broken(NOT_UTF8)
    }
  }

  /** What came before a broken frame is still handed on. */
  private isLegal(first: number, second: number, length: number, bytes: Buffer): boolean {
    const violation = this.violationOf(first, second, length)
    if (violation === undefined) return true
    this.handOn(bytes)
    if (!this.isEnded) this.broken(violation)
    return false
  }

  private violationOf(first: number, second: number, length: number): Violation | undefined {
    const opcode = first & 0x0f
    if ((first & 0x70) !== 0) return illegal('a reserved bit was set, and no extension was agreed on')
    if (second >= 0x80) return illegal('the server masked a frame')
    if (opcode > PONG || (opcode > BINARY && opcode < CLOSE)) return illegal(`unknown opcode ${opcode}`)
    if (opcode >= CLOSE) {
      if (first < 0x80 || length > 125) return illegal('a control frame was fragmented or longer than 125 bytes')
      return undefined
    }
    if ((opcode === CONTINUATION) !== this.isFragmented) {
      return illegal(
        this.isFragmented ? 'a new message began inside a fragmented one' : 'a continuation without a beginning',
      )
    }
    if (length + this.fragmentBytes <= this.maxMessageBytes) return undefined
    return { code: 1009, message: `a message of more than ${this.maxMessageBytes} bytes` }
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
        this.dataFrame(first, bytes, start, end)
    }
  }

  /** A binary message, or a part of any. */
  private dataFrame(first: number, bytes: Buffer, start: number, end: number): void {
    const isFinal = first >= 0x80
    if (isFinal && !this.isFragmented) {
      this.sink.message(bytes, start, end)
      return
    }
    if (!this.isFragmented) this.isFragmentedText = (first & 0x0f) !== BINARY
    this.isFragmented = true
    this.fragments.push(Buffer.from(bytes.subarray(start, end)))
    this.fragmentBytes += end - start
    if (this.fragments.length > MOST_FRAGMENTS) {
      this.broken({ code: 1009, message: `a message in more than ${MOST_FRAGMENTS} fragments` })
      return
    }
    if (!isFinal) return
    const whole = Buffer.concat(this.fragments, this.fragmentBytes)
    this.fragments = []
    this.fragmentBytes = 0
    this.isFragmented = false
    if (this.isFragmentedText && !isUtf8(whole)) this.broken(NOT_UTF8)
    else this.sink.message(whole, 0, whole.length)
  }

  private closeFrame(payload: Buffer): void {
    if (payload.length === 0) {
      this.end()
      this.sink.close(1005, '')
      return
    }
    const code = payload.length === 1 ? 0 : payload.readUInt16BE(0)
    if (!isCloseCode(code)) {
      this.broken(illegal(`invalid close code ${code}`))
      return
    }
    const reason = payload.subarray(2)
    if (!isUtf8(reason)) {
      this.broken({ code: 1007, message: 'a close reason that is no UTF-8' })
      return
    }
    this.end()
    this.sink.close(code, reason.toString('utf8'))
  }

  private broken(violation: Violation): void {
    this.end()
    this.sink.violation(violation.code, violation.message)
  }
}

const NOT_UTF8: Violation = { code: 1007, message: 'a text message that is no UTF-8' }

function illegal(message: string): Violation {
  return { code: 1002, message }
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
