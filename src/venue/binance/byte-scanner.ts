import { POWERS_OF_TEN } from '../../model/number.ts'

export const ZERO = 0x30
/** What a decimal point becomes beside digits, which `^ ZERO` turns into 0 … 9 and everything else into more. */
export const POINT = 0x2e ^ ZERO
export const QUOTE = 0x22
const BACKSLASH = 0x5c
export const COMMA = 0x2c
const COLON = 0x3a
export const OPEN_LIST = 0x5b
export const CLOSE_LIST = 0x5d
export const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** More digits than this may not survive text → float64 → text. */
export const MOST_DIGITS = 15

/**
 * Reads JSON as the venue writes it (no spaces, no escapes, plain decimals) straight from the frame's bytes. Anything
 * else makes a method answer "no"; the caller then lets the JSON decoder judge the frame, so that refusing is always
 * safe and accepting must mean exactly what JSON would say.
 */
export class ByteScanner {
  bytes: Uint8Array = new Uint8Array(0)
  /** Of the same bytes. */
  view: DataView = new DataView(new ArrayBuffer(0))
  at = 0
  /** Digits behind the point of the decimal read last. */
  scale = 0

  /** Reads from `at` of these bytes. One read of a socket holds many frames: the view is made once for all of them. */
  load(bytes: Uint8Array, at: number): this {
    if (bytes !== this.bytes) {
      this.bytes = bytes
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    }
    this.at = at
    return this
  }

  /** An integer of exactly `count` digits (1 to 15); -1, with the cursor unmoved, for anything else. */
  integerOf(count: number): number {
    const bytes = this.bytes
    const at = this.at
    const after = bytes[at + count] ?? ZERO
    if ((after ^ ZERO) <= 9 || (bytes[at] === ZERO && count > 1)) return -1
    const value = this.digits(at, count)
    if (value >= 0) this.at = at + count
    return value
  }

  /** A quoted decimal of exactly so many digits (15 at most together); -1, with the cursor unmoved, for anything else. */
  decimalOf(whole: number, fraction: number): number {
    const bytes = this.bytes
    const start = this.at + 1
    const point = start + whole
    const end = fraction === 0 ? point : point + 1 + fraction
    if (bytes[start - 1] !== QUOTE || bytes[end] !== QUOTE) return -1
    let units = this.digits(start, whole)
    if (fraction > 0) {
      if (((bytes[point] ?? 0) ^ ZERO) !== POINT) return -1
      const tail = this.digits(point + 1, fraction)
      if (tail < 0 || units < 0) return -1
      units = units * (POWERS_OF_TEN[fraction] ?? 0) + tail
    }
    if (units < 0) return -1
    this.at = end + 1
    this.scale = fraction
    return units
  }

  /** The value of `count` digits, four at a time; -1 when one of them is none. The bytes are known to be there. */
  private digits(from: number, count: number): number {
    let value = 0
    let at = from
    const end = from + count
    for (; at + 4 <= end; at += 4) {
      // Each byte holds a digit: neighbours are joined to two numbers below 100, those to one below 10,000.
      const four = this.view.getInt32(at, true) ^ 0x30303030
      if ((((four + 0x76767676) | four) & 0x80808080) !== 0) return -1
      const pairs = Math.imul(four, 10) + (four >>> 8)
      value = value * 10_000 + (pairs & 0xff) * 100 + ((pairs >>> 16) & 0xff)
    }
    for (; at < end; at++) {
      const digit = (this.bytes[at] ?? 0) ^ ZERO
      if (digit > 9) return -1
      value = value * 10 + digit
    }
    return value
  }

  /**
   * Steps over `expected` (the opening brace, later a comma) to the next key and behind its colon. Answers the key's code:
   * one byte, or two as `first | second << 8`; 0 for a longer key, -2 behind the closing brace, -1 for anything else.
   */
  key(expected: number): number {
    const bytes = this.bytes
    const at = this.at
    const before = bytes[at]
    if (before !== expected || bytes[at + 1] !== QUOTE) {
      this.at = at + 1
      return before === CLOSE_OBJECT && expected === COMMA ? -2 : -1
    }
    const first = bytes[at + 2] ?? 0
    if (bytes[at + 3] !== QUOTE) return this.longKey(at + 1)
    if (bytes[at + 4] !== COLON || first < 0x20 || first > 0x7e || first === QUOTE || first === BACKSLASH) return -1
    this.at = at + 5
    return first
  }

  /** A key of two letters or more; `at` is its opening quote. */
  private longKey(at: number): number {
    this.at = at
    if (!this.skipText() || this.bytes[this.at] !== COLON) return -1
    this.at++
    const length = this.at - at - 3
    return length === 2 ? (this.bytes[at + 1] ?? 0) | ((this.bytes[at + 2] ?? 0) << 8) : 0
  }

  /** A JSON integer from 0 to 2^53 - 1; -1 for anything else. Digits are taken in pairs, eight at most before the rest. */
  integer(): number {
    const bytes = this.bytes
    const start = this.at
    const middle = start + 8
    let at = start
    let head = 0
    while (at < middle) {
      const first = (bytes[at] ?? 0) ^ ZERO
      if (first > 9) break
      const second = (bytes[at + 1] ?? 0) ^ ZERO
      if (second > 9) {
        head = timesTen(head) + first
        at++
        break
      }
      head = Math.imul(head, 100) + timesTen(first) + second
      at += 2
    }
    this.at = at
    // No digit may follow a zero at the start, and something must be there.
    if (at <= start + 1) return at > start ? head : -1
    if (bytes[start] === ZERO) return -1
    return at < middle ? head : this.longInteger(head, at)
  }

  /** The digits behind the eighth. */
  private longInteger(head: number, middle: number): number {
    const bytes = this.bytes
    let at = middle
    let tail = 0
    for (; at < middle + 9; at++) {
      const digit = (bytes[at] ?? 0) ^ ZERO
      if (digit > 9) break
      tail = timesTen(tail) + digit
    }
    this.at = at
    if (at === middle + 9) return -1
    const value = head * (POWERS_OF_TEN[at - middle] ?? 0) + tail
    return value > Number.MAX_SAFE_INTEGER ? -1 : value
  }

  /**
   * A quoted decimal as an integer; the digits behind its point are left in `scale`. -1 for anything that is no plain
   * decimal of at most 15 significant digits.
   */
  decimal(): number {
    const bytes = this.bytes
    const start = this.at + 1
    if (bytes[start - 1] !== QUOTE) return -1
    let at = start
    let point = 0
    let head = 0
    let stop = start + 9
    for (; at < stop; at++) {
      const digit = (bytes[at] ?? 0) ^ ZERO
      if (digit <= 9) head = timesTen(head) + digit
      else if (digit === POINT && point === 0 && at !== start) {
        point = at
        stop++
      } else break
    }
    if (bytes[at] !== QUOTE) return at < stop ? -1 : this.tailOfDecimal(head, start, at, point)
    if (at === start) return -1
    this.at = at + 1
    this.scale = point === 0 ? 0 : at - point - 1
    return head
  }

  /** The digits behind the ninth, up to the fifteenth. */
  private tailOfDecimal(head: number, start: number, middle: number, pointBefore: number): number {
    const bytes = this.bytes
    let at = middle
    let point = pointBefore
    let tail = 0
    let stop = middle + MOST_DIGITS - 9
    for (; at < stop; at++) {
      const digit = (bytes[at] ?? 0) ^ ZERO
      if (digit <= 9) tail = timesTen(tail) + digit
      else if (digit === POINT && point === 0) {
        point = at
        stop++
      } else break
    }
    if (bytes[at] !== QUOTE) return this.longDecimal(start)
    const digits = at - middle - (pointBefore === 0 && point !== 0 ? 1 : 0)
    this.at = at + 1
    this.scale = point === 0 ? 0 : at - point - 1
    return head * (POWERS_OF_TEN[digits] ?? 0) + tail
  }

  /** More than 15 digits, of which the last ones behind the point may be zeros that do not count. */
  private longDecimal(start: number): number {
    const bytes = this.bytes
    let at = start
    let point = 0
    let lastCounting = start
    for (;;) {
      const byte = bytes[at] ?? 0
      if (byte === QUOTE) break
      if ((byte ^ ZERO) === POINT) {
        if (point !== 0 || at === start) return -1
        point = at
      } else if (byte < ZERO || byte > ZERO + 9) return -1
      else if (point === 0 || byte !== ZERO) lastCounting = at
      at++
    }
    let units = 0
    let digits = 0
    for (let i = start; i <= lastCounting; i++) {
      if (i === point && point !== 0) continue
      const digit = (bytes[i] ?? 0) - ZERO
      if (digits > 0 || digit > 0) digits++
      if (digits > MOST_DIGITS) return -1
      units = units * 10 + digit
    }
    this.at = at + 1
    this.scale = point === 0 || lastCounting < point ? 0 : lastCounting - point
    // Dividing by a larger power of ten would not be exact any more.
    return this.scale < POWERS_OF_TEN.length ? units : -1
  }

  /** 1 for true, 0 for false, -1 for anything else. */
  boolean(): number {
    const bytes = this.bytes
    const at = this.at
    if (bytes[at] === 0x74 && bytes[at + 1] === 0x72 && bytes[at + 2] === 0x75 && bytes[at + 3] === 0x65) {
      this.at = at + 4
      return 1
    }
    if (bytes[at] === 0x66 && bytes[at + 1] === 0x61 && bytes[at + 2] === 0x6c) {
      if (bytes[at + 3] === 0x73 && bytes[at + 4] === 0x65) {
        this.at = at + 5
        return 0
      }
    }
    return -1
  }

  /** True when the quoted text at the cursor is exactly `expected`. */
  sameText(expected: Uint8Array): boolean {
    const bytes = this.bytes
    let at = this.at
    if (bytes[at] !== QUOTE) return false
    at++
    for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false
    at += expected.length
    if (bytes[at] !== QUOTE) return false
    this.at = at + 1
    return true
  }

  /** Steps over a quoted text of printable ASCII without escapes. */
  skipText(): boolean {
    const bytes = this.bytes
    let at = this.at
    if (bytes[at] !== QUOTE) return false
    const end = bytes.length
    for (at++; at < end; at++) {
      const byte = bytes[at] ?? 0
      if (byte === QUOTE) {
        this.at = at + 1
        return true
      }
      if (byte < 0x20 || byte > 0x7e || byte === BACKSLASH) return false
    }
    return false
  }

  /** Steps over the value of a key nobody asked for: a text, an integer, true, false or null. */
  skipScalar(): boolean {
    const byte = this.bytes[this.at] ?? 0
    if (byte === QUOTE) return this.skipText()
    if (byte >= ZERO && byte <= ZERO + 9) return this.integer() >= 0
    if (byte === 0x6e) return this.literal(NULL)
    return this.boolean() >= 0
  }

  literal(expected: Uint8Array): boolean {
    const bytes = this.bytes
    const at = this.at
    for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false
    this.at = at + expected.length
    return true
  }
}

const NULL = Uint8Array.of(0x6e, 0x75, 0x6c, 0x6c)

/** `value * 10` for int32, as the two additions that the processor does in one step each. */
export function timesTen(value: number): number {
  return (((value << 2) + value) | 0) << 1
}
