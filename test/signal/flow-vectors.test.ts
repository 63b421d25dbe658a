import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createSignal } from '../../src/signal/catalogue.ts'
import { PrintBaseline } from '../../src/signal/flow/print-baseline.ts'
import { bulkImbalance, VolumeBuckets } from '../../src/signal/flow/vpin-buckets.ts'
import type { SignalValue } from '../../src/signal/signal.ts'
import { isMissing, vectorsFolder } from '../support/shared-files.ts'
import { contract, feed, quote, START_MS, trade } from './signal-feeding.ts'

/** Files of known answers have no type of their own. */
function vectors(name: string) {
  return JSON.parse(readFileSync(`${vectorsFolder}/flow/${name}.json`, 'utf8'))
}

interface Row {
  readonly ts: number
  readonly price: number
  readonly qty: number
  readonly side: 'buy' | 'sell'
}

const trades = (rows: readonly Row[], fromMs = 0) => {
  return rows.map(({ ts, price, qty, side }) => trade(fromMs + ts, price, qty, side))
}

/** Each named figure within the tolerance; null must be no value at all. */
function expectFigures(got: SignalValue['values'], wanted: Readonly<Record<string, number | null>>, tolerance: number) {
  for (const [name, value] of Object.entries(wanted)) {
    const found = got?.[name]
    if (value === null) expect([name, found]).toEqual([name, undefined])
    else expect([name, Math.abs(Number(found) - value) <= tolerance]).toEqual([name, true])
  }
}

describe.skipIf(isMissing(vectorsFolder))('known answers of trade flow', () => {
  it('aggressor volume of slices, and their cumulative delta', () => {
    const { input, expected, tolerance, params } = vectors('aggressor_volume_cvd')
    const inputs = trades(input)
    const volume = feed(createSignal('flow.volume', contract, params), inputs, START_MS + 10_000)
    expect(volume.values.filter(value => value.state !== 'stale')).toHaveLength(expected.length)
    const cvd = feed(createSignal('flow.cvd', contract), inputs)
    for (const [at, { open, cvd: total, ...figures }] of expected.entries()) {
      const said = volume.values[at]
      expect(said?.state).toBe('ok')
      expect(said?.values?.['openTimeUs']).toBe(open * 1000)
      expectFigures(said?.values, figures, tolerance)
      const last = cvd.values.filter(value => value.timeUs < (open + params.bucketMs) * 1000).at(-1)
      expect(Math.abs((last?.value ?? Number.NaN) - total)).toBeLessThanOrEqual(tolerance)
    }
  })

  it('sizes of prints against those before', () => {
    const { input, expected, degenerate, tolerance } = vectors('print_zscore')
    const baseline = new PrintBaseline(2000)
    for (const size of input.baseline) baseline.add(size)
    for (const [at, candidate] of input.candidates.entries()) {
      expectFigures({ ...baseline.judge(candidate) }, expected[at], tolerance)
    }
    const equal = new PrintBaseline(2000)
    for (const size of degenerate.baseline) equal.add(size)
    expectFigures({ ...equal.judge(degenerate.candidate) }, degenerate.expected, tolerance)
    // The same through the signal, trade by trade: one print per time.
    const sizes = [...input.baseline, input.candidates[0], 1]
    const inputs = sizes.map((size: number, at: number) => trade(START_MS + at * 10, 1, size, 'buy'))
    const signal = createSignal('flow.print', contract, { minBaseline: 9, minQuote: 400 })
    const { values, events } = feed(signal, inputs)
    expect(values.map(value => value.state)).toEqual([...Array(9).fill('warming'), 'ok'])
    expect(values[9]?.value).toBeCloseTo(expected[0].z, 8)
    expect(events).toHaveLength(1)
  })

  it('buckets of equal volume, signed', () => {
    const { input, expected, tolerance, params } = vectors('vpin')
    const signal = createSignal('flow.vpin', contract, params)
    const { values } = feed(signal, trades(input, START_MS))
    expect(values).toHaveLength(expected.length)
    const found: Record<string, number>[] = []
    const buckets = new VolumeBuckets()
    for (const row of input) {
      buckets.add(
        row.side,
        row.qty,
        row.price,
        row.ts,
        () => params.bucketVolume,
        ({ buy, sell, volume }) => {
          found.push({ buy, sell, imbalance: Math.abs(buy - sell) / volume })
        },
      )
    }
    for (const [at, { ts, vpin, ...figures }] of expected.entries()) {
      expect(values[at]?.timeUs).toBe((START_MS + ts) * 1000)
      expect(values[at]?.state).toBe(vpin === null ? 'warming' : 'ok')
      expectFigures({ vpin: values[at]?.value }, { vpin }, tolerance)
      expectFigures(found[at], figures, tolerance)
    }
  })

  it('buckets of equal volume, by bulk classification', () => {
    const { bvc } = vectors('vpin')
    const { input, params, expected, tolerance } = bvc
    const last = input.slice(-params.window)
    expectFigures({ ...bulkImbalance(last) }, expected, tolerance)
    // The same through the signal: trades that fill one bucket each.
    let price = 100
    const rows = input.map(({ priceChange, volume }: { priceChange: number; volume: number }, at: number) => {
      price += priceChange
      return trade(START_MS + at, price, volume, 'buy')
    })
    const first = trade(START_MS - 1, 100, 10, 'sell')
    const signal = createSignal('flow.vpin', contract, { bucketVolume: 10, window: 3, mode: 'bvc' })
    expectFigures({ vpin: feed(signal, [first, ...rows]).last?.value }, { vpin: expected.vpin }, tolerance)
  })

  it('markouts, told once a later quote proves the mid', () => {
    const { input, expected, tolerance, params } = vectors('markout')
    const inputs = [
      ...trades(input.trades, START_MS),
      ...input.mids.map(([ts, mid]: readonly [number, number]) => quote(START_MS + ts, mid, mid)),
    ].sort((a, b) => Number(a.exchangeTimeUs) - Number(b.exchangeTimeUs))
    const options = { horizonsMs: String(params.horizonMs) }
    const { last } = feed(createSignal('flow.markout', contract, options), inputs)
    expect(Math.abs((last?.value ?? Number.NaN) - expected.weighted)).toBeLessThanOrEqual(tolerance)
    expect(last?.quality.n).toBe(expected.each.length)
    for (const [at, wanted] of expected.each.entries()) {
      const own = inputs.filter(entry => entry.kind === 'quote' || entry.price === input.trades[at].price)
      const { last: alone } = feed(createSignal('flow.markout', contract, options), own)
      expect(Math.abs((alone?.value ?? Number.NaN) - wanted)).toBeLessThanOrEqual(tolerance)
    }
  })

  it('a footprint with its point of control, value area and imbalances', () => {
    const { input, params, expected, tolerance } = vectors('footprint')
    const rows = input.map((row: Row, at: number) => trade(START_MS - 20_000 + at, row.price, row.qty, row.side))
    // The candle closes where the vectors say it does; the last trade weighs nothing.
    const close = trade(START_MS - 20_000 + 6, params.close, 1e-12, 'sell')
    const { step, factor, minQty, valueArea, stack } = params
    const signal = createSignal('flow.footprint', contract, { step, factor, minQty, valueArea, stack })
    const { values } = feed(signal, [...rows, close, trade(START_MS + 60_000, 100, 1, 'buy')])
    const said = values.find(value => value.values?.['final'] === true)
    expect(said?.state).toBe('ok')
    const { poc, valueAreaLow, valueAreaHigh, delta } = expected
    expectFigures(said?.values, { poc, valueAreaLow, valueAreaHigh, delta }, tolerance)
    for (const name of ['buyImbalance', 'sellImbalance', 'stackedBuy', 'stackedSell']) {
      expect([name, said?.values?.[name]]).toEqual([name, expected[name].join(' ')])
    }
    expect(said?.rows).toHaveLength(expected.rows.length)
    for (const [at, row] of expected.rows.entries()) expectFigures(said?.rows?.[at], row, tolerance)
  })

  it('a burst of volatility, sample by sample', () => {
    const { input, expected, params, tolerance } = vectors('volatility_burst')
    const quotes = input.map((mid: number, at: number) => quote(START_MS + at * 1000, mid, mid))
    const { values, events } = feed(createSignal('vol.burst', contract, params), quotes, START_MS + 64_000)
    const own = values.slice(0, expected.length)
    for (const [at, { ratio }] of expected.entries()) {
      expect(own[at]?.state).toBe(ratio === null ? 'warming' : 'ok')
      expectFigures({ ratio: own[at]?.value }, { ratio }, tolerance)
    }
    const wanted = expected.filter((row: { event: string | null }) => row.event !== null)
    expect(events.map(event => event.phase)).toEqual(['start', 'end'])
    expect(events.map(event => event.timeUs)).toEqual(
      wanted.map(({ i }: { i: number }) => (START_MS + (i + 1) * 1000) * 1000),
    )
  })
})
