import { expect } from 'vitest'
import type { Recording } from './capture-files.ts'

/** Best prices as text, so that equal ones are equal. */
interface Best {
  readonly bidPrice: number
  readonly bidQuantity: number
  readonly askPrice: number
  readonly askQuantity: number
}

/** Recorded messages of a kind, under either name the index uses. */
export function recorded(entry: Recording, ...names: readonly string[]): number {
  return names.reduce((sum, name) => sum + (entry.streams[name] ?? 0), 0)
}

/** Recorded quotes and the tops of books that were made of the same recording, by instrument and update id. */
export class Tops {
  private readonly quotes = new Map<string, Map<number, string>>()
  private readonly books = new Map<string, Map<number, string>>()

  quote(instrument: string, id: number, best: Best): void {
    note(this.quotes, instrument, id, best)
  }

  book(instrument: string, id: number, best: Best): void {
    note(this.books, instrument, id, best)
  }

  /** A quote is sent at every change of the best prices: the newest one inside the ids of a book's update is the top after it. */
  compare(): { readonly compared: number; readonly equal: number } {
    let compared = 0
    let equal = 0
    for (const [instrument, tops] of this.books) {
      const quotes = [...(this.quotes.get(instrument) ?? [])].sort((a, b) => a[0] - b[0])
      let at = 0
      let previous = Number.NEGATIVE_INFINITY
      for (const [sequence, top] of tops) {
        while (at + 1 < quotes.length && (quotes[at + 1]?.[0] ?? 0) <= sequence) at++
        const [id, quote] = quotes[at] ?? [Number.NaN, '']
        if (id > previous && id <= sequence) {
          compared++
          if (quote === top) equal++
        }
        previous = sequence
      }
    }
    return { compared, equal }
  }
}

function note(into: Map<string, Map<number, string>>, instrument: string, id: number, best: Best): void {
  const found = into.get(instrument) ?? new Map<number, string>()
  into.set(instrument, found)
  found.set(id, `${best.bidPrice} ${best.bidQuantity} ${best.askPrice} ${best.askQuantity}`)
}

/** Every message of the recording has become one event. */
export function expectCounts(counts: ReadonlyMap<string, number>, entry: Recording): void {
  expect(counts.get('trade') ?? 0).toBe(recorded(entry, '@aggTrade', 'aggTrade'))
  expect(counts.get('rawTrade') ?? 0).toBe(recorded(entry, '@trade'))
  expect(counts.get('quote') ?? 0).toBe(recorded(entry, '@bookTicker'))
  expect(counts.get('kline') ?? 0).toBe(recorded(entry, '@kline_1m'))
  expect(counts.get('markPrice') ?? 0).toBe(recorded(entry, '@markPrice@1s'))
}

/** Books say what the quotes say, as often as the index tells. @param unknown updates of a book whose top nobody knows */
export function expectTops(tops: Tops, entry: Recording, unknown = 0): void {
  const { compared, equal } = tops.compare()
  const books = Object.values(entry.books ?? {})
  const expected = books.reduce((sum, book) => sum + (book.top_match ?? 0), 0)
  const different = books.reduce((sum, book) => sum + (book.top_mismatch ?? 0), 0)
  expect(compared - equal, 'tops that differ from the quote of the same update id').toBeLessThanOrEqual(different)
  expect(equal + unknown).toBeGreaterThanOrEqual(expected - different)
}
