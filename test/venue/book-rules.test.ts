import { describe, expect, it } from 'vitest'
import { binanceCoinm, binanceOptions, binanceSpot, binanceUsdm } from '../../src/venue/binance/index.ts'
import { futuresFirstReference, futuresNextReference, spotReference } from '../book/reference-rules.ts'

const IDS = [1, 2, 3, 4, 5, 6]

function everyCase(check: (last: number, U: number, u: number, pu: number) => void): number {
  let cases = 0
  for (const last of IDS) {
    for (const U of IDS) {
      for (const u of IDS.filter(id => id >= U)) {
        for (const pu of IDS.filter(id => id < U).concat(0)) {
          check(last, U, u, pu)
          cases++
        }
      }
    }
  }
  return cases
}

describe('book rules', () => {
  it('F:E05 F:E06 spot: every small case as in the reference table', () => {
    const { book } = binanceSpot()
    const cases = everyCase((last, U, u) => {
      const delta = { first: U, last: u, previous: -1 }
      expect(book.join(last, delta), `id ${last} U ${U} u ${u}`).toBe(spotReference(last, U, u))
      expect(book.joinSnapshot(last, delta), `L ${last} U ${U} u ${u}`).toBe(spotReference(last, U, u))
    })
    expect(cases).toBe(336)
  })

  for (const adapter of [binanceUsdm(), binanceCoinm(), binanceOptions()]) {
    it(`F:E06 ${adapter.id}: every small case as in the reference table`, () => {
      const cases = everyCase((last, U, u, pu) => {
        const delta = { first: U, last: u, previous: pu }
        const text = `last ${last} U ${U} u ${u} pu ${pu}`
        expect(adapter.book.join(last, delta), text).toBe(futuresNextReference(last, u, pu))
        expect(adapter.book.joinSnapshot(last, delta), text).toBe(futuresFirstReference(last, U, u, pu))
      })
      expect(cases).toBe(336)
    })
  }

  it('spot accepts the boundary U = L + 1', () => {
    expect(binanceSpot().book.joinSnapshot(10, { first: 11, last: 11, previous: -1 })).toBe('apply')
  })

  it('futures ids may skip, as in {U:157,u:160,pu:149} followed by {U:165,pu:160}', () => {
    const { book } = binanceUsdm()
    expect(book.join(149, { first: 157, last: 160, previous: 149 })).toBe('apply')
    expect(book.join(160, { first: 165, last: 170, previous: 160 })).toBe('apply')
    expect(book.join(160, { first: 161, last: 170, previous: 161 })).toBe('gap')
  })
})
