import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UnitSum } from './unit-sum.ts'

describe('UnitSum', () => {
  it('F:H04 adds decimals exactly', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 8 }),
        fc.array(fc.integer({ min: 0, max: 1_000_000_000 }), { maxLength: 200 }),
        (decimals, units) => {
          const sum = new UnitSum()
          let exact = 0n
          for (const unit of units) {
            sum.add(unit / 10 ** decimals)
            exact += BigInt(unit)
          }
          expect(sum.value).toBe(Number(exact) / 10 ** decimals)
        },
      ),
    )
  })

  it('goes on as float64 where integers end', () => {
    const sum = new UnitSum()
    sum.add(9_000_000_000_000)
    sum.add(0.00000001)
    sum.add(1)
    expect(sum.value).toBeCloseTo(9_000_000_000_001, 2)
  })
})
