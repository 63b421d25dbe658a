import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { significantDecimals, unitsFromText, unitsText, writtenDecimals } from './decimal-text.ts'

describe('decimal text', () => {
  it('writes units with the width of the wire', () => {
    expect(unitsText(6_183_763, 2, 8)).toBe('61837.63000000')
    expect(unitsText(5, 3)).toBe('0.005')
    expect(unitsText(-5, 3)).toBe('-0.005')
    expect(unitsText(0, 2)).toBe('0.00')
    expect(unitsText(17, 0)).toBe('17')
    expect(unitsText(5, 0, 3)).toBe('5.000')
    expect(unitsText(25969481069_64278390n, 8)).toBe('25969481069.64278390')
  })

  it('reads back what it wrote, and nothing that does not fit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 50 }), fc.integer({ min: 0, max: 8 }), (units, decimals) => {
        expect(unitsFromText(unitsText(units, decimals, 8), decimals)).toBe(units)
      }),
    )
    expect(unitsFromText('1.239', 2)).toBeUndefined()
    expect(unitsFromText('1e3', 2)).toBeUndefined()
    expect(unitsFromText('', 2)).toBeUndefined()
  })

  it('counts digits', () => {
    expect([
      significantDecimals('1.2300'),
      writtenDecimals('1.2300'),
      significantDecimals('7'),
      significantDecimals('7.000'),
    ]).toEqual([2, 4, 0, 0])
  })
})
