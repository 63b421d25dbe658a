import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OrderBook } from '../../src/book/index.ts'
import type { BookDelta } from '../../src/model/book-levels.ts'
import { BookLevels } from '../../src/model/book-levels.ts'
import { deltaOf, snapshotOf } from './levels-of.ts'

/** The book as anybody would write it first: a Map from price to quantity per side. */
class NaiveBook {
  readonly bids = new Map<number, number>()
  readonly asks = new Map<number, number>()

  apply(delta: BookDelta): void {
    for (const side of ['bids', 'asks'] as const) {
      for (let i = 0; i < delta[side].count; i++) {
        const price = (delta[side].prices[i] ?? 0) / 10 ** delta.scale
        const quantity = delta[side].quantities[i] ?? 0
        if (quantity === 0) this[side].delete(price)
        else this[side].set(price, quantity)
      }
    }
  }

  levels(): { readonly bids: readonly (readonly number[])[]; readonly asks: readonly (readonly number[])[] } {
    return {
      bids: [...this.bids].sort((a, b) => b[0] - a[0]),
      asks: [...this.asks].sort((a, b) => a[0] - b[0]),
    }
  }
}

const quantity = fc.oneof(
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 1_000_000 }).map(units => units / 1000) },
)

/** Prices near a touch on a grid, between its steps, far away, and on a finer scale. */
function levelsArbitrary(scale: number, mid: number): fc.Arbitrary<BookLevels> {
  const units = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: -40, max: 40 }).map(step => mid + step * 10) },
    { weight: 2, arbitrary: fc.integer({ min: -400, max: 400 }).map(step => mid + step) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: mid * 20 }) },
  )
  return fc.array(fc.tuple(units, quantity), { maxLength: 25 }).map(levels => {
    const made = new BookLevels()
    for (const [price, amount] of levels) made.push(price * 10 ** (scale - 2), amount)
    return made
  })
}

/** A walk of the touch: each step moves the mid, and may change the digits that prices are sent with. */
const deltas: fc.Arbitrary<readonly BookDelta[]> = fc
  .array(
    fc
      .record({ scale: fc.constantFrom(2, 2, 2, 3, 8), mid: fc.integer({ min: 2_000, max: 200_000 }) })
      .chain(({ scale, mid }) =>
        fc.record({ scale: fc.constant(scale), bids: levelsArbitrary(scale, mid), asks: levelsArbitrary(scale, mid) }),
      ),
    { minLength: 1, maxLength: 40 },
  )
  .map(steps => steps.map(step => ({ first: 0, last: 0, previous: -1, exchangeTimeUs: 0, ...step })))

describe('OrderBook', () => {
  it('F:E16 F:H04 equals a naive Map after any changes: off-grid and far prices, other scales, moving touch', () => {
    fc.assert(
      fc.property(deltas, fc.constantFrom(64, 512, 4096), (steps, mostSlots) => {
        const book = new OrderBook({ mostSlots })
        const naive = new NaiveBook()
        for (const delta of steps) {
          book.applyDelta(delta)
          naive.apply(delta)
          const expected = naive.levels()
          expect(book.bidPrice).toBe(expected.bids[0]?.[0] ?? Number.NaN)
          expect(book.bidQuantity).toBe(expected.bids[0]?.[1] ?? Number.NaN)
          expect(book.askPrice).toBe(expected.asks[0]?.[0] ?? Number.NaN)
          expect(book.askQuantity).toBe(expected.asks[0]?.[1] ?? Number.NaN)
          expect(book.size()).toEqual({ bids: expected.bids.length, asks: expected.asks.length })
        }
        expect(book.allLevels()).toEqual(naive.levels())
        for (const [price, amount] of naive.bids) expect(book.quantityAt('bids', price)).toBe(amount)
      }),
      { numRuns: 400 },
    )
  })

  it('a steady walk over thousands of ticks re-centres and stays right', () => {
    const book = new OrderBook({ mostSlots: 512 })
    const naive = new NaiveBook()
    let mid = 1_000_000
    for (let step = 0; step < 6000; step++) {
      mid += (step % 1000 < 500 ? 3 : -2) * 5
      const bids = new BookLevels()
      const asks = new BookLevels()
      for (let level = 0; level < 6; level++) {
        bids.push(mid - 5 - level * 5, (step + level) % 3 === 0 ? 0 : step + level)
        asks.push(mid + level * 5, (step * 7 + level) % 3 === 0 ? 0 : step + level)
        bids.push(mid + level * 5, 0)
        asks.push(mid - 5 - level * 5, 0)
      }
      const delta = { first: 0, last: 0, previous: -1, scale: 2, exchangeTimeUs: 0, bids, asks }
      book.applyDelta(delta)
      naive.apply(delta)
      if (step % 97 === 0) expect(book.allLevels()).toEqual(naive.levels())
    }
    expect(book.allLevels()).toEqual(naive.levels())
  })

  it('a changed tick size never merges levels: 100.1, 100.12 and 100.125 are three', () => {
    const book = new OrderBook()
    book.loadSnapshot(
      snapshotOf(
        1,
        [
          ['100.1', 1],
          ['100.0', 1],
        ],
        [
          ['100.2', 1],
          ['100.3', 1],
        ],
        true,
      ),
    )
    book.applyDelta(deltaOf(2, 2, -1, [['100.12', 2]]))
    book.applyDelta(deltaOf(3, 3, -1, [['100.125', 3]]))
    expect(book.levels(9).bids).toEqual([
      [100.125, 3],
      [100.12, 2],
      [100.1, 1],
      [100, 1],
    ])
    book.applyDelta(deltaOf(4, 4, -1, [['100.12', 0]]))
    expect(book.levels(9).bids).toEqual([
      [100.125, 3],
      [100.1, 1],
      [100, 1],
    ])
  })

  it('prices come out as the float64 of the venue text', () => {
    const book = new OrderBook()
    const texts = ['0.00000632', '0.00000631', '0.00000629']
    book.loadSnapshot(
      snapshotOf(
        1,
        texts.map(text => [text, 1]),
        [['0.00000633', 5]],
        true,
      ),
    )
    expect(book.levels(3).bids.map(([price]) => price)).toEqual(texts.map(Number))
  })

  it('F:E08 a snapshot replaces every level that was there', () => {
    const book = new OrderBook()
    book.loadSnapshot(
      snapshotOf(
        1,
        [
          ['10', 1],
          ['9', 1],
        ],
        [['11', 1]],
        true,
      ),
    )
    book.loadSnapshot(snapshotOf(2, [['8', 2]], [['12', 2]], true))
    expect(book.allLevels()).toEqual({ bids: [[8, 2]], asks: [[12, 2]] })
  })

  it('F:E15 levels beyond the horizon are never given out as known', () => {
    const book = new OrderBook()
    book.loadSnapshot(
      snapshotOf(
        1,
        [
          ['100', 1],
          ['99', 1],
        ],
        [
          ['101', 1],
          ['102', 1],
        ],
      ),
    )
    book.applyDelta(deltaOf(2, 2, -1, [['95', 7]], [['110', 7]]))
    expect(book.horizon()).toEqual({ bid: 99, ask: 102 })
    expect(book.levels(9)).toEqual({
      bids: [
        [100, 1],
        [99, 1],
      ],
      asks: [
        [101, 1],
        [102, 1],
      ],
    })
    expect(book.depthTo('sell', 90)).toEqual({ quantity: 2, notional: 199, levels: 2, isComplete: false })
    expect(book.depthTo('buy', 102)).toEqual({ quantity: 2, notional: 203, levels: 2, isComplete: true })
    expect(book.costOf('buy', 5)).toMatchObject({ filled: 2, isComplete: false })
    book.applyDelta(
      deltaOf(3, 3, -1, [
        ['100', 0],
        ['99', 0],
      ]),
    )
    expect(book.bidPrice).toBe(95)
    expect(book.isBidKnown).toBe(false)
    expect(book.costOf('sell', 1)).toBeUndefined()
  })

  it('F:E17 far levels are evicted at the cap, and the horizon says so', () => {
    const book = new OrderBook({ mostSlots: 64, mostLevels: 400 })
    book.loadSnapshot(snapshotOf(1, [['1000', 1]], [['1001', 1]], true))
    for (let i = 0; i < 5000; i++) book.applyDelta(deltaOf(0, 0, -1, [[`${900 - (i % 880)}.${i % 10}`, 1]]))
    expect(book.size().bids).toBeLessThanOrEqual(400)
    expect(book.bidPrice).toBe(1000)
    const horizon = book.horizon()
    expect(horizon.ask).toBeUndefined()
    expect(horizon.bid).toBeGreaterThan(20)
    const { bids } = book.levels(1000)
    expect(bids.at(-1)?.[0]).toBeGreaterThanOrEqual(horizon.bid ?? 0)
  })

  it('costs and depths are exact sums of decimals', () => {
    const book = new OrderBook()
    book.loadSnapshot(
      snapshotOf(
        1,
        [['99', 1]],
        [
          ['100', 0.1],
          ['101', 0.2],
          ['102', 4],
        ],
        true,
      ),
    )
    expect(book.depthTo('buy', 101).quantity).toBe(0.3)
    expect(book.costOf('buy', 0.3)).toEqual({
      averagePrice: (10 + 20.2) / 0.3,
      worstPrice: 101,
      filled: 0.3,
      notional: 30.2,
      slippageBps: (((10 + 20.2) / 0.3 - 99.5) / 99.5) * 10_000,
      isComplete: true,
    })
    expect(book.costOf('buy', 0)).toBeUndefined()
    expect(book.costOf('sell', 1)?.averagePrice).toBe(99)
  })

  it('removing what is not there, and an empty change, are normal', () => {
    const book = new OrderBook()
    book.applyDelta(deltaOf(1, 1, -1, [['5', 0]]))
    book.applyDelta(deltaOf(2, 2, -1))
    expect(book.size()).toEqual({ bids: 0, asks: 0 })
    expect(book.bidPrice).toBeNaN()
    expect(book.isCrossed).toBe(false)
  })
})
