import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Level } from '../../src/model/event.ts'
import { fateOf, pulledShare } from '../../src/signal/book/fate.ts'
import { bandImbalance, decayImbalance, levelImbalance } from '../../src/signal/book/imbalance.ts'
import { solveMicroprice } from '../../src/signal/book/microprice-model.ts'
import { multiLevelFlow, orderFlow, touchAt } from '../../src/signal/book/order-flow.ts'
import { MultiLevelFlowWindow, OrderFlowWindow } from '../../src/signal/book/order-flow-window.ts'
import { SpreadAnomaly } from '../../src/signal/book/spread-anomaly.ts'
import { midOf, spreadBps, spreadTicks, type Touch, weightedMid } from '../../src/signal/book/touch.ts'
import { isMissing, vectorsFolder } from '../support/shared-files.ts'
import { bookOf } from './book-of.ts'

interface BookVector {
  readonly input: readonly { readonly bids: readonly Level[]; readonly asks: readonly Level[] }[]
  readonly expected: readonly {
    readonly mid: number
    readonly spreadBps: number
    readonly imbalance: Readonly<Record<string, number>>
    readonly imbalanceBps: Readonly<Record<string, number>>
    readonly imbalanceDecay: number
    readonly weightedMid: number
  }[]
  readonly expectedMlofi: readonly (readonly number[])[]
  readonly tolerance: number
}

function vector<Shape>(name: string): Shape {
  const shape: Shape = JSON.parse(readFileSync(`${vectorsFolder}/flow/${name}.json`, 'utf8'))
  return shape
}

function near(got: number | undefined, expected: number, tolerance: number): void {
  expect(got).toBeDefined()
  expect(Math.abs((got ?? Number.NaN) - expected)).toBeLessThanOrEqual(tolerance)
}

const skip = isMissing(vectorsFolder)

describe.skipIf(skip)('known answers of the book', () => {
  it('imbalance, weighted mid, spread', () => {
    const { input, expected, tolerance } = vector<BookVector>('book_imbalance_microprice')
    for (const [index, { bids, asks }] of input.entries()) {
      const wanted = expected[index]
      const touch = touchAt(bids, asks, 0)
      if (wanted === undefined || touch === undefined) throw new Error('the vector is incomplete')
      near(midOf(touch), wanted.mid, tolerance)
      near(spreadBps(touch), wanted.spreadBps, tolerance)
      near(weightedMid(touch), wanted.weightedMid, tolerance)
      for (const [levels, value] of Object.entries(wanted.imbalance))
        near(levelImbalance(bids, asks, Number(levels))?.value, value, tolerance)
      for (const [bps, value] of Object.entries(wanted.imbalanceBps)) {
        const band = bandImbalance(bookOf(bids, asks), Number(bps))
        expect(band?.isComplete).toBe(true)
        near(band?.imbalance?.value, value, tolerance)
      }
      near(decayImbalance(bids, asks, 3, 0.5)?.value, wanted.imbalanceDecay, tolerance)
    }
  })

  it('multi-level order flow', () => {
    const { input, expectedMlofi, tolerance } = vector<BookVector>('book_imbalance_microprice')
    const window = new MultiLevelFlowWindow(10_000, 3)
    const touches = input.map(({ bids, asks }) => [0, 1, 2].map(level => touchAt(bids, asks, level)))
    for (const [index, now] of touches.entries()) {
      const streamed = window.add(index * 1_000_000, now)
      if (index === 0) {
        expect(streamed).toEqual([0, 0, 0])
        continue
      }
      const batched = multiLevelFlow(touches[index - 1] ?? [], now, 3)
      expect(streamed).toEqual(batched)
      for (const [level, value] of (expectedMlofi[index - 1] ?? []).entries()) near(batched[level], value, tolerance)
    }
    expect(window.vector).toEqual([4, 0, -0.5])
  })

  it('order flow of the best quotes', () => {
    const { input, expected, tolerance } = vector<{
      readonly input: readonly {
        readonly bid: number
        readonly bidQty: number
        readonly ask: number
        readonly askQty: number
      }[]
      readonly expected: {
        readonly events: readonly number[]
        readonly sum: number
        readonly averageDepth: number
        readonly normalised: number
      }
      readonly tolerance: number
    }>('ofi_top_of_book')
    const touches = input.map(
      (row): Touch => ({ bidPrice: row.bid, bidQuantity: row.bidQty, askPrice: row.ask, askQuantity: row.askQty }),
    )
    const window = new OrderFlowWindow(10_000)
    const streamed = touches.map((touch, index) => window.add(index * 1_000_000, touch))
    expect(streamed[0]).toBe(0)
    for (const [index, value] of expected.events.entries()) {
      near(streamed[index + 1], value, tolerance)
      const [before, after] = [touches[index], touches[index + 1]]
      if (before !== undefined && after !== undefined) expect(orderFlow(before, after)).toBe(streamed[index + 1])
    }
    expect(streamed).toHaveLength(expected.events.length + 1)
    near(window.sum, expected.sum, tolerance)
    near(window.averageDepth, expected.averageDepth, tolerance)
    near(window.normalised, expected.normalised, tolerance)
  })

  it('micro-price', () => {
    const { params, input, expected, tolerance } = vector<{
      readonly params: { readonly K: readonly number[] }
      readonly input: Readonly<Record<'Q' | 'R1' | 'R2', readonly (readonly number[])[]>>
      readonly expected: {
        readonly G1: readonly number[]
        readonly B: readonly (readonly number[])[]
        readonly Gstar: readonly number[]
      }
      readonly tolerance: number
    }>('microprice_markov')
    const solution = solveMicroprice({ q: input.Q, r1: input.R1, r2: input.R2, k: params.K })
    for (const [index, value] of expected.G1.entries()) near(solution?.g1[index], value, tolerance)
    for (const [index, value] of expected.Gstar.entries()) near(solution?.g[index], value, tolerance)
    for (const [row, values] of expected.B.entries())
      for (const [column, value] of values.entries()) near(solution?.b[row]?.[column], value, tolerance)
  })

  it('spread widening', () => {
    const { params, input, expected } = vector<{
      readonly params: Readonly<Record<'window' | 'k' | 'minTicks' | 'tick' | 'holdSamples' | 'offRatio', number>>
      readonly input: readonly (readonly [number, number])[]
      readonly expected: readonly {
        readonly ticks: number
        readonly base: number | null
        readonly ratio: number | null
        readonly event: 'on' | 'off' | null
      }[]
    }>('spread_widening')
    const { window, k, minTicks, holdSamples, offRatio, tick } = params
    const anomaly = new SpreadAnomaly({ window, factor: k, minTicks, holdSamples, endFactor: offRatio })
    const got = input.map(([bidPrice, askPrice]) => {
      const ticks = spreadTicks({ bidPrice, bidQuantity: 1, askPrice, askQuantity: 1 }, tick)
      const { base, ratio, change } = anomaly.sample(ticks)
      const event = change === 'start' ? 'on' : change === 'end' ? 'off' : null
      return { ticks, base: base ?? null, ratio: ratio ?? null, event }
    })
    expect(got).toEqual(expected.map(({ ticks, base, ratio, event }) => ({ ticks, base, ratio, event })))
    expect(anomaly.peakTicks).toBe(5)
  })

  it('fate of liquidity', () => {
    const { input, expected } = vector<{
      readonly input: readonly { readonly before: number; readonly after: number; readonly traded: number }[]
      readonly expected: readonly Readonly<Record<'consumed' | 'pulled' | 'added' | 'hidden', number>>[]
    }>('liquidity_fate')
    expect(input.map(({ before, after, traded }) => fateOf(before, after, traded))).toEqual(expected)
    expect(pulledShare({ consumed: 2, pulled: 4 })).toBeCloseTo(2 / 3, 12)
    expect(pulledShare({ consumed: 0, pulled: 0 })).toBeUndefined()
  })
})
