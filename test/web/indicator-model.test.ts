import { describe, expect, it } from 'vitest'
import type { Bar } from '../../src/server/protocol.ts'
import { ema } from '../../src/signal/averages.ts'
import { bollinger } from '../../src/signal/bollinger.ts'
import { macd } from '../../src/signal/macd.ts'
import { CandleModel } from '../../web/src/panels/chart/candle-model.ts'
import { INDICATOR_KINDS } from '../../web/src/panels/chart/indicators/indicator-kinds.ts'
import { IndicatorModel } from '../../web/src/panels/chart/indicators/indicator-model.ts'
import { readSpec, titleOf } from '../../web/src/panels/chart/indicators/indicator-spec.ts'

const START = 1_700_020_800
const COUNT = 200

/** A price that wanders; the last bar is open. */
const BARS: readonly Bar[] = Array.from({ length: COUNT }, (_, index) => {
  const close = 100 + Math.sin(index / 7) * 5 + (index % 5)
  return [START + index * 60, close - 1, close + 2, close - 3, close, 10 + (index % 3), 4, index < COUNT - 1 ? 1 : 0]
})

function loaded(bars: readonly Bar[]): CandleModel {
  const model = new CandleModel()
  model.bars = [...bars]
  return model
}

/** As the chart does after each drawing. */
function drawn(candles: CandleModel, indicator: IndicatorModel): void {
  indicator.follow(candles)
  indicator.drawn()
  candles.needsReset = false
  candles.changedFrom = Number.POSITIVE_INFINITY
}

function modelOf(text: string): IndicatorModel {
  const spec = readSpec(text)
  if (spec === undefined) throw new Error(`no indicator ${text}`)
  return new IndicatorModel(spec)
}

describe('indicators of the chart', () => {
  it('are those of the library: closed bars are committed, the open one is a preview', () => {
    const model = modelOf('ema 20')
    drawn(loaded(BARS), model)
    const own = ema(20)
    const expected = BARS.slice(0, -1).map(bar => own.commit(bar[4]))
    expect(model.values.map(row => row[0])).toEqual(expected)
    expect(model.provisional?.[0]).toBe(own.preview(BARS.at(-1)?.[4] ?? 0))
    expect(model.values.length).toBe(COUNT - 1)
  })

  it('show every line of an indicator that has several', () => {
    const bands = modelOf('bbands 20 2')
    const convergence = modelOf('macd 12 26 9')
    for (const model of [bands, convergence]) drawn(loaded(BARS), model)
    const ownBands = bollinger(20, 2)
    const ownMacd = macd(12, 26, 9)
    for (const bar of BARS.slice(0, -1)) {
      ownBands.commit(bar[4])
      ownMacd.commit(bar[4])
    }
    const last = BARS.at(-1)?.[4] ?? 0
    const { upper, middle, lower } = ownBands.preview(last) ?? {}
    expect(bands.newest()).toEqual([upper, middle, lower])
    const value = ownMacd.preview(last)
    expect(convergence.newest()).toEqual([value?.histogram, value?.macd, value?.signal])
  })

  it('give the same whether the bars come at once or one by one, in every kind', () => {
    for (const kind of INDICATOR_KINDS) {
      const whole = modelOf(kind.id)
      drawn(loaded(BARS), whole)
      const live = modelOf(kind.id)
      const candles = loaded(BARS.slice(0, 1))
      for (const bar of BARS.slice(1)) {
        drawn(candles, live)
        candles.bars.push(bar)
        candles.changedFrom = candles.bars.length - 1
      }
      drawn(candles, live)
      expect(live.values).toEqual(whole.values)
      expect(live.provisional).toEqual(whole.provisional)
    }
  })

  it('leave what is committed alone while the open bar moves', () => {
    const candles = loaded(BARS)
    const model = modelOf('rsi 14')
    drawn(candles, model)
    const committed = [...model.values]
    for (const close of [90, 120, 101]) {
      const open = BARS.at(-1)
      if (open === undefined) throw new Error('no bar')
      candles.bars[COUNT - 1] = [open[0], open[1], 130, 80, close, open[5], open[6], 0]
      candles.changedFrom = COUNT - 1
      drawn(candles, model)
      expect(model.values).toEqual(committed)
    }
    expect(model.needsReset).toBe(false)
  })

  it('are computed anew when a closed bar was corrected', () => {
    const candles = loaded(BARS)
    const model = modelOf('sma 5')
    drawn(candles, model)
    const before = model.values.at(-1)?.[0] ?? 0
    const index = COUNT - 2
    const bar = BARS[index]
    if (bar === undefined) throw new Error('no bar')
    candles.bars[index] = [bar[0], bar[1], bar[2], bar[3], bar[4] + 10, bar[5], bar[6], 1]
    candles.changedFrom = index
    model.follow(candles)
    expect(model.needsReset).toBe(true)
    expect(model.values.at(-1)?.[0]).toBeCloseTo(before + 2, 9)
  })

  it('have no value of a session whose beginning is not known', () => {
    const model = modelOf('vwap')
    drawn(loaded(BARS), model)
    expect(model.values.every(row => row[0] === undefined)).toBe(true)
    const midnight = START - (START % 86_400)
    const whole = modelOf('vwap')
    drawn(
      loaded(BARS.map((bar, index) => [midnight + index * 60, bar[1], bar[2], bar[3], bar[4], bar[5], bar[6], bar[7]])),
      whole,
    )
    expect(whole.values[0]?.[0]).toBeGreaterThan(0)
  })
})

describe('a stored indicator', () => {
  it('is read back, with defaults for what cannot be', () => {
    expect(readSpec('bbands 30 2.5')?.options).toEqual([30, 2.5])
    expect(readSpec('ema 0')?.options).toEqual([20])
    expect(readSpec('ema nonsense')?.text).toBe('ema 20')
    expect(readSpec('ema 2.5')?.options).toEqual([20])
    expect(readSpec('macd 30 26 9')?.options).toEqual([12, 26, 9])
    expect(readSpec('unheard of')).toBeUndefined()
    const spec = readSpec('macd 12 26 9')
    expect(spec === undefined ? '' : titleOf(spec)).toBe('MACD 12 26 9')
  })
})
