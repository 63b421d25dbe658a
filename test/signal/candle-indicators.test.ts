import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KlineEvent } from '../../src/model/event.ts'
import { epochUs } from '../../src/model/time.ts'
import { type CandleFold, ofBars, ofCloses } from '../../src/signal/candles/candle-fold.ts'
import { candleIndicator } from '../../src/signal/candles/candle-indicator.ts'
import { historyNeeded } from '../../src/signal/candles/history-needed.ts'
import { createSignal } from '../../src/signal/catalogue.ts'
import { createSignals } from '../../src/signal/engine.ts'
import { atr, bollinger, ema, macd, rma, rsi, sma, vwap } from '../../src/signal/index.ts'
import type { SignalValue } from '../../src/signal/signal.ts'
import { capturesFolder, isMissing, vectorsFolder } from '../support/shared-files.ts'
import { contract, feed, gap, kline, START_MS, trade } from './signal-feeding.ts'

const MINUTE = 60_000
const OPEN_MS = START_MS - (START_MS % MINUTE)

function rowsOf(file: string): readonly ReadonlyMap<string, number | undefined>[] {
  const [head = '', ...lines] = readFileSync(`${vectorsFolder}/indicators/${file}`, 'utf8').trim().split(/\r?\n/)
  const names = head.split(',')
  return lines.map(
    line => new Map(line.split(',').map((cell, at) => [names[at] ?? '', cell ? Number(cell) : undefined])),
  )
}

function candlesOf(file: string): readonly KlineEvent[] {
  return rowsOf(file).map((row, at) => {
    const close = row.get('close') ?? Number.NaN
    const [high = close, low = close, volume = 1] = [row.get('high'), row.get('low'), row.get('volume')]
    return kline(OPEN_MS + at * MINUTE, close, { high, low, volume })
  })
}

const finals = (values: readonly SignalValue[]): readonly SignalValue[] =>
  values.filter(value => value.state === 'warming' || value.values?.['final'] === true)

function replaced<T>(items: readonly T[], at: number, item: T): readonly T[] {
  return items.map((old, index) => (index === at ? item : old))
}

type Case = readonly [file: string, column: string, make: () => CandleFold, tolerance: number]

const CASES: readonly Case[] = [
  ['rsi14_stockcharts.csv', 'rsi', () => ofCloses(rsi(14)), 0.006],
  ['rsi5_achelis.csv', 'rsi', () => ofCloses(rsi(5)), 0.0006],
  ['atr14_stockcharts.csv', 'atr', () => ofBars(atr(14)), 1e-8],
  ['atr10_stockcharts.csv', 'atr', () => ofBars(atr(10)), 1e-8],
  ['atr4_achelis.csv', 'atr', () => ofBars(atr(4)), 0.0001],
  ['sma5_achelis.csv', 'sma', () => ofCloses(sma(5)), 0.0006],
  ['rma5_achelis.csv', 'rma', () => ofCloses(rma(5)), 0.006],
  ['ema5_firstseed_achelis.csv', 'ema', () => ofCloses(ema(5, { seed: 'first' })), 0.0006],
  ['vwap_rolling14.csv', 'vwap', () => ofBars(vwap(14)), 1e-6],
  ['daily502.csv', 'rsi14', () => ofCloses(rsi(14)), 1e-8],
  ['daily502.csv', 'ema20', () => ofCloses(ema(20)), 1e-8],
  ['daily502.csv', 'rma20', () => ofCloses(rma(20)), 1e-8],
  ['daily502.csv', 'atr14skip', () => ofBars(atr(14, { firstTrueRange: 'skip' })), 1e-8],
]

describe.skipIf(isMissing(vectorsFolder))('known answers as signals over closed candles', () => {
  it.each(CASES)(
    '%s %s: one by one and as history, absent where the file has none',
    (file, column, make, tolerance) => {
      const candles = candlesOf(file)
      const options = { instrument: contract, interval: '1m' }
      const said = finals(feed(candleIndicator({ ...options, indicator: make() }), candles).values)
      expect(said).toHaveLength(candles.length)
      for (const [at, row] of rowsOf(file).entries()) {
        const wanted = row.get(column)
        expect([at, said[at]?.state]).toEqual([at, wanted === undefined ? 'warming' : 'ok'])
        if (wanted !== undefined)
          expect(Math.abs((said[at]?.value ?? Number.NaN) - wanted)).toBeLessThanOrEqual(tolerance)
      }
      // As history, all but the last at once.
      const batched = candleIndicator({ ...options, indicator: make() })
      batched.preload(candles.slice(0, -1))
      const last = feed(batched, candles.slice(-1)).last
      expect(last?.value).toBe(said.at(-1)?.value)
    },
  )

  it('a preview on the open candle changes nothing, and every update gives one', () => {
    const { closed, updates, expected, params, tolerance } = JSON.parse(
      readFileSync(`${vectorsFolder}/indicators/live_preview.json`, 'utf8'),
    )
    const make = { rsi: () => rsi(params.period), ema: () => ema(params.period), sma: () => sma(params.period) }
    let openMs = OPEN_MS
    const inputs: KlineEvent[] = []
    for (const close of closed) inputs.push(kline((openMs += MINUTE), close))
    openMs += MINUTE
    for (const { kind, close } of updates) {
      inputs.push(kline(openMs, close, { closed: kind === 'close' }))
      if (kind === 'close') openMs += MINUTE
    }
    for (const name of ['rsi', 'ema', 'sma'] as const) {
      const signal = candleIndicator({ instrument: contract, interval: '1m', indicator: ofCloses(make[name]()) })
      const said = feed(signal, inputs).values.slice(-updates.length)
      for (const [at, row] of expected.entries()) {
        expect(said[at]?.values?.['final']).toBe(row.kind === 'close')
        expect(Math.abs((said[at]?.value ?? Number.NaN) - row[name])).toBeLessThanOrEqual(tolerance)
      }
    }
  })

  it('bands and lines give all their figures', () => {
    const candles = candlesOf('bbands20_stockcharts.csv')
    const signal = candleIndicator({ instrument: contract, interval: '1m', indicator: ofCloses(bollinger(20, 2)) })
    const { last } = feed(signal, candles)
    const row = rowsOf('bbands20_stockcharts.csv').at(-1)
    expect(last?.value).toBe(last?.values?.['middle'])
    expect(last?.values?.['upper']).toBeCloseTo(row?.get('upper') ?? Number.NaN, 5)
  })
})

describe('history', () => {
  it('is asked for until the seed no longer counts, with some to spare', () => {
    expect(historyNeeded(ofCloses(macd()))).toBe(200)
    expect(historyNeeded(ofCloses(rsi(14)))).toBe(120)
    expect(historyNeeded(ofBars(atr(14)))).toBe(120)
    expect(historyNeeded(ofCloses(ema(200)))).toBeGreaterThanOrEqual(691 + 200)
    const used = ofCloses(rsi(14))
    historyNeeded(used)
    expect(used.seen).toBe(0)
  })

  it('leaves a value that is converged from the first candle of the stream on', () => {
    const candles = Array.from({ length: 201 }, (_, at) => kline(OPEN_MS + at * MINUTE, 100 + (at % 7)))
    const outputs: SignalValue[] = []
    const signal = createSignal('candle.macd', contract)
    const engine = createSignals({ signals: [signal], onOutput: said => said.kind === 'signal' && outputs.push(said) })
    expect(engine.history()).toEqual([{ instrument: contract.id, interval: '1m', candles: 200 }])
    engine.preload(candles.slice(0, 200).map(candle => ({ ...candle, exchangeTimeUs: undefined, recovered: true })))
    expect(outputs).toHaveLength(1)
    for (const candle of candles.slice(200)) engine.accept(candle)
    expect(outputs).toHaveLength(2)
    expect(outputs.at(-1)?.quality.converged).toBe(true)
  })
})

describe('corrected candles', () => {
  const closes = fc.array(fc.integer({ min: 50, max: 150 }), { minLength: 12, maxLength: 60 })

  it('one with other content has everything from it on told again, as if it had always been so', () => {
    fc.assert(
      fc.property(closes, fc.nat(), fc.integer({ min: 50, max: 150 }), (prices, where, other) => {
        const candles = prices.map((price, at) => kline(OPEN_MS + at * MINUTE, price))
        const at = where % candles.length
        const corrected = kline(OPEN_MS + at * MINUTE, other)
        const make = () => candleIndicator({ instrument: contract, interval: '1m', indicator: ofCloses(rsi(3)) })
        const told = feed(make(), [...candles, corrected]).values.slice(candles.length)
        const right = feed(make(), replaced(candles, at, corrected)).values.slice(at)
        if (other === prices[at]) expect(told).toEqual([])
        else {
          expect(told.every(value => value.revised === true)).toBe(true)
          expect(told.map(value => [value.timeUs, value.value])).toEqual(
            right.map(value => [value.timeUs, value.value]),
          )
        }
      }),
      { seed: 7, numRuns: 60 },
    )
  })

  it('also when its history before what is kept has been forgotten', () => {
    const candles = Array.from({ length: 1500 }, (_, at) => kline(OPEN_MS + at * MINUTE, 100 + ((at * 37) % 11)))
    const make = () => candleIndicator({ instrument: contract, interval: '1m', indicator: ofCloses(ema(10)) })
    const corrected = kline(OPEN_MS + 1400 * MINUTE, 300)
    const told = feed(make(), [...candles, corrected]).last
    const right = feed(make(), replaced(candles, 1400, corrected)).last
    expect(told?.revised).toBe(true)
    expect(told?.value).toBe(right?.value)
  })
})

describe('slots without a candle', () => {
  it('are filled, flagged, and told apart from those that were lost', () => {
    const quiet = [kline(OPEN_MS, 10), kline(OPEN_MS + 3 * MINUTE, 13)]
    const empty = feed(createSignal('candle.ohlcv', contract), quiet).values.filter(
      value => value.values?.['synthetic'],
    )
    expect(empty.map(value => [value.value, value.state, value.values?.['volume']])).toEqual([
      [10, 'ok', 0],
      [10, 'ok', 0],
    ])
    const lost = [quiet[0], gap(OPEN_MS + 3 * MINUTE, { channel: 'kline:1m' }), quiet[1]].filter(
      input => input !== undefined,
    )
    const told = feed(createSignal('candle.sma', contract, { period: 2 }), lost).values
    expect(told.map(value => value.state)).toEqual(['warming', 'gapped', 'stale', 'gapped', 'gapped', 'gapped'])
    // A mean of two forgets them two candles later.
    const later = [5, 6, 7].map(at => kline(OPEN_MS + (at - 1) * MINUTE, 14))
    expect(feed(createSignal('candle.sma', contract, { period: 2 }), [...lost, ...later]).last?.state).toBe('ok')
  })

  it('are filled by the clock when nothing is traded, and corrected when something was', () => {
    const signal = createSignal('candle.ohlcv', contract, { origin: 'trade', interval: '1s' })
    const start = START_MS + 1000
    const inputs = [trade(START_MS + 500, 9, 1, 'buy'), trade(start, 10, 1, 'buy')]
    const isFinal = (value: SignalValue): boolean => value.values?.['final'] === true && value.state !== 'stale'
    const quiet = feed(signal, inputs, start + 7000).values.filter(isFinal)
    expect(quiet.map(value => [value.value, value.values?.['synthetic']])).toEqual([
      [10, false],
      [10, true],
      [10, true],
      [10, true],
    ])
    const late = { ...trade(start + 1500, 12, 2, 'sell'), receiveTimeUs: epochUs((start + 7500) * 1000) }
    const again = createSignal('candle.ohlcv', contract, { origin: 'trade', interval: '1s' })
    const told = feed(again, [...inputs, late], start + 8000).values.filter(value => value.revised === true)
    expect(told.map(value => [value.value, value.values?.['synthetic']])).toEqual([
      [12, false],
      [12, true],
      [12, true],
    ])
  })
})

describe.skipIf(isMissing(capturesFolder))('longer candles of real ones', () => {
  it('hours of minutes are the hours of the minutes, and only closed ones count', () => {
    const file = `${capturesFolder}/history/binance-spot-btcusdt-1m-20240414-20240504.csv.gz`
    const [, ...lines] = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n')
    const minutes = lines.slice(0, 3000).map(line => {
      const [at = '', open, high, low, close, volume] = line.split(',')
      const figures = { open: Number(open), high: Number(high), low: Number(low), volume: Number(volume) }
      return kline(Date.parse(`${at.replace(' ', 'T')}Z`), Number(close), figures)
    })
    const hours = feed(createSignal('candle.ohlcv', contract, { interval: '1h', from: '1m' }), minutes).values
    const closed = hours.filter(value => value.values?.['final'] === true)
    expect(closed).toHaveLength(50)
    for (const [at, hour] of closed.entries()) {
      const own = minutes.slice(at * 60, at * 60 + 60)
      expect(hour.values?.['open']).toBe(own[0]?.open)
      expect(hour.values?.['high']).toBe(Math.max(...own.map(minute => minute.high)))
      expect(hour.values?.['low']).toBe(Math.min(...own.map(minute => minute.low)))
      expect(hour.value).toBe(own.at(-1)?.close)
      expect(hour.receiveTimeUs).toBe(own.at(-1)?.receiveTimeUs)
    }
    const weekly = createSignal('candle.ohlcv', contract, { interval: '1w', from: '1h' })
    expect(() => feed(weekly, [])).not.toThrow()
    expect(() => createSignal('candle.ohlcv', contract, { interval: '7m', from: '5m' })).toThrow(
      'divides 420 s, was 300 s',
    )
    expect(() => createSignal('candle.ohlcv', contract, { interval: '1M' })).toThrow('was "1M"')
  })
})
