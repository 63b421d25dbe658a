import { describe, expect, it } from 'vitest'
import { FakeClock } from '../testing/fake-clock.ts'
import { WeightBudget } from './weight-budget.ts'

/** A wall time at the start of a minute. */
const MINUTE_START_US = 1_790_000_040_000_000

/** A call of this weight that is answered at once. */
async function call(budget: WeightBudget, weight: number, priority = 0): Promise<void> {
  const hold = await budget.acquire(weight, priority)
  hold.settle()
}

describe('weight budget', () => {
  it('F:E18 spends 80 % of a minute, then waits for the next one', async () => {
    const clock = new FakeClock(MINUTE_START_US)
    const budget = new WeightBudget(clock, 1000)
    const admittedAtMs: number[] = []
    for (let index = 0; index < 20; index++) {
      void call(budget, 100).then(() => admittedAtMs.push(clock.monotonicMs()))
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
    await call(budget, 80)
    void call(budget, 40, 3).then(() => order.push('poll'))
    void call(budget, 40, 0).then(() => order.push('book'))
    await clock.advance(61_000)
    expect(order).toEqual(['book', 'poll'])
  })

  it('F:B02 admits nothing inside a Retry-After window', async () => {
    const clock = new FakeClock(MINUTE_START_US)
    const budget = new WeightBudget(clock, 1000)
    budget.block(90_000)
    let isAdmitted = false
    void call(budget, 1).then(() => {
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
    void call(budget, 20).then(() => {
      isAdmitted = true
    })
    await clock.advance(1000)
    expect(isAdmitted).toBe(false)
    expect(budget.snapshot().usedWeight).toBe(790)
  })

  it('F:G09 stays below the limit when the venue counts twice as much as was predicted', async () => {
    const clock = new FakeClock(MINUTE_START_US)
    const budget = new WeightBudget(clock, 6000)
    let counted = 0
    let worst = 0
    const ask = async (): Promise<void> => {
      const hold = await budget.acquire(50, 0)
      counted += 100
      worst = Math.max(worst, counted)
      // The header is that of the moment the venue answers; it reaches us 300 ms later.
      const header = counted
      clock.setTimer(300, () => hold.settle(header))
    }
    for (let index = 0; index < 500; index++) void ask()
    for (let second = 0; second < 60; second++) {
      await clock.advance(999)
      if (second === 59) break
      await clock.advance(1)
    }
    expect(worst).toBeLessThanOrEqual(6000)
    expect(worst).toBeGreaterThan(4000)
  })

  it('an aborted wait leaves the queue', async () => {
    const clock = new FakeClock(MINUTE_START_US)
    const budget = new WeightBudget(clock, 100)
    await call(budget, 80)
    const controller = new AbortController()
    const waiting = budget.acquire(80, 0, controller.signal)
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' })
    expect(budget.snapshot().queued).toBe(0)
  })
})
