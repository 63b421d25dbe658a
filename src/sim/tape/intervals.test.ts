import { describe, expect, it } from 'vitest'
import { candleStart, civilDate, daysFromCivil, expiryCode, expiryMs, nextStart } from './intervals.ts'

const at = Date.UTC(2026, 10, 21, 10, 33, 7, 250)

describe('intervals', () => {
  it.each([
    ['1s', Date.UTC(2026, 10, 21, 10, 33, 7)],
    ['3m', Date.UTC(2026, 10, 21, 10, 33)],
    ['1h', Date.UTC(2026, 10, 21, 10)],
    ['8h', Date.UTC(2026, 10, 21, 8)],
    ['1d', Date.UTC(2026, 10, 21)],
    ['1w', Date.UTC(2026, 10, 16)],
    ['1M', Date.UTC(2026, 10, 1)],
  ])('a candle of %s begins where the venue begins it', (interval, start) => {
    expect(candleStart(interval, at)).toBe(start)
    expect(candleStart(interval, start)).toBe(start)
    expect(candleStart(interval, nextStart(interval, start) - 1)).toBe(start)
  })

  it('months have their own lengths, and days may begin in another zone', () => {
    expect(nextStart('1M', Date.UTC(2028, 1, 1))).toBe(Date.UTC(2028, 2, 1))
    expect(nextStart('1M', Date.UTC(2026, 11, 1))).toBe(Date.UTC(2027, 0, 1))
    expect(candleStart('1d', at, 28_800_000)).toBe(Date.UTC(2026, 10, 20, 16))
  })

  it('calendar dates go there and back', () => {
    for (let day = -1000; day < 40_000; day += 17) {
      const { year, month, dayOfMonth } = civilDate(day)
      expect(Date.UTC(year, month - 1, dayOfMonth)).toBe(day * 86_400_000)
      expect(daysFromCivil(year, month, dayOfMonth)).toBe(day)
    }
    expect(expiryCode(Date.UTC(2026, 11, 25, 8))).toBe('261225')
    expect(expiryMs('261225')).toBe(Date.UTC(2026, 11, 25, 8))
    expect(expiryMs('PERP')).toBeUndefined()
  })
})
