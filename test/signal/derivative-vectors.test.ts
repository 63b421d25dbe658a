import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Level } from '../../src/model/event.ts'
import { arbitrageAt, bestArbitrage } from '../../src/signal/cross/arbitrage.ts'
import { leadLag, type MidSeries } from '../../src/signal/cross/lead-lag.ts'
import { Cascade } from '../../src/signal/derivative/cascade.ts'
import { annualPercent, payerOf, per8Hours } from '../../src/signal/derivative/funding.ts'
import { annualisedPercent, premiumBps } from '../../src/signal/derivative/premium.ts'
import { quadrantOf } from '../../src/signal/derivative/quadrant.ts'
import { enteredState, heldState, tensionScore } from '../../src/signal/derivative/tension-rule.ts'
import { isMissing, vectorsFolder } from '../support/shared-files.ts'

function vector<Shape>(name: string): Shape {
  const shape: Shape = JSON.parse(readFileSync(`${vectorsFolder}/flow/${name}.json`, 'utf8'))
  return shape
}

function near(got: number | undefined, expected: number, tolerance: number): void {
  expect(got).toBeDefined()
  expect(Math.abs((got ?? Number.NaN) - expected)).toBeLessThanOrEqual(tolerance)
}

const skip = isMissing(vectorsFolder)

describe.skipIf(skip)('known answers of derivatives', () => {
  it('funding against flow: entry classification', () => {
    const { params, input, expected, tolerance } = vector<{
      readonly params: {
        readonly minFunding8h: number
        readonly minBuyShare: number
        readonly fundingSaturation8h: number
        readonly deltaSaturation: number
      }
      readonly input: readonly Readonly<Record<'fundingRate' | 'intervalHours' | 'buyVolume' | 'sellVolume', number>>[]
      readonly expected: readonly {
        readonly f8: number
        readonly annualPct: number
        readonly buyShare: number
        readonly state: string
        readonly score: number
        readonly payer: string
      }[]
      readonly tolerance: number
    }>('funding_tension')
    for (const [index, row] of input.entries()) {
      const wanted = expected[index]
      if (wanted === undefined) throw new Error('the vector is incomplete')
      const f8 = per8Hours(row.fundingRate, row.intervalHours)
      const buyShare = row.buyVolume / (row.buyVolume + row.sellVolume)
      const state = enteredState(f8, buyShare, params)
      near(f8, wanted.f8, tolerance)
      near(annualPercent(row.fundingRate, row.intervalHours), wanted.annualPct, 1e-9)
      near(buyShare, wanted.buyShare, tolerance)
      expect(state).toBe(wanted.state)
      expect(heldState('none', f8, buyShare, params)).toBe(wanted.state)
      near(tensionScore(state, f8, buyShare, params), wanted.score, tolerance)
      expect(payerOf(row.fundingRate)).toBe(wanted.payer)
    }
  })

  it('basis', () => {
    const { input, expected, tolerance } = vector<{
      readonly input: readonly {
        readonly price: number
        readonly reference: number
        readonly daysToExpiry: number | null
      }[]
      readonly expected: readonly { readonly premiumBps: number; readonly annualisedPct?: number }[]
      readonly tolerance: number
    }>('basis')
    for (const [index, { price, reference, daysToExpiry }] of input.entries()) {
      near(premiumBps(price, reference), expected[index]?.premiumBps ?? Number.NaN, tolerance)
      const annualised = expected[index]?.annualisedPct
      if (annualised !== undefined) near(annualisedPercent(price, reference, daysToExpiry ?? 0), annualised, tolerance)
    }
    expect(annualisedPercent(61_200, 60_000, 1)).toBeUndefined()
    expect(premiumBps(100, 0)).toBeUndefined()
  })

  it('price and open interest', () => {
    const { params, input, expected, tolerance } = vector<{
      readonly params: { readonly minPriceChange: number; readonly minOiChange: number }
      readonly input: readonly Readonly<Record<'p0' | 'p1' | 'oi0' | 'oi1', number>>[]
      readonly expected: readonly {
        readonly priceChangePct: number
        readonly oiChangePct: number
        readonly quadrant: string
      }[]
      readonly tolerance: number
    }>('oi_quadrant')
    for (const [index, { p0, p1, oi0, oi1 }] of input.entries()) {
      const wanted = expected[index]
      near((p1 / p0 - 1) * 100, wanted?.priceChangePct ?? Number.NaN, tolerance)
      near((oi1 / oi0 - 1) * 100, wanted?.oiChangePct ?? Number.NaN, tolerance)
      expect(quadrantOf(p1 / p0 - 1, oi1 / oi0 - 1, params)).toBe(wanted?.quadrant)
    }
  })

  it('liquidation cascade', () => {
    const { params, input, expected, tolerance } = vector<{
      readonly params: Readonly<Record<string, number>>
      readonly input: readonly { readonly ts: number; readonly quote: number; readonly position: 'long' | 'short' }[]
      readonly expected: {
        readonly trace: readonly Readonly<
          Record<'ts' | 'fastRate' | 'baseRate' | 'ratio' | 'windowQuote' | 'windowCount', number>
        >[]
        readonly events: readonly unknown[]
      }
      readonly tolerance: number
    }>('liquidation_cascade')
    const rule = {
      fastHalfLifeMs: (params['fastHalfLifeS'] ?? 0) * 1000,
      slowHalfLifeMs: (params['slowHalfLifeS'] ?? 0) * 1000,
      windowMs: (params['windowS'] ?? 0) * 1000,
      onRatio: params['onRatio'] ?? 0,
      floorRate: params['floorRate'] ?? 0,
      minQuote: params['minQuote'] ?? 0,
      minCount: params['minCount'] ?? 0,
      endQuietMs: (params['endQuietS'] ?? 0) * 1000,
    }
    const sides = { long: new Cascade(rule), short: new Cascade(rule) }
    const events: unknown[] = []
    for (const [index, { ts, quote, position }] of input.entries()) {
      for (const side of ['long', 'short'] as const) {
        const endsAtUs = sides[side].endsAtUs
        if (endsAtUs === undefined || ts * 1000 < endsAtUs) continue
        const ended = sides[side].close()
        events.push({
          ts: endsAtUs / 1000,
          type: 'end',
          position: side,
          totalQuote: ended?.totalQuote,
          count: ended?.count,
          durationMs: ((ended?.lastUs ?? 0) - (ended?.firstUs ?? 0)) / 1000,
        })
      }
      const step = sides[position].add(ts * 1000, 100, quote)
      const wanted = expected.trace[index]
      for (const name of ['fastRate', 'baseRate', 'ratio', 'windowQuote', 'windowCount'] as const)
        near(step[name], wanted?.[name] ?? Number.NaN, tolerance)
      if (step.isStart)
        events.push({ ts, type: 'start', position, windowQuote: step.windowQuote, count: step.windowCount })
    }
    expect(events).toEqual(expected.events)
  })
})

describe.skipIf(skip)('known answers across venues', () => {
  it('arbitrage', () => {
    const { params, input, expected, tolerance } = vector<{
      readonly params: Readonly<Record<'takerFeeBuy' | 'takerFeeSell' | 'quoteFx', number>>
      readonly input: { readonly asksBuyVenue: readonly Level[]; readonly bidsSellVenue: readonly Level[] }
      readonly expected: {
        readonly bySize: readonly {
          readonly qty: number
          readonly buyVwap?: number
          readonly sellVwap?: number
          readonly grossBps?: number
          readonly netBps?: number
          readonly netQuote?: number
          readonly net?: null
        }[]
        readonly maxQty: number
        readonly maxProfitQuote: number
      }
      readonly tolerance: number
    }>('arbitrage')
    const terms = { feeBuy: params.takerFeeBuy, feeSell: params.takerFeeSell, quoteFx: params.quoteFx }
    const { asksBuyVenue: asks, bidsSellVenue: bids } = input
    for (const wanted of expected.bySize) {
      const got = arbitrageAt(asks, bids, wanted.qty, terms)
      if (wanted.net === null) {
        expect(got).toBeUndefined()
        continue
      }
      for (const name of ['buyVwap', 'sellVwap', 'grossBps', 'netBps', 'netQuote'] as const)
        near(got?.[name], wanted[name] ?? Number.NaN, tolerance)
    }
    const best = bestArbitrage(asks, bids, terms)
    near(best.maxQuantity, expected.maxQty, tolerance)
    near(best.profitQuote, expected.maxProfitQuote, tolerance)
    expect(best.isLimitedByDepth).toBe(false)
  })

  it('lead and lag', () => {
    const { params, input, expected, tolerance } = vector<{
      readonly params: { readonly gridMs: readonly number[] }
      readonly input: { readonly a: MidSeries; readonly b: MidSeries }
      readonly expected: {
        readonly rho: Readonly<Record<string, number>>
        readonly lagMs: number
        readonly llr: number
      }
      readonly tolerance: number
    }>('lead_lag_hy')
    const got = leadLag(input.a, input.b, { gridMs: params.gridMs, minChanges: 4 })
    for (const [shift, value] of Object.entries(expected.rho)) near(got?.rho.get(Number(shift)), value, tolerance)
    expect(got?.lagMs).toBe(expected.lagMs)
    near(got?.llr, expected.llr, tolerance)
    expect(got?.leader).toBe('a')
    const mirrored = leadLag(input.b, input.a, { gridMs: params.gridMs, minChanges: 4 })
    expect([mirrored?.lagMs, mirrored?.leader]).toEqual([-100, 'b'])
    const vague = leadLag(input.a, input.b, { gridMs: params.gridMs, minChanges: 4, offsetUncertaintyMs: 100 })
    expect(vague?.leader).toBe('none')
    expect(leadLag(input.a, input.b)).toBeUndefined()
  })
})
