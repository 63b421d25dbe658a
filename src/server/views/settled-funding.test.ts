import { describe, expect, it } from 'vitest'
import { intervalHours } from './settled-funding.ts'

const HOUR = 3_600_000_000
const at = (hours: number, ms = 0) => ({ timeUs: hours * HOUR + ms * 1000 })

describe('the interval of a contract', () => {
  it('is the time from the last settlement to the announced next one, whatever it was before', () => {
    expect(intervalHours([at(0), at(8, 3)], 12 * HOUR)).toBe(4)
    expect(intervalHours([at(0), at(8, 3)], 9 * HOUR)).toBe(1)
  })

  it('is otherwise the time between the last two', () => {
    expect(intervalHours([at(0), at(4, 1), at(8, 3)])).toBe(4)
    // A settlement that is not listed yet: two intervals lie before the next one.
    expect(intervalHours([at(0), at(8)], 40 * HOUR)).toBe(8)
  })

  it('is never assumed', () => {
    expect(intervalHours([])).toBeUndefined()
    expect(intervalHours([at(8)])).toBeUndefined()
    expect(intervalHours([at(8)], 9.5 * HOUR)).toBeUndefined()
  })
})
