import { describe, expect, it } from 'vitest'
import { FakeClock } from '../testing/fake-clock.ts'
import { AttemptBudget } from './attempt-budget.ts'
import { nextDelay } from './backoff.ts'
import { memoryBudgets } from './budget-store.ts'
import { type Random, seededRandom } from './random.ts'

const MINUTE_MS = 60_000

/** How one socket's attempts end: refused after `afterMs`, or open for `forMs` and then lost. */
type Outcome =
  | { readonly kind: 'refused'; readonly afterMs: number }
  | { readonly kind: 'open'; readonly forMs: number }

/** Sockets that are dialled for ever with the client's own backoff; the times of all attempts. */
async function dialFor(
  durationMs: number,
  sockets: number,
  random: Random,
  outcome: (attempt: number) => Outcome,
): Promise<readonly number[]> {
  const clock = new FakeClock()
  const budget = new AttemptBudget(clock, 300, 300_000, { random })
  const attemptsMs: number[] = []
  const dial = (failures: number): void => {
    const waitMs = budget.take()
    if (waitMs > 0) {
      clock.setTimer(waitMs, () => dial(failures))
      return
    }
    attemptsMs.push(clock.monotonicMs())
    const result = outcome(attemptsMs.length)
    const wasOpen = result.kind === 'open'
    if (wasOpen) budget.opened()
    clock.setTimer(wasOpen ? result.forMs : result.afterMs, () => {
      budget.failed(wasOpen)
      clock.setTimer(nextDelay(failures + 1, random), () => dial(failures + 1))
    })
  }
  for (let socket = 0; socket < sockets; socket++) dial(0)
  await clock.advance(durationMs)
  return attemptsMs
}

function mostWithin(timesMs: readonly number[], windowMs: number): number {
  let most = 0
  let first = 0
  timesMs.forEach((atMs, index) => {
    while (atMs - (timesMs[first] ?? 0) >= windowMs) first++
    most = Math.max(most, index - first + 1)
  })
  return most
}

describe('attempt budget', () => {
  const patterns: readonly (readonly [string, number, Random, (attempt: number) => Outcome])[] = [
    ['one socket refused at once, the shortest delays there are', 1, () => 0, () => ({ kind: 'refused', afterMs: 0 })],
    ['one socket refused at once, usual delays', 1, seededRandom(3), () => ({ kind: 'refused', afterMs: 1 })],
    ['forty sockets refused at once', 40, seededRandom(4), () => ({ kind: 'refused', afterMs: 1 })],
    ['twelve sockets that hang until the deadline', 12, seededRandom(5), () => ({ kind: 'refused', afterMs: 10_000 })],
    [
      'fast and slow refusals in turn',
      7,
      () => 0,
      attempt => ({ kind: 'refused', afterMs: attempt % 2 === 0 ? 0 : 9000 }),
    ],
    ['one socket that opens and closes after a second', 1, () => 0, () => ({ kind: 'open', forMs: 1000 })],
  ]

  it.each(patterns)(
    'F:B01 %s: at most 10 attempts in any minute and 60 in any five',
    async (_name, sockets, random, outcome) => {
      const attemptsMs = await dialFor(60 * MINUTE_MS, sockets, random, outcome)
      expect(mostWithin(attemptsMs, MINUTE_MS)).toBeLessThanOrEqual(10)
      expect(mostWithin(attemptsMs, 5 * MINUTE_MS)).toBeLessThanOrEqual(60)
      expect(attemptsMs.length).toBeGreaterThan(60)
    },
  )

  it('F:B19 a hundred sockets after an hour of 503: within the budget, and all open soon after it ends', async () => {
    const healMs = 60 * MINUTE_MS
    const clock = new FakeClock()
    const random = seededRandom(9)
    const budget = new AttemptBudget(clock, 300, 300_000, { random })
    const attemptsMs: number[] = []
    const openedMs: number[] = []
    const dial = (failures: number): void => {
      const waitMs = budget.take()
      if (waitMs > 0) {
        clock.setTimer(waitMs, () => dial(failures))
        return
      }
      attemptsMs.push(clock.monotonicMs())
      clock.setTimer(50, () => {
        if (clock.monotonicMs() >= healMs) {
          budget.opened()
          openedMs.push(clock.monotonicMs())
          return
        }
        budget.failed(false)
        clock.setTimer(nextDelay(failures + 1, random), () => dial(failures + 1))
      })
    }
    for (let socket = 0; socket < 100; socket++) dial(0)
    await clock.advance(healMs)
    expect(mostWithin(attemptsMs, MINUTE_MS)).toBeLessThanOrEqual(10)
    await clock.advance(70_000)
    expect(openedMs).toHaveLength(100)
    expect(mostWithin(attemptsMs, 5 * MINUTE_MS)).toBeLessThanOrEqual(240)
  })

  it('lets as many sockets open one after the other as the venue allows, less a fifth', () => {
    const clock = new FakeClock()
    const budget = new AttemptBudget(clock, 300, 300_000)
    let opened = 0
    while (opened < 1000 && budget.take() === 0) {
      budget.opened()
      opened++
    }
    expect(opened).toBe(240)
    expect(budget.take()).toBe(300_000)
  })

  it('looks again soon while attempts are under way, and waits for the minute when all have failed', () => {
    const clock = new FakeClock()
    const budget = new AttemptBudget(clock, 300, 300_000)
    for (let attempt = 0; attempt < 10; attempt++) expect(budget.take()).toBe(0)
    expect(budget.take()).toBe(500)
    budget.opened()
    expect(budget.take()).toBe(0)
    for (let attempt = 0; attempt < 10; attempt++) budget.failed(false)
    expect(budget.take()).toBe(60_000)
  })

  it('F:B02 nothing is dialled inside a Retry-After, and a little spread follows it', async () => {
    const clock = new FakeClock()
    const budget = new AttemptBudget(clock, 300, 300_000, { random: () => 0.5 })
    budget.block(60_000)
    expect(budget.take()).toBe(60_500)
    await clock.advance(60_500)
    expect(budget.take()).toBe(0)
  })

  it('F:G05 a wall clock set back by an hour prolongs a shared block once, not by the hour', async () => {
    const clock = new FakeClock()
    const store = memoryBudgets()
    const first = new AttemptBudget(clock, 300, 300_000, { store, host: 'venue' })
    first.block(60_000)
    clock.stepWall(-3_600_000)
    await clock.advance(10_000)
    const second = new AttemptBudget(clock, 300, 300_000, { store, host: 'venue' })
    expect(second.take()).toBeCloseTo(60_000, 0)
    await clock.advance(60_000)
    expect(second.take()).toBe(0)
    expect(first.take()).toBe(0)
  })
})
