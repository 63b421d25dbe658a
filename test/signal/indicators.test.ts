import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Bar, Indicator } from '../../src/signal/index.ts'
import { atr, batch, bollinger, ema, macd, rma, rsi, sma, vwap } from '../../src/signal/index.ts'

const ofCloses: readonly (readonly [string, () => Indicator<number, unknown>])[] = [
  ['sma', () => sma(7)],
  ['ema', () => ema(7)],
  ['ema, first', () => ema(7, { seed: 'first' })],
  ['rma', () => rma(7)],
  ['rsi', () => rsi(5)],
  ['macd', () => macd(3, 7, 4)],
  ['macd, aligned', () => macd(3, 7, 4, { align: true })],
  ['bollinger', () => bollinger(6, 2)],
]

const ofBars: readonly (readonly [string, () => Indicator<Bar, unknown>])[] = [
  ['atr', () => atr(5)],
  ['atr, skip', () => atr(5, { firstTrueRange: 'skip' })],
  ['vwap, session', () => vwap()],
  ['vwap, rolling', () => vwap(5)],
]

const prices = fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 60 })
const closes = prices.map(units => units.map(unit => unit / 100))
const bars = prices.map(units =>
  units.map((unit, at) => {
    const price = unit / 100
    const openTimeUs = at * 7_200_000_000
    return { high: price * 1.01, low: price * 0.98, close: price, volume: unit % 97, openTimeUs }
  }),
)

/** What every fold over candles keeps to, whatever it computes. */
function holds<Input>(make: () => Indicator<Input, unknown>, inputs: readonly Input[], cut: number): void {
  const at = Math.min(cut, inputs.length)
  const whole = batch(make(), inputs)
  // No look-ahead: what comes later changes nothing before it.
  expect(batch(make(), inputs.slice(0, at))).toEqual(whole.slice(0, at))
  const fold = make()
  for (const [index, input] of inputs.entries()) {
    const before = fold.snapshot()
    const preview = fold.preview(input)
    expect(fold.snapshot()).toEqual(before)
    expect(fold.commit(input)).toEqual(whole[index])
    expectClose(preview, fold.value)
    if (index + 1 !== at) continue
    // A state that went through a file goes on as if it had not.
    const restored = make()
    restored.restore(JSON.parse(JSON.stringify(fold.snapshot())))
    expect(restored.value).toEqual(fold.value)
    expect([restored.seen, restored.isConverged]).toEqual([fold.seen, fold.isConverged])
    expect(batch(restored, inputs.slice(at))).toEqual(whole.slice(at))
  }
  for (const value of whole) for (const part of numbersOf(value)) expect(Number.isFinite(part)).toBe(true)
}

function numbersOf(value: unknown): readonly number[] {
  if (typeof value === 'number') return [value]
  return Object.values(Object(value)).filter(part => typeof part === 'number')
}

/** A preview is computed by another way than the commit: equal but for the last digits. */
function expectClose(preview: unknown, value: unknown): void {
  const [a, b] = [numbersOf(preview), numbersOf(value)]
  expect(a).toHaveLength(b.length)
  for (const [at, got] of a.entries()) expect(Math.abs(got - (b[at] ?? Number.NaN))).toBeLessThan(1e-5)
}

describe('folds', () => {
  it.each(ofCloses)('%s: no look-ahead, a preview changes nothing, a restored state goes on', (_name, make) => {
    fc.assert(
      fc.property(closes, fc.nat(60), (inputs, cut) => holds(make, inputs, cut)),
      { seed: 7, numRuns: 60 },
    )
  })

  it.each(ofBars)('%s: no look-ahead, a preview changes nothing, a restored state goes on', (_name, make) => {
    fc.assert(
      fc.property(bars, fc.nat(60), (inputs, cut) => holds(make, inputs, cut)),
      { seed: 7, numRuns: 60 },
    )
  })

  it('sums of a window do not drift in two million steps', () => {
    const average = sma(50)
    const bands = bollinger(50)
    const window: number[] = []
    let price = 61_800.25
    for (let step = 0; step < 2_000_000; step++) {
      price += ((step * 7919) % 101) / 10 - 5
      average.commit(price)
      if (step >= 1_999_900) bands.commit(price)
      if (step >= 1_999_950) window.push(price)
    }
    const exact = window.reduce((sum, value) => sum + value, 0) / 50
    expect(Math.abs((average.value ?? 0) / exact - 1)).toBeLessThan(1e-12)
    expect(Math.abs((bands.value?.middle ?? 0) / exact - 1)).toBeLessThan(1e-12)
  })
})

describe('edge cases', () => {
  it('examples of the definition', () => {
    expect(batch(rsi(3), [10, 11, 10.5, 11.5, 12]).map(value => value?.toFixed(6))).toEqual([
      undefined,
      undefined,
      undefined,
      '80.000000',
      '84.615385',
    ])
    expect(batch(ema(3), [10, 11, 10.5, 11.5, 12])).toEqual([undefined, undefined, 10.5, 11, 11.5])
    const [, , , , bands] = batch(bollinger(5), [1, 2, 3, 4, 5])
    expect(bands?.middle).toBe(3)
    expect(bands?.upper).toBeCloseTo(3 + 2.828427, 6)
    const line = batch(macd(2, 4, 3), [1, 2, 4, 7, 11, 16, 22, 29])
    expect(line.map(value => value?.macd.toFixed(6))).toEqual([
      undefined,
      undefined,
      undefined,
      '2.222222',
      '2.740741',
      '3.446914',
      '4.268971',
      '5.161657',
    ])
    expect(line.slice(5).map(value => value?.signal?.toFixed(6))).toEqual(['2.803292', '3.536132', '4.348894'])
  })

  it('a price that stands still: rsi 50, bands without width and without a place between them', () => {
    expect(batch(rsi(3), [5, 5, 5, 5, 5]).at(-1)).toBe(50)
    expect(batch(bollinger(3), [5, 5, 5]).at(-1)).toEqual({
      middle: 5,
      upper: 5,
      lower: 5,
      deviation: 0,
      percentB: undefined,
      width: 0,
    })
  })

  it('an aligned macd seeds both averages at one bar and waits for its signal', () => {
    const values = batch(macd(2, 4, 3, { align: true }), [1, 2, 4, 7, 11, 16, 22, 29])
    expect(values.findIndex(value => value !== undefined)).toBe(5)
    expect(values.every(value => value === undefined || value.signal !== undefined)).toBe(true)
  })

  it('the session of a vwap begins at midnight UTC, and nothing traded is no value', () => {
    const midnight = 1_790_035_200_000_000
    const candle = (openTimeUs: number, close: number, volume: number) => {
      return { high: close, low: close, close, volume, openTimeUs }
    }
    const session = vwap()
    expect(session.commit(candle(midnight - 60_000_000, 10, 1))).toBe(10)
    expect(session.preview(candle(midnight, 20, 0))).toBeUndefined()
    expect(session.commit(candle(midnight, 20, 3))).toBe(20)
    expect(session.commit(candle(midnight + 60_000_000, 40, 1))).toBe(25)
  })

  it('says when the seed no longer counts: bars of the table', () => {
    const barsToConverge = (indicator: Indicator<number, unknown>): number => {
      let bars = 0
      while (!indicator.isConverged) {
        indicator.commit(1)
        bars++
      }
      return bars
    }
    expect([
      barsToConverge(rma(14)) - 14,
      barsToConverge(ema(12)) - 12,
      barsToConverge(ema(26)) - 26,
      barsToConverge(ema(50)) - 50,
    ]).toEqual([94, 42, 90, 173])
  })

  it('bad options are named with what was expected and received', () => {
    expect(() => sma(0)).toThrow('period must be a whole number from 1 to 1000000, was 0')
    expect(() => rsi(2.5)).toThrow('was 2.5')
    expect(() => macd(26, 12)).toThrow('fast must be below slow (12), was 26')
    expect(() => bollinger(20, 0)).toThrow('k must be a number above 0, was 0')
    expect(() => rsi(14).restore(rsi(7).snapshot())).toThrow('expected that of rsi(14), was that of rsi(7)')
  })
})
