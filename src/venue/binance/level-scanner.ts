import type { BookLevels } from '../../model/book-levels.ts'
import { POWERS_OF_TEN } from '../../model/number.ts'
import { ByteScanner, CLOSE_LIST, COMMA, OPEN_LIST, POINT, timesTen, ZERO } from './byte-scanner.ts'

/** `["`, `","` and `"]` as they stand in memory, read as little-endian words. */
const OPEN_LEVEL = 0x225b
const BETWEEN = 0x222c22
const CLOSE_LEVEL = 0x5d22
/** A level of two numbers of nine digits each is shorter than this: so much can be read without looking for the end. */
const LONGEST_FAST = 40

/** The scanner with what is particular to books: lists of levels, sixty and more to a frame. */
export class LevelScanner extends ByteScanner {
  /** Digits before the point of the price read last; 0 when it is not for the fast path. */
  private whole = 0

  /**
   * A list of `["price","quantity"]`. Every price must have the same number of digits behind the point as those before
   * (`scale`, -1 for none yet). Answers that number, -1 when the list was empty, -2 when it is for the JSON decoder.
   */
  levels(into: BookLevels, scale: number): number {
    const bytes = this.bytes
    if (bytes[this.at] !== OPEN_LIST) return -2
    if (bytes[this.at + 1] === CLOSE_LIST) {
      this.at += 2
      return scale
    }
    this.at++
    for (;;) {
      const found = this.level(into, scale)
      if (found < 0) return -2
      scale = found
      // Neighbouring prices have as many digits as the one before, most of the time.
      if (this.whole >= 4 && bytes[this.at] === COMMA) this.neighbours(into, scale)
      const at = this.at
      this.at = at + 1
      if (bytes[at] === COMMA) continue
      return bytes[at] === CLOSE_LIST ? scale : -2
    }
  }

  /** One level of any form; answers its scale and leaves the cursor behind its bracket, -2 when it is for the JSON decoder. */
  private level(into: BookLevels, scale: number): number {
    const bytes = this.bytes
    const start = this.at + 1
    if (bytes[start - 1] !== OPEN_LIST) return -2
    this.at = start
    const price = this.decimal()
    if (price < 0 || (scale >= 0 && this.scale !== scale)) return -2
    const found = this.scale
    const digits = this.at - start - 2 - (found === 0 ? 0 : 1)
    this.whole = digits <= 9 ? digits - found : 0
    if (bytes[this.at] !== COMMA) return -2
    this.at++
    const units = this.decimal()
    if (units < 0) return -2
    into.push(price, units / (POWERS_OF_TEN[this.scale] ?? Number.NaN))
    if (bytes[this.at] !== CLOSE_LIST) return -2
    this.at++
    return found
  }

  /**
   * Levels behind the comma at the cursor whose prices have `whole` (4 or more) and `fraction` digits, nine at most, and
   * whose quantities have nine at most. Stops, with the cursor on the comma or bracket behind the last one it took, at
   * whatever looks different.
   */
  private neighbours(into: BookLevels, fraction: number): void {
    const { bytes, view, whole } = this
    const behindPrice = fraction === 0 ? whole : whole + 1 + fraction
    const last = bytes.length - LONGEST_FAST
    let at = this.at
    while (at < last && bytes[at] === COMMA && view.getInt16(at + 1, true) === OPEN_LEVEL) {
      const start = at + 3
      const point = start + whole
      const end = start + behindPrice
      if ((view.getInt32(end, true) & 0xffffff) !== BETWEEN) break
      const four = view.getInt32(start, true) ^ 0x30303030
      let wrong = (((four + 0x76767676) | four) & 0x80808080) | 0
      const pairs = Math.imul(four, 10) + (four >>> 8)
      let price = Math.imul(pairs & 0xff, 100) + ((pairs >>> 16) & 0xff)
      for (let i = start + 4; i < point; i++) {
        const digit = (bytes[i] ?? 0) ^ ZERO
        wrong |= (9 - digit) >> 31
        price = timesTen(price) + digit
      }
      if (fraction > 0) wrong |= (bytes[point] ?? 0) ^ ZERO ^ POINT
      for (let i = point + 1; i < end; i++) {
        const digit = (bytes[i] ?? 0) ^ ZERO
        wrong |= (9 - digit) >> 31
        price = timesTen(price) + digit
      }
      if (wrong !== 0) break
      const first = end + 3
      let cursor = first
      let units = 0
      let digit = (bytes[cursor] ?? 0) ^ ZERO
      while (digit <= 9 && cursor < first + 9) {
        units = timesTen(units) + digit
        digit = (bytes[++cursor] ?? 0) ^ ZERO
      }
      let quantity = units
      if (digit === POINT) {
        const behind = cursor + 1
        digit = (bytes[++cursor] ?? 0) ^ ZERO
        while (digit <= 9 && cursor < first + 10) {
          units = timesTen(units) + digit
          digit = (bytes[++cursor] ?? 0) ^ ZERO
        }
        if (behind === first + 1) break
        quantity = units / (POWERS_OF_TEN[cursor - behind] ?? Number.NaN)
      }
      if (cursor === first || view.getInt16(cursor, true) !== CLOSE_LEVEL) break
      into.push(price, quantity)
      at = cursor + 2
    }
    this.at = at
  }
}
