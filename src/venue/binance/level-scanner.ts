import type { BookLevels } from '../../model/book-levels.ts'
import { POWERS_OF_TEN } from '../../model/number.ts'
import { ByteScanner, CLOSE_LIST, COMMA, OPEN_LIST, POINT, QUOTE, timesTen, ZERO } from './byte-scanner.ts'

/** The scanner with what is particular to books: lists of levels, sixty and more to a frame. */
export class LevelScanner extends ByteScanner {
  /**
   * A list of `["price","quantity"]`. Every price must have the same number of digits behind the point as those before
   * (`scale`, -1 for none yet). Answers that number, -1 when the list was empty, -2 when it is for the JSON decoder.
   */
  levels(into: BookLevels, scale: number): number {
    const bytes = this.bytes
    let at = this.at
    if (bytes[at] !== OPEN_LIST) return -2
    if (bytes[at + 1] === CLOSE_LIST) {
      this.at = at + 2
      return scale
    }
    // Neighbouring prices have as many digits as the one before, most of the time.
    let whole = 0
    for (at++; ; at += 2) {
      if (bytes[at] !== OPEN_LIST) return -2
      this.at = at + 1
      let price = whole >= 4 ? this.neighbourPrice(whole, scale) : -1
      if (price < 0) {
        if ((price = this.decimal()) < 0) return -2
        if (this.scale !== scale) {
          if (scale >= 0) return -2
          scale = this.scale
        }
        const digits = this.at - at - 3 - (scale === 0 ? 0 : 1)
        whole = digits <= 9 ? digits - scale : 0
      }
      if (bytes[this.at] !== COMMA) return -2
      this.at++
      const quantity = this.shortDecimal()
      if (quantity < 0) return -2
      into.push(price, quantity)
      at = this.at
      if (bytes[at] !== CLOSE_LIST) return -2
      if (bytes[at + 1] === COMMA) continue
      this.at = at + 2
      return bytes[at + 1] === CLOSE_LIST ? scale : -2
    }
  }

  /**
   * A quoted price of `whole` (4 or more) and `fraction` digits, nine at most: the first four as one word. -1, with the
   * cursor unmoved, for anything else.
   */
  private neighbourPrice(whole: number, fraction: number): number {
    const bytes = this.bytes
    const start = this.at + 1
    const point = start + whole
    const end = fraction === 0 ? point : point + 1 + fraction
    if (bytes[start - 1] !== QUOTE || bytes[end] !== QUOTE) return -1
    const four = this.view.getInt32(start, true) ^ 0x30303030
    let wrong = (((four + 0x76767676) | four) & 0x80808080) | 0
    const pairs = Math.imul(four, 10) + (four >>> 8)
    let units = Math.imul(pairs & 0xff, 100) + ((pairs >>> 16) & 0xff)
    for (let at = start + 4; at < point; at++) {
      const digit = (bytes[at] ?? 0) ^ ZERO
      wrong |= (9 - digit) >> 31
      units = timesTen(units) + digit
    }
    if (fraction > 0) wrong |= (bytes[point] ?? 0) ^ ZERO ^ POINT
    for (let at = point + 1; at < end; at++) {
      const digit = (bytes[at] ?? 0) ^ ZERO
      wrong |= (9 - digit) >> 31
      units = timesTen(units) + digit
    }
    if (wrong !== 0) return -1
    this.at = end + 1
    return units
  }

  /** A quoted decimal as float64; nine digits or fewer are read in one go. -1 as in {@link decimal}. */
  private shortDecimal(): number {
    const bytes = this.bytes
    const start = this.at + 1
    let at = start
    let units = 0
    let digit = (bytes[at] ?? 0) ^ ZERO
    while (digit <= 9 && at < start + 9) {
      units = timesTen(units) + digit
      digit = (bytes[++at] ?? 0) ^ ZERO
    }
    const point = at
    if (digit === POINT) {
      digit = (bytes[++at] ?? 0) ^ ZERO
      while (digit <= 9 && at < start + 10) {
        units = timesTen(units) + digit
        digit = (bytes[++at] ?? 0) ^ ZERO
      }
    }
    if (digit === (QUOTE ^ ZERO) && point > start && bytes[start - 1] === QUOTE) {
      this.at = at + 1
      return at === point ? units : units / (POWERS_OF_TEN[at - point - 1] ?? Number.NaN)
    }
    units = this.decimal()
    return units < 0 ? -1 : units / (POWERS_OF_TEN[this.scale] ?? Number.NaN)
  }
}
