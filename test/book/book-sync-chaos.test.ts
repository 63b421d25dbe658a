import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BookEffect, JoinRules } from '../../src/book/index.ts'
import { BookSync } from '../../src/book/index.ts'
import type { BookDelta, BookSnapshot } from '../../src/model/book-levels.ts'
import { instrumentId } from '../../src/model/instrument.ts'
import { epochUs } from '../../src/model/time.ts'
import { binanceSpot, binanceUsdm } from '../../src/venue/binance/index.ts'
import type { TextLevel } from './levels-of.ts'
import { deltaOf, snapshotOf } from './levels-of.ts'

/** What happens at one step of a run. */
type Step =
  | { readonly kind: 'change'; readonly offset: number; readonly quantity: number; readonly ids: number }
  | { readonly kind: 'drop' | 'repeat' | 'empty' | 'disconnect' | 'ask' | 'fail' | 'restart' }
  | { readonly kind: 'answer'; readonly age: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      offset: fc.integer({ min: -12, max: 12 }),
      quantity: fc.integer({ min: 0, max: 3 }),
      ids: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('drop' as const, 'repeat' as const, 'empty' as const, 'ask' as const, 'fail' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('disconnect' as const, 'restart' as const) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('answer' as const), age: fc.integer({ min: 0, max: 30 }) }) },
)

/** A venue that knows its whole book at every id, and what it sent. */
class Venue {
  readonly bids = new Map<number, number>([[100, 1]])
  readonly asks = new Map<number, number>([[101, 1]])
  readonly history: BookSnapshot[] = []
  id = 1_000
  last: BookDelta | undefined
  private previous = 1_000

  constructor() {
    this.remember()
  }

  change(offset: number, quantity: number, ids: number): BookDelta {
    const price = 100 + offset
    const isBid = offset <= 0
    if (quantity === 0) (isBid ? this.bids : this.asks).delete(price)
    else (isBid ? this.bids : this.asks).set(price, quantity)
    const levels: readonly TextLevel[] = [[String(price), quantity]]
    return this.send(ids, isBid ? levels : [], isBid ? [] : levels)
  }

  empty(): BookDelta {
    return this.send(1, [], [])
  }

  /** After maintenance the ids go on from far below. */
  restart(): void {
    this.id = this.id > 2_000 ? this.id - 1_500 : this.id
    this.previous = this.id
    this.history.length = 0
    this.remember()
  }

  snapshot(age: number): BookSnapshot {
    return this.history[Math.max(0, this.history.length - 1 - age)] ?? snapshotOf(this.id, [], [])
  }

  private send(ids: number, bids: readonly TextLevel[], asks: readonly TextLevel[]): BookDelta {
    const delta = deltaOf(this.id + 1, this.id + ids, this.previous, bids, asks)
    this.id += ids
    this.previous = this.id
    this.last = delta
    this.remember()
    return delta
  }

  private remember(): void {
    const side = (levels: Map<number, number>): readonly TextLevel[] =>
      [...levels].map(([price, size]) => [String(price), size])
    this.history.push(snapshotOf(this.id, side(this.bids), side(this.asks), true))
  }
}

/** One run; answers how often the book was synced when it was compared. */
function run(rules: JoinRules, steps: readonly Step[]): number {
  const venue = new Venue()
  const book = new BookSync(instrumentId('binance-spot:BTCUSDT'), rules)
  let epoch = -1
  let compared = 0
  const follow = (effects: readonly BookEffect[]): void => {
    for (const effect of effects) {
      if (effect.do === 'fetchSnapshot' || effect.do === 'refresh') epoch = effect.epoch
      if (effect.do === 'gap') expect(book.state).toBe('gapped')
    }
  }
  steps.forEach((now, index) => {
    const time = epochUs(index * 100_000)
    switch (now.kind) {
      case 'change':
        follow(book.onDelta(venue.change(now.offset, now.quantity, now.ids), time))
        break
      case 'empty':
        follow(book.onDelta(venue.empty(), time))
        break
      case 'drop':
        venue.change(-3, 2, 1)
        break
      case 'repeat':
        if (venue.last !== undefined) follow(book.onDelta(venue.last, time))
        break
      case 'disconnect':
        follow(book.onDisconnect())
        break
      case 'restart':
        venue.restart()
        follow(book.onDisconnect())
        break
      case 'ask':
        follow(book.start())
        break
      case 'fail':
        follow(book.onSnapshotFailed(epoch))
        break
      case 'answer':
        follow(book.onSnapshot(venue.snapshot(now.age), epoch, time))
    }
    if (book.state !== 'synced') return
    compared++
    const truth = venue.history.find(entry => entry.sequence === book.sequence)
    const { bids = [], asks = [] } = book.levels(1000) ?? {}
    expect(bids).toEqual(sideOf(truth, 'bids'))
    expect(asks).toEqual(sideOf(truth, 'asks'))
  })
  return compared
}

function sideOf(truth: BookSnapshot | undefined, side: 'bids' | 'asks'): readonly (readonly number[])[] {
  const levels = Array.from({ length: truth?.[side].count ?? 0 }, (_, index) => [
    truth?.[side].prices[index] ?? 0,
    truth?.[side].quantities[index] ?? 0,
  ])
  return levels.sort((a, b) => ((a[0] ?? 0) - (b[0] ?? 0)) * (side === 'bids' ? -1 : 1))
}

describe('BookSync under faults', () => {
  for (const adapter of [binanceSpot(), binanceUsdm()]) {
    it(`F:E04 F:E14 ${adapter.id}: a synced book equals the venue's at its sequence, whatever was lost, late or repeated`, () => {
      let compared = 0
      fc.assert(
        fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), steps => {
          compared += run(adapter.book, steps)
        }),
        { numRuns: 1500 },
      )
      expect(compared).toBeGreaterThan(10_000)
    })
  }
})
