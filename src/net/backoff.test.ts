import { describe, expect, it } from 'vitest'
import { nextDelay } from './backoff.ts'
import { seededRandom } from './random.ts'

describe('backoff', () => {
  it('doubles its ceiling up to the cap and never passes it', () => {
    const ceilings = [1, 2, 3, 5, 6, 60, 61].map(attempt => nextDelay(attempt, () => 0.999_999))
    expect(ceilings.map(delayMs => Math.round(delayMs))).toEqual([500, 1000, 2000, 8000, 15_000, 15_000, 30_000])
  })

  it('F:B07 keeps a spread of at least 25 % at the cap', () => {
    const random = seededRandom(7)
    const delays = Array.from({ length: 200 }, () => nextDelay(100, random))
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(0.25 * 30_000)
    expect(Math.min(...delays)).toBeGreaterThan(0)
  })
})
