import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MatchingBook } from './matching.ts'

describe('matching', () => {
  it('takes the best price first, and at a price the oldest order', () => {
    const book = new MatchingBook()
    const late = book.rest('ask', 101, 5)
    const first = book.rest('ask', 100, 2)
    const second = book.rest('ask', 100, 3)
    const { fills, remaining } = book.take('bid', 6)
    expect(fills.map(({ maker, price, quantity }) => [maker.id, price, quantity])).toEqual([
      [first.id, 100, 2],
      [second.id, 100, 3],
      [late.id, 101, 1],
    ])
    expect(remaining).toBe(0)
    expect(book.quantityAt('ask', 100)).toBe(0)
    expect([book.bestPrice('ask'), book.bestQuantity('ask')]).toEqual([101, 4])
  })

  it('respects the limit, and reports what is left', () => {
    const book = new MatchingBook()
    book.rest('bid', 99, 2)
    book.rest('bid', 98, 2)
    expect(book.take('ask', 5, 99)).toMatchObject({ remaining: 3 })
    expect(book.bestPrice('bid')).toBe(98)
  })

  it('cancels once', () => {
    const book = new MatchingBook()
    const order = book.rest('bid', 99, 2)
    expect(book.cancel(order.id)).toBe(order)
    expect(book.cancel(order.id)).toBeUndefined()
    expect([book.bestPrice('bid'), book.orderCount, book.levelCount('bid')]).toEqual([undefined, 0, 0])
  })

  it('equals a naive list of orders after any actions, and its changes are all that changed', () => {
    const action = fc.record({
      kind: fc.constantFrom('rest', 'rest', 'take', 'cancel'),
      side: fc.constantFrom('bid', 'ask'),
      price: fc.integer({ min: 90, max: 110 }),
      quantity: fc.integer({ min: 1, max: 9 }),
    })
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80 }), actions => {
        const book = new MatchingBook()
        let naive: { id: number; side: string; price: number; left: number }[] = []
        for (const { kind, side, price, quantity } of actions) {
          const before = totals(book)
          book.clearChanges()
          if (kind === 'rest' && !book.wouldTrade(side, price)) {
            naive.push({ id: book.rest(side, price, quantity).id, side, price, left: quantity })
          } else if (kind === 'take') {
            for (const fill of book.take(side, quantity, price).fills) {
              for (const order of naive) if (order.id === fill.maker.id) order.left -= fill.quantity
            }
            naive = naive.filter(order => order.left > 0)
          } else if (kind === 'cancel') {
            const [order] = naive
            if (order !== undefined) book.cancel(order.id)
            naive = naive.slice(1)
          }
          const after = totals(book)
          const expected = new Map<string, number>()
          for (const { side: own, price: at, left } of naive)
            expected.set(`${own} ${at}`, (expected.get(`${own} ${at}`) ?? 0) + left)
          expect(after).toEqual(expected)
          const changed = new Set(
            (['bid', 'ask'] as const).flatMap(own => [...book.changes[own].keys()].map(at => `${own} ${at}`)),
          )
          for (const key of new Set([...before.keys(), ...after.keys()])) {
            if (before.get(key) !== after.get(key)) expect(changed.has(key)).toBe(true)
          }
          expect(book.bestPrice('bid') ?? 0).toBeLessThan(book.bestPrice('ask') ?? Number.POSITIVE_INFINITY)
        }
      }),
      { numRuns: 200 },
    )
  })
})

function totals(book: MatchingBook): Map<string, number> {
  const result = new Map<string, number>()
  for (const side of ['bid', 'ask'] as const)
    book.forLevels(side, 1000, (price, quantity) => result.set(`${side} ${price}`, quantity))
  return result
}
