import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Level } from '../../src/model/event.ts'
import { instrumentId } from '../../src/model/instrument.ts'
import { epochUs } from '../../src/model/time.ts'
import { arbitrageAt, bestArbitrage } from '../../src/signal/cross/arbitrage.ts'
import { arbitrageEvent } from '../../src/signal/cross/arbitrage-event.ts'
import { LEAD_LAG_GRID, leadLag } from '../../src/signal/cross/lead-lag.ts'
import { Persistence } from '../../src/signal/cross/persistence.ts'
import { type SpreadLeg, spreadTable } from '../../src/signal/cross/spread-table.ts'

const leg = (id: string, over: Partial<SpreadLeg> = {}): SpreadLeg => ({
  instrument: instrumentId(id),
  bestBid: 100,
  bestAsk: 100.1,
  isSynced: true,
  ageMs: 10,
  clockOffsetMs: 1,
  fee: 0.0005,
  quoteFx: 1,
  ...over,
})

describe('spread table', () => {
  it('compares every ordered pair in basis points of the mean mid', () => {
    const rows = spreadTable([leg('a:X'), leg('b:X', { bestBid: 101, bestAsk: 101.1 }), leg('c:X')])
    expect(rows).toHaveLength(6)
    const row = rows.find(({ buy, sell }) => buy === 'a:X' && sell === 'b:X')
    expect(row?.spreadBps).toBeCloseTo(((101 - 100.1) / 100.55) * 10_000, 9)
    expect(row?.feeSumBps).toBeCloseTo(10, 9)
    expect(row?.isLive).toBe(true)
  })

  it.each([
    [{ isSynced: false }, 'not synced'],
    [{ ageMs: 501 }, '501 ms old'],
    [{ clockOffsetMs: undefined }, 'clock offset'],
    [{ quoteFx: undefined }, 'quote currency'],
    [{ bestBid: 101 }, 'crossed'],
    [{ bestAsk: undefined }, 'empty'],
  ] as const)('does not call a row live with %o (%s), and says why', (over, reason) => {
    const [row] = spreadTable([leg('a:X', over), leg('b:X')])
    expect(row?.isLive).toBe(false)
    expect(row?.reasons.join()).toContain(reason)
  })
})

describe('arbitrage', () => {
  const side = (sign: 1 | -1) =>
    fc
      .array(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 100 })), {
        minLength: 1,
        maxLength: 8,
      })
      .map(steps => {
        let price = 1000
        return steps.map(([step, size]): Level => [(price += sign * step) / 10, size / 10])
      })

  it('finds the size beyond which nothing is earned: no other size earns more', () => {
    fc.assert(
      fc.property(
        side(1),
        side(-1),
        fc.integer({ min: -100, max: 100 }),
        fc.double({ min: 0, max: 0.002, noNaN: true }),
        (asks, bids, shift, fee) => {
          const moved = bids.map(([price, size]): Level => [price + shift / 10, size])
          const terms = { feeBuy: fee, feeSell: fee, quoteFx: 1 }
          const best = bestArbitrage(asks, moved, terms)
          const at = arbitrageAt(asks, moved, best.maxQuantity, terms)
          if (best.maxQuantity === 0) expect(at).toBeUndefined()
          else expect(at?.netQuote ?? best.profitQuote).toBeCloseTo(best.profitQuote, 6)
          for (const part of [0.25, 0.5, 0.9, 1.1, 2]) {
            const other = arbitrageAt(asks, moved, best.maxQuantity * part, terms)
            if (other !== undefined) expect(other.netQuote).toBeLessThanOrEqual(best.profitQuote + 1e-9)
          }
        },
      ),
    )
  })

  it('says when a book ended before the profit did, and has no value without a book', () => {
    const terms = { feeBuy: 0, feeSell: 0, quoteFx: 1 }
    expect(bestArbitrage([[100, 1]], [[101, 5]], terms)).toEqual({
      maxQuantity: 1,
      profitQuote: 1,
      isLimitedByDepth: true,
    })
    expect(bestArbitrage([], [[101, 5]], terms)).toEqual({ maxQuantity: 0, profitQuote: 0, isLimitedByDepth: false })
    expect(arbitrageAt([], [[101, 5]], 1, terms)).toBeUndefined()
    // A quote currency that is worth less turns it round.
    expect(bestArbitrage([[100, 1]], [[101, 5]], { ...terms, quoteFx: 0.98 }).maxQuantity).toBe(0)
  })

  it('is reported once it has lasted, with its lifetime and largest size', () => {
    const persistence = new Persistence(0, 250)
    const observe = (ms: number, bps: number | undefined, size = 1) =>
      persistence.observe(epochUs(ms * 1000), bps, size)
    expect(observe(0, 5)).toBeUndefined()
    expect(observe(100, -1)).toBeUndefined()
    expect(observe(200, 5, 2)).toBeUndefined()
    expect(observe(400, 7, 1)).toBeUndefined()
    expect(observe(450, 6, 1)?.phase).toBe('start')
    expect(observe(500, 4, 3)).toMatchObject({
      phase: 'update',
      opportunity: { bestNetBps: 7, maxQuantity: 3, lifetimeMs: 300 },
    })
    expect(observe(600, undefined)).toMatchObject({ phase: 'end', opportunity: { lifetimeMs: 300 } })
    expect(observe(700, 0)).toBeUndefined()
  })
})

describe('what is said of an arbitrage', () => {
  it('names both markets, net figures, fees with their date, and what was not counted', () => {
    const asks: readonly Level[] = [[100, 1]]
    const bids: readonly Level[] = [
      [100.5, 0.5],
      [100.4, 1],
    ]
    const terms = { feeBuy: 0.0005, feeSell: 0.001, quoteFx: 1, feesAsOf: '2026-11-21' }
    const persistence = new Persistence()
    const fill = arbitrageAt(asks, bids, 0.5, terms)
    persistence.observe(epochUs(0), fill?.netBps, 1)
    const change = persistence.observe(epochUs(300_000), fill?.netBps, 1)
    if (change === undefined) throw new Error('it has lasted')
    const facts = {
      buy: instrumentId('a:X'),
      sell: instrumentId('b:X'),
      change,
      fill,
      best: bestArbitrage(asks, bids, terms),
      terms,
      minNetBps: 0,
      persistMs: 250,
      params: {},
      receiveTimeUs: epochUs(300_000),
      quality: { n: 2, sinceUs: epochUs(0), lateDropped: 0, gaps: 0, ageMs: 0, state: 'ok' as const },
    }
    const event = arbitrageEvent(facts)
    expect(event.headline).toBe('buying a:X and selling b:X is worth +34.9 bps net of fees, at most 1 base, for 0.3 s')
    expect(event.reasons.every(reason => reason.pass)).toBe(true)
    expect(event.notes.join()).toContain('15.0 bps together, as of 2026-11-21')
    expect(event.notes.join()).toContain('Not counted: withdrawal')
    expect(event.against.join()).toContain('depth')
    const costly = arbitrageEvent({ ...facts, costs: [{ name: 'withdrawal', bps: 40 }] })
    expect(costly.values['netBps']).toBeCloseTo(34.9325 - 40, 3)
    expect(costly.reasons[0]?.pass).toBe(false)
    expect(costly.notes.join()).toContain('withdrawal: 40.0 bps')
  })
})

describe('lead and lag', () => {
  const walk = fc.array(fc.tuple(fc.integer({ min: 1, max: 400 }), fc.constantFrom(-2, -1, 1, 2)), {
    minLength: 20,
    maxLength: 60,
  })

  it('correlates wholly at the delay of a copy', () => {
    fc.assert(
      fc.property(walk, fc.integer({ min: -40, max: 40 }), (steps, delay) => {
        let ms = 0
        let price = 10_000
        const a = steps.map(([pause, change]): readonly [number, number] => [(ms += pause), (price += change)])
        const b = a.map(([time, mid]): readonly [number, number] => [time + delay * 25, mid])
        expect(leadLag(a, b, { minChanges: 10 })?.rho.get(delay * 25)).toBeCloseTo(1, 9)
      }),
      { numRuns: 50 },
    )
  })

  it.each([-150, 0, 75, 1975])('finds a delay of %i ms on the grid, whoever leads', delay => {
    expect(LEAD_LAG_GRID).toHaveLength(161)
    let x = 12_345
    let ms = 0
    let price = 100_000
    const next = (): number => (x = (x * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648
    const a = Array.from({ length: 500 }, (): readonly [number, number] => [
      (ms += 1 + Math.floor(next() * 300)),
      (price += next() < 0.5 ? -1 : 1),
    ])
    const b = a.map(([time, mid]): readonly [number, number] => [time + delay, mid])
    const got = leadLag(a, b, { offsetUncertaintyMs: 20 })
    expect([got?.lagMs, got?.leader]).toEqual([delay, delay === 0 ? 'none' : delay > 0 ? 'a' : 'b'])
    expect(got?.changes).toEqual([499, 499])
    if (delay !== 0) expect((got?.llr ?? 0) > 1).toBe(delay > 0)
    expect(leadLag(a, b, { offsetUncertaintyMs: 2000 })?.leader).toBe('none')
  })

  it('agrees with the definition, pair by pair', () => {
    fc.assert(
      fc.property(walk, walk, fc.integer({ min: -20, max: 20 }), (left, right, step) => {
        const series = (steps: typeof left) => {
          let ms = 0
          let price = 10_000
          return steps.map(([pause, change]): readonly [number, number] => [(ms += pause), (price += change)])
        }
        const [a, b, shift] = [series(left), series(right), step * 25]
        const changes = (of: typeof a) =>
          of
            .slice(1)
            .map(([end, mid], at) => ({ start: of[at]?.[0] ?? 0, end, r: Math.log(mid / (of[at]?.[1] ?? mid)) }))
        let sum = 0
        for (const x of changes(a))
          for (const y of changes(b))
            if (Math.max(x.start, y.start - shift) < Math.min(x.end, y.end - shift)) sum += x.r * y.r
        const squares = (of: typeof a): number => changes(of).reduce((total, { r }) => total + r * r, 0)
        const got = leadLag(a, b, { gridMs: [shift], minChanges: 2 })
        expect(got?.rho.get(shift)).toBeCloseTo(sum / Math.sqrt(squares(a) * squares(b)), 9)
      }),
      { numRuns: 100 },
    )
  })

  it('has no value of series that do not move', () => {
    const still = Array.from({ length: 400 }, (_, index): readonly [number, number] => [index, 100])
    expect(leadLag(still, still)).toBeUndefined()
    expect(() => leadLag(still, still, { gridMs: [] })).toThrow(/gridMs/)
  })
})
