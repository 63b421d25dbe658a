import { describe, expect, it } from 'vitest'
import { FakeClock } from '../testing/fake-clock.ts'
import { WeightBudget } from './weight-budget.ts'

/** A wall time at the start of a minute. */
const MINUTE_START_US = 1_790_000_040_000_000

describe('weight budget', () => {
  it('F:E18 spends 80 % of a minute, then waits for the next one', async () => {
    const clock = new FakeClock(MINUTE_START_US)
    const budget = new WeightBudget(clock, 1000)
    const admittedAtMs: number[] = []
    for (let call = 0; call < 20; call++) {
      void budget.acquire(100, 0).then(() => admittedAtMs.push(clock.monotonicMs()))
    }
    await clock.advance(1000)
    expect(admittedAtMs).toHaveLength(8)
    await clock.advance(60_000)
    expect(admittedAtMs).toHaveLength(16)
    await clock.advance(60_000)
    expect(admittedAtMs).toHaveLength(20)
  })

  it('lets what matters more go first', async () => {
    const clock = new FakeClock(MINUTE_START_US)
    const budget = new WeightBudget(clock, 100)
    const order: string[] = []
    await budget.acquire(80, 0)
    void budget.acquire(40, 3).then(() => order.push('poll'))
    void budget.acquire(40, 0).then(() => order.push('book'))
    await clock.advance(61_000)
    expect(order).toEqual(['book', 'poll'])
  })

  it('F:B02 admits nothing inside a Retry-After window', async () => {
    const clock = new FakeClock(MINUTE_START_US)
    const budget = new WeightBudget(clock, 1000)
    budget.block(90_000)
    let isAdmitted = false
    void budget.acquire(1, 0).then(() => {
      isAdmitted = true
    })
    await clock.advance(89_900)
    expect(isAdmitted).toBe(false)
    await clock.advance(200)
    expect(isAdmitted).toBe(true)
  })

  it('F:G09 believes the venue’s count over its own', async () => {
    const clock = new FakeClock(MINUTE_START_US)
    const budget = new WeightBudget(clock, 1000)
    budget.observe(790)
    let isAdmitted = false
    void budget.acquire(20, 0).then(() => {
      isAdmitted = true
    })
    await clock.advance(1000)
    expect(isAdmitted).toBe(false)
    expect(budget.snapshot().usedWeight).toBe(790)
  })

  it('an aborted wait leaves the queue', async () => {
    const clock = new FakeClock(MINUTE_START_US)
    const budget = new WeightBudget(clock, 100)
    await budget.acquire(80, 0)
    const controller = new AbortController()
    const waiting = budget.acquire(80, 0, controller.signal)
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' })
    expect(budget.snapshot().queued).toBe(0)
  })
})
