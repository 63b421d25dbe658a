import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blockBootstrap } from '../../src/evaluate/statistics/block-bootstrap.ts'
import { dateOf, hourOf, momentOf, monthOf } from '../../src/evaluate/statistics/calendar.ts'
import { deflatedSharpe } from '../../src/evaluate/statistics/deflated-sharpe.ts'
import { forwardReturn } from '../../src/evaluate/statistics/forward-return.ts'
import { MatchedTimes } from '../../src/evaluate/statistics/matched-times.ts'
import { median, quantile, shapeOf, variance, worstMean } from '../../src/evaluate/statistics/moments.ts'
import { normalQuantile } from '../../src/evaluate/statistics/normal-quantile.ts'
import { rSquared } from '../../src/evaluate/statistics/r-squared.ts'
import { thin } from '../../src/evaluate/statistics/thinning.ts'
import { walkForward } from '../../src/evaluate/statistics/walk-forward.ts'
import { wilson } from '../../src/evaluate/statistics/wilson.ts'
import { seededRandom } from '../../src/net/random.ts'
import { normalShare } from '../../src/signal/normal-distribution.ts'
import { isMissing, vectorsFolder } from '../support/shared-files.ts'

interface Vectors {
  readonly deflatedSharpe: readonly {
    readonly input: Parameters<typeof deflatedSharpe>[0]
    readonly expected: { readonly sr0: number; readonly dsr: number }
  }[]
  readonly wilson95: readonly {
    readonly hits: number
    readonly n: number
    readonly expected: { readonly rate: number; readonly low: number; readonly high: number }
  }[]
  readonly forwardReturn: readonly {
    readonly input: Readonly<Record<'entryPrice' | 'exitPrice' | 'takerFee' | 'mid0' | 'mid1', number>>
    readonly expected: { readonly grossMidBps: number; readonly netExecutableBps: number }
  }[]
}

describe.skipIf(isMissing(vectorsFolder))('the vectors of evaluation', () => {
  const vectors: Vectors = isMissing(vectorsFolder)
    ? { deflatedSharpe: [], wilson95: [], forwardReturn: [] }
    : JSON.parse(readFileSync(`${vectorsFolder}/eval/evaluation.json`, 'utf8'))

  it('deflated Sharpe ratio', () => {
    expect(vectors.deflatedSharpe.length).toBeGreaterThan(0)
    for (const { input, expected } of vectors.deflatedSharpe) {
      const found = deflatedSharpe(input)
      expect(Math.abs((found?.sr0 ?? 0) - expected.sr0)).toBeLessThan(1e-9)
      expect(Math.abs((found?.dsr ?? 0) - expected.dsr)).toBeLessThan(1e-9)
    }
  })

  it('Wilson interval', () => {
    expect(vectors.wilson95.length).toBeGreaterThan(0)
    for (const { hits, n, expected } of vectors.wilson95) {
      const found = wilson(hits, n)
      for (const part of ['rate', 'low', 'high'] as const)
        expect(Math.abs((found?.[part] ?? Number.NaN) - expected[part])).toBeLessThan(1e-9)
    }
  })

  it('gross at mid and net executable', () => {
    expect(vectors.forwardReturn.length).toBeGreaterThan(0)
    for (const { input, expected } of vectors.forwardReturn) {
      const { entryPrice, exitPrice, takerFee, mid0, mid1 } = input
      const terms = { entryPrice, exitPrice, entryMid: mid0, exitMid: mid1, entryFee: takerFee, exitFee: takerFee }
      const found = forwardReturn({ side: 1, ...terms })
      expect(Math.abs(found.grossMidBps - expected.grossMidBps)).toBeLessThan(1e-9)
      expect(Math.abs(found.netBps - expected.netExecutableBps)).toBeLessThan(1e-9)
    }
  })
})

describe('returns', () => {
  const free = { entryFee: 0, exitFee: 0 }

  it('a short earns what the price falls, in quote of a linear and in coins of an inverse contract', () => {
    const terms = { entryPrice: 100, exitPrice: 80, entryMid: 100, exitMid: 80, ...free }
    expect(forwardReturn({ side: -1, ...terms }).grossMidBps).toBeCloseTo(2000, 9)
    expect(forwardReturn({ side: -1, ...terms }).netBps).toBeCloseTo(2000, 9)
    const inverse = forwardReturn({ side: -1, ...terms, isInverse: true })
    // (1/80 − 1/100) coins per 1/100 coins laid in.
    expect(inverse.netBps).toBeCloseTo(2500, 9)
    expect(inverse.grossMidBps).toBeCloseTo(2500, 9)
  })

  it('a trade that nothing moves costs the spread, both fees and the funding', () => {
    fc.assert(
      fc.property(fc.constantFrom<1 | -1>(1, -1), fc.boolean(), (side, isInverse) => {
        const [entryPrice, exitPrice] = side === 1 ? [101, 99] : [99, 101]
        const mids = { entryMid: 100, exitMid: 100 }
        const fees = { entryFee: 0.001, exitFee: 0.001, funding: 0.0005 }
        const { grossMidBps, netBps } = forwardReturn({ side, entryPrice, exitPrice, ...mids, ...fees, isInverse })
        expect(Math.abs(grossMidBps)).toBe(0)
        expect(netBps).toBeLessThan(-218)
        expect(netBps).toBeGreaterThan(-232)
      }),
    )
  })
})

describe('figures', () => {
  it('the normal quantile is the inverse of the share', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1 - 1e-12, noNaN: true }), share => {
        expect(Math.abs(normalShare(normalQuantile(share)) - share)).toBeLessThan(1e-12)
      }),
    )
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 13)
    expect(normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY)
  })

  it('moments, ranks and tails; absent where they have no meaning', () => {
    expect(quantile([3, 1, 2, 4], 0.5)).toBe(2.5)
    expect(median([])).toBeUndefined()
    expect(variance([2, 4])).toBe(2)
    expect(variance([2])).toBeUndefined()
    expect(worstMean([5, -3, 1], 0.05)).toBe(-3)
    expect(shapeOf([1, 1, 1])).toBeUndefined()
    expect(shapeOf([0, 0, 0, 4])?.skew).toBeCloseTo(1.1547, 4)
    expect(wilson(0, 0)).toBeUndefined()
  })

  it('one trial has no bar to pass; more trials raise it', () => {
    const given = { sharpePerPeriod: 0.2, trialVariancePerPeriod: 0.01, periods: 100, skew: 0, kurtosis: 3 }
    const [one, ten, many] = [1, 10, 1000].map(trials => deflatedSharpe({ ...given, trials }))
    expect(one?.sr0).toBe(0)
    expect(one?.dsr).toBeCloseTo(normalShare((0.2 * Math.sqrt(99)) / Math.sqrt(1.02)), 12)
    expect(ten?.dsr).toBeLessThan(one?.dsr ?? 0)
    expect(many?.dsr).toBeLessThan(ten?.dsr ?? 0)
  })

  it('R² of a line is 1, of noise small, and absent without spread', () => {
    expect(
      rSquared([
        [0, 1],
        [1, 3],
        [2, 5],
      ]),
    ).toEqual({ r2: 1, slope: 2, n: 3 })
    expect(
      rSquared([
        [0, 1],
        [0, 3],
        [0, 5],
      ]),
    ).toBeUndefined()
    const random = seededRandom(3)
    const noise = Array.from({ length: 2000 }, () => [random(), random()] as const)
    expect(rSquared(noise)?.r2).toBeLessThan(0.01)
  })

  it('the bootstrap covers a true mean about as often as it says, the same for the same seed', () => {
    const random = seededRandom(11)
    let covered = 0
    for (let round = 0; round < 100; round++) {
      const values = Array.from({ length: 80 }, (_, at) => ({ timeUs: at * 10, value: random() + random() - 1 }))
      const found = blockBootstrap(values, { blockUs: 10, seed: round, draws: 400 })
      expect(found).toEqual(blockBootstrap(values, { blockUs: 10, seed: round, draws: 400 }))
      if (found !== undefined && found.low <= 0 && found.high >= 0) covered++
    }
    expect(covered).toBeGreaterThan(85)
    expect(blockBootstrap([{ timeUs: 0, value: 1 }], { blockUs: 10, seed: 1 })).toBeUndefined()
  })

  it('what overlaps in time makes an interval wider when it is kept together', () => {
    const values = Array.from({ length: 400 }, (_, at) => ({ timeUs: at, value: Math.floor(at / 20) % 2 }))
    const apart = blockBootstrap(values, { blockUs: 1, seed: 1 })
    const together = blockBootstrap(values, { blockUs: 20, seed: 1 })
    const width = (found: typeof apart): number => (found?.high ?? 0) - (found?.low ?? 0)
    expect(width(together)).toBeGreaterThan(2 * width(apart))
  })
})

describe('time', () => {
  it('thinning keeps the first of what overlaps, each instrument by itself', () => {
    const span = (instrument: string, entryTimeUs: number) => ({
      instrument,
      entryTimeUs,
      exitTimeUs: entryTimeUs + 10,
    })
    const kept = thin([span('b', 5), span('a', 0), span('a', 5), span('a', 10), span('b', 14), span('b', 15)])
    expect(kept.map(each => [each.instrument, each.entryTimeUs])).toEqual([
      ['a', 0],
      ['b', 5],
      ['a', 10],
      ['b', 15],
    ])
  })

  it('a fold learns nothing from within its embargo', () => {
    const folds = walkForward(0, 500, 5, 30)
    expect(folds.map(fold => [fold.fitUntilUs, fold.testFromUs, fold.testUntilUs])).toEqual([
      [70, 100, 200],
      [170, 200, 300],
      [270, 300, 400],
      [370, 400, 500],
    ])
    expect(walkForward(0, 500, 5, 100)).toEqual([])
  })

  it('matched moments are of the same stratum, not near, and the same for the same seed', () => {
    const moments = Array.from({ length: 100 }, (_, at) => ({ timeUs: at, stratum: at % 2 === 0 ? 'even' : 'odd' }))
    const draw = (): readonly number[] =>
      new MatchedTimes(moments, seededRandom(5)).draw({ timeUs: 50, stratum: 'even' }, 20, 10)
    expect(draw()).toHaveLength(20)
    expect(draw()).toEqual(draw())
    for (const timeUs of draw()) {
      expect(timeUs % 2).toBe(0)
      expect(Math.abs(timeUs - 50)).toBeGreaterThanOrEqual(10)
    }
    expect(new MatchedTimes(moments, seededRandom(5)).draw({ timeUs: 50, stratum: 'other' }, 20, 10)).toEqual([])
  })

  it('the calendar is that of Date', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800 }), second => {
        const iso = new Date(second * 1000).toISOString()
        const timeUs = second * 1_000_000
        expect(dateOf(timeUs)).toBe(iso.slice(0, 10))
        expect(monthOf(timeUs)).toBe(iso.slice(0, 7))
        expect(hourOf(timeUs)).toBe(Number(iso.slice(11, 13)))
        expect(momentOf(timeUs)).toBe(iso.slice(0, 19).replace('T', ' '))
      }),
    )
  })
})
