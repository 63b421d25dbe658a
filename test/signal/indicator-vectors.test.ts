import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { atr, bollinger, ema, macd, rma, rsi, sma, trueRange, vwap } from '../../src/signal/index.ts'
import { isMissing, vectorsFolder } from '../support/shared-files.ts'

type Row = ReadonlyMap<string, number | undefined>

/** Rows of a file of known answers; an empty cell has no value. */
function rowsOf(file: string): readonly Row[] {
  const [head = '', ...lines] = readFileSync(`${vectorsFolder}/indicators/${file}`, 'utf8').trim().split(/\r?\n/)
  const names = head.split(',')
  return lines.map(line => {
    const cells = line.split(',')
    return new Map(names.map((name, at) => [name, cells[at] ? Number(cells[at]) : undefined]))
  })
}

const number = (row: Row, name: string): number => row.get(name) ?? Number.NaN
const close = (row: Row): number => number(row, 'close')
const bar = (row: Row) => {
  const [high, low, volume] = [number(row, 'high'), number(row, 'low'), row.get('volume') ?? 0]
  return { high, low, close: close(row), volume }
}

/** Every value within the tolerance, and absent exactly where the file has none. */
function expectEqual(file: string, column: string, got: readonly (number | undefined)[], tolerance: number): void {
  const rows = rowsOf(file)
  expect(got).toHaveLength(rows.length)
  for (const [index, row] of rows.entries()) {
    const wanted = row.get(column)
    const value = got[index]
    if (wanted === undefined || value === undefined) {
      expect([file, column, index, value]).toEqual([file, column, index, wanted])
    } else {
      expect([file, column, index, Math.abs(value - wanted) <= tolerance]).toEqual([file, column, index, true])
    }
  }
}

describe.skipIf(isMissing(vectorsFolder))('known answers', () => {
  it.each([
    ['rsi14_stockcharts.csv', 'rsi', () => rsi(14), 0.006],
    ['rsi5_achelis.csv', 'rsi', () => rsi(5), 0.0006],
    ['sma5_achelis.csv', 'sma', () => sma(5), 0.0006],
    ['rma5_achelis.csv', 'rma', () => rma(5), 0.006],
    ['ema5_firstseed_achelis.csv', 'ema', () => ema(5, { seed: 'first' }), 0.0006],
    ['daily502.csv', 'rsi14', () => rsi(14), 1e-8],
    ['daily502.csv', 'ema20', () => ema(20), 1e-8],
    ['daily502.csv', 'rma20', () => rma(20), 1e-8],
  ])('%s %s, every value and where the first one stands', (file, column, make, tolerance) => {
    const indicator = make()
    expectEqual(
      file,
      column,
      rowsOf(file).map(row => indicator.commit(close(row))),
      tolerance,
    )
  })

  it.each([
    ['atr14_stockcharts.csv', 'atr', () => atr(14), 1e-8],
    ['atr10_stockcharts.csv', 'atr', () => atr(10), 1e-8],
    ['atr4_achelis.csv', 'atr', () => atr(4), 0.0001],
    ['daily502.csv', 'atr14skip', () => atr(14, { firstTrueRange: 'skip' }), 1e-8],
    ['vwap_rolling14.csv', 'vwap', () => vwap(14), 1e-6],
    ['daily502.csv', 'vwapAnchoredAtFirstBar', () => vwap('manual'), 1e-8],
  ])('%s %s, from candles', (file, column, make, tolerance) => {
    const indicator = make()
    expectEqual(
      file,
      column,
      rowsOf(file).map(row => indicator.commit(bar(row))),
      tolerance,
    )
  })

  it('the true ranges behind them', () => {
    const rows = rowsOf('atr14_stockcharts.csv')
    const ranges = rows.map((row, at) => trueRange(bar(row), rows[at - 1]?.get('close')))
    expectEqual('atr14_stockcharts.csv', 'tr', ranges, 0.0051)
  })

  it.each([
    ['bbands20_stockcharts.csv', 20, 1e-6, 'middle', 'upper', 'lower'],
    ['bbands5_achelis.csv', 5, 0.0006, 'middle', 'upper', 'lower'],
    ['daily502.csv', 20, 1e-8, 'bbMiddle20', 'bbUpper20', 'bbLower20'],
  ])('%s bands', (file, period, tolerance, middle, upper, lower) => {
    const bands = bollinger(period)
    const values = rowsOf(file).map(row => bands.commit(close(row)))
    expectEqual(
      file,
      middle,
      values.map(value => value?.middle),
      tolerance,
    )
    expectEqual(
      file,
      upper,
      values.map(value => value?.upper),
      tolerance,
    )
    expectEqual(
      file,
      lower,
      values.map(value => value?.lower),
      tolerance,
    )
  })

  it('daily502.csv macd, signal and histogram, each from its own index on', () => {
    const indicator = macd()
    const values = rowsOf('daily502.csv').map(row => indicator.commit(close(row)))
    expectEqual(
      'daily502.csv',
      'macd',
      values.map(value => value?.macd),
      1e-8,
    )
    expectEqual(
      'daily502.csv',
      'macdSignal',
      values.map(value => value?.signal),
      1e-8,
    )
    expectEqual(
      'daily502.csv',
      'macdHist',
      values.map(value => value?.histogram),
      1e-8,
    )
  })

  it('live_preview.json: a candle that is open changes nothing', () => {
    const { params, closed, expected } = readPreview()
    const indicators = { rsi: rsi(params.period), ema: ema(params.period), sma: sma(params.period) }
    for (const value of closed) for (const indicator of Object.values(indicators)) indicator.commit(value)
    for (const step of expected) {
      for (const [name, indicator] of Object.entries(indicators)) {
        const value = step.kind === 'live' ? indicator.preview(step.close) : indicator.commit(step.close)
        const wanted = step.values.get(name) ?? Number.NaN
        expect(Math.abs((value ?? Number.NaN) - wanted)).toBeLessThanOrEqual(1e-9)
      }
    }
  })
})

interface Preview {
  readonly params: { readonly period: number }
  readonly closed: readonly number[]
  readonly expected: readonly {
    readonly kind: string
    readonly close: number
    readonly values: ReadonlyMap<string, number>
  }[]
}

function readPreview(): Preview {
  const file: unknown = JSON.parse(readFileSync(`${vectorsFolder}/indicators/live_preview.json`, 'utf8'))
  const { params, closed, expected }: { params?: unknown; closed?: unknown; expected?: unknown } = Object(file)
  const steps: readonly unknown[] = Array.isArray(expected) ? expected : []
  return {
    params: { period: Number(Object(params).period) },
    closed: Array.isArray(closed) ? closed.map(Number) : [],
    expected: steps.map(step => {
      const values = Object.entries(Object(step)).map(([name, value]) => [name, Number(value)] as const)
      return { kind: String(Object(step).kind), close: Number(Object(step).close), values: new Map(values) }
    }),
  }
}
