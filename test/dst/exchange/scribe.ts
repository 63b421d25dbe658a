/** A message as bytes: whole, as a combined stream sends it, and the part of it that is sent alone. */
export interface Frame {
  readonly bytes: Buffer
  readonly start: number
  readonly payload: number
  readonly payloadEnd: number
  readonly end: number
}

const SLAB_BYTES = 64 * 1024
const BRACE = 125
const COMMA = 44
const POINT = 46
const ZERO = 48
/** The digits of 0 to 999, three by three. */
const THREES = Uint8Array.from({ length: 3000 }, (_, index) => {
  const divisor = [100, 10, 1][index % 3] ?? 1
  return ZERO + (Math.floor(Math.floor(index / 3) / divisor) % 10)
})

/**
 * Writes messages byte by byte, as a venue's own server does: making a text first and its bytes later costs twice. Messages
 * share slabs, which go when the last message on its way is read.
 */
export class Scribe {
  private slab = Buffer.allocUnsafe(SLAB_BYTES)
  private at = 0
  private start = 0
  private payload = 0

  /** Begins a message of at most so many bytes; `head` is what a combined stream puts before it. */
  begin(head: Uint8Array, mostBytes: number): void {
    const needed = head.length + mostBytes + 1
    if (this.at + needed > this.slab.length) {
      this.slab = Buffer.allocUnsafe(Math.max(SLAB_BYTES, needed))
      this.at = 0
    }
    this.start = this.at
    this.ascii(head)
    this.payload = this.at
  }

  end(): Frame {
    const { slab, start, payload, at } = this
    slab[at] = BRACE
    this.at = at + 1
    return { bytes: slab, start, payload, payloadEnd: at, end: at + 1 }
  }

  /** The message that was begun, as a text; it was none to be sent. */
  text(): string {
    const { slab, payload, at } = this
    this.at = this.start
    return slab.toString('utf8', payload, at)
  }

  ascii(bytes: Uint8Array): void {
    const { slab } = this
    let { at } = this
    for (let i = 0; i < bytes.length; i++) slab[at++] = bytes[i] ?? 0
    this.at = at
  }

  anyText(text: string): void {
    this.at += this.slab.write(text, this.at)
  }

  comma(): void {
    this.slab[this.at++] = COMMA
  }

  /** A whole number from 0 to 10^15. */
  whole(value: number): void {
    if (value < 1e9) {
      this.small(value)
      return
    }
    const head = Math.floor(value / 1e6)
    this.small(head)
    this.six(value - head * 1e6)
  }

  /** Tenths, as a price is written. */
  tenths(value: number): void {
    const whole = Math.floor(value / 10)
    this.small(whole)
    const { slab, at } = this
    slab[at] = POINT
    slab[at + 1] = ZERO + (value - whole * 10)
    this.at = at + 2
  }

  /** Thousandths, as a quantity is written. */
  thousandths(value: number): void {
    const whole = Math.floor(value / 1000)
    this.small(whole)
    this.slab[this.at++] = POINT
    this.three(value - whole * 1000)
  }

  private six(value: number): void {
    const head = Math.floor(value / 1000)
    this.three(head)
    this.three(value - head * 1000)
  }

  private three(value: number): void {
    const { slab, at } = this
    const from = value * 3
    slab[at] = THREES[from] ?? ZERO
    slab[at + 1] = THREES[from + 1] ?? ZERO
    slab[at + 2] = THREES[from + 2] ?? ZERO
    this.at = at + 3
  }

  private small(value: number): void {
    if (value >= 1000) {
      const head = Math.floor(value / 1000)
      this.small(head)
      this.three(value - head * 1000)
      return
    }
    const { slab } = this
    let { at } = this
    const from = value * 3
    if (value >= 100) slab[at++] = THREES[from] ?? ZERO
    if (value >= 10) slab[at++] = THREES[from + 1] ?? ZERO
    slab[at++] = THREES[from + 2] ?? ZERO
    this.at = at
  }
}
