import { createHash } from 'node:crypto'
import type { Duplex } from 'node:stream'

export interface ClientFrame {
  readonly opcode: number
  readonly isFinal: boolean
  readonly isMasked: boolean
  readonly mask: Buffer
  readonly payload: Buffer
}

export type Answer = (accept: string, request: string) => string | Buffer | undefined

/** The upgrade as it should be answered. */
export function goodAnswer(accept: string): string {
  return [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
    '\r\n',
  ].join('\r\n')
}

/** The other end of the line: answers the upgrade as it is told, writes whatever bytes a test wants, and reads the client's frames. */
export class ScriptedServer {
  readonly frames: ClientFrame[] = []
  request = ''
  /** What the client must be answered with. */
  accept = ''
  isEnded = false
  closesAfterClose = true
  /** The client wrote after its close frame, or a frame that cannot be read. */
  readonly faults: string[] = []
  private readonly stream: Duplex
  private readonly answer: Answer
  private waiting: Buffer = Buffer.alloc(0)
  private isUpgraded = false

  constructor(stream: Duplex, answer: Answer) {
    this.stream = stream
    this.answer = answer
    stream.on('data', (chunk: Buffer) => this.received(chunk))
    stream.on('end', () => {
      this.isEnded = true
    })
    stream.on('error', error => this.faults.push(error.message))
  }

  write(bytes: string | Buffer): void {
    this.stream.write(bytes)
  }

  end(): void {
    this.stream.end()
  }

  destroy(): void {
    this.stream.destroy()
  }

  get writableLength(): number {
    return this.stream.writableLength
  }

  pause(): void {
    this.stream.pause()
  }

  payloads(opcode: number): readonly string[] {
    return this.frames.filter(frame => frame.opcode === opcode).map(frame => frame.payload.toString('utf8'))
  }

  /** Codes of the client's close frames; 1005 for an empty one. */
  get closeCodes(): readonly number[] {
    return this.frames
      .filter(frame => frame.opcode === 8)
      .map(({ payload }) => (payload.length < 2 ? 1005 : payload.readUInt16BE(0)))
  }

  private received(chunk: Buffer): void {
    this.waiting = Buffer.concat([this.waiting, chunk])
    if (!this.isUpgraded) {
      const end = this.waiting.indexOf('\r\n\r\n')
      if (end < 0) return
      this.isUpgraded = true
      this.request = this.waiting.toString('latin1', 0, end)
      this.waiting = this.waiting.subarray(end + 4)
      const key = /^sec-websocket-key: (.*)$/im.exec(this.request)?.[1]?.trim() ?? ''
      this.accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
      const text = this.answer(this.accept, this.request)
      if (text !== undefined) this.write(text)
    }
    for (let frame = this.nextFrame(); frame !== undefined; frame = this.nextFrame()) {
      if (this.frames.at(-1)?.opcode === 8) this.faults.push('a frame after the close frame')
      this.frames.push(frame)
      // As every server does when both close frames have passed.
      if (frame.opcode === 8 && this.closesAfterClose) this.stream.end()
    }
  }

  private nextFrame(): ClientFrame | undefined {
    const bytes = this.waiting
    if (bytes.length < 2) return undefined
    const short = (bytes[1] ?? 0) & 0x7f
    const isMasked = (bytes[1] ?? 0) >= 0x80
    const lengthEnd = short < 126 ? 2 : short === 126 ? 4 : 10
    if (bytes.length < lengthEnd) return undefined
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
    const start = lengthEnd + (isMasked ? 4 : 0)
    if (bytes.length < start + length) return undefined
    const mask = bytes.subarray(lengthEnd, start)
    const payload = Buffer.from(bytes.subarray(start, start + length)).map((byte, index) => {
      return isMasked ? byte ^ (mask[index & 3] ?? 0) : byte
    })
    this.waiting = bytes.subarray(start + length)
    const first = bytes[0] ?? 0
    return {
      opcode: first & 0x0f,
      isFinal: first >= 0x80,
      isMasked,
      mask: Buffer.from(mask),
      payload: Buffer.from(payload),
    }
  }
}

/** One server frame: `first` is its first byte (0x81 a whole text, 0x01 the beginning of one, 0x80 the end, 0x89 a ping …). */
export function frame(first: number, payload: string | Buffer = ''): Buffer {
  const body = Buffer.from(payload)
  if (body.length < 126) return Buffer.concat([Buffer.from([first, body.length]), body])
  const head = Buffer.alloc(body.length < 65_536 ? 4 : 10)
  head[0] = first
  head[1] = body.length < 65_536 ? 126 : 127
  if (body.length < 65_536) head.writeUInt16BE(body.length, 2)
  else head.writeBigUInt64BE(BigInt(body.length), 2)
  return Buffer.concat([head, body])
}

export function closeFrame(code: number, reason: string | Buffer = ''): Buffer {
  const head = Buffer.alloc(2)
  head.writeUInt16BE(code)
  return frame(0x88, Buffer.concat([head, Buffer.from(reason)]))
}
