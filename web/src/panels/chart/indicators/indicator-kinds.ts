import type { Bar } from '../../../../../src/server/protocol.ts'
import { atr } from '../../../../../src/signal/atr.ts'
import { ema, sma } from '../../../../../src/signal/averages.ts'
import { bollinger } from '../../../../../src/signal/bollinger.ts'
import type { Indicator, Bar as SignalBar } from '../../../../../src/signal/indicator.ts'
import { macd } from '../../../../../src/signal/macd.ts'
import { rsi } from '../../../../../src/signal/rsi.ts'
import { vwap } from '../../../../../src/signal/vwap.ts'

/** Values of one bar, one per line; undefined where there is none. */
export type Figures = readonly (number | undefined)[]

/** An indicator of the library, over the bars of the chart. */
export interface BarFold {
  readonly name: string
  readonly isConverged: boolean
  commit(bar: Bar): Figures
  /** As if the open bar closed now; changes nothing. */
  preview(bar: Bar): Figures
}

export interface IndicatorOption {
  readonly name: string
  readonly default: number
  readonly least: number
  readonly most: number
  readonly step: number
}

export interface IndicatorLine {
  readonly name: string
  readonly as: 'line' | 'histogram'
}

export interface IndicatorKind {
  readonly id: string
  readonly name: string
  readonly meaning: string
  /** On the prices, or in a pane of its own. */
  readonly pane: 'price' | 'own'
  readonly options: readonly IndicatorOption[]
  readonly lines: readonly IndicatorLine[]
  /** Levels that are drawn across the pane. */
  readonly levels?: readonly number[]
  /** @throws ConfigError for options that do not fit together */
  create(options: readonly number[]): BarFold
}

const LONGEST = 500

function period(value: number, name = 'period'): IndicatorOption {
  return { name, default: value, least: name === 'slow' ? 2 : 1, most: LONGEST, step: 1 }
}

function line(name: string): IndicatorLine {
  return { name, as: 'line' }
}

/** What can be put on the chart: the library's own indicators, the same code that signals and alerts run on. */
export const INDICATOR_KINDS: readonly IndicatorKind[] = [
  {
    id: 'sma',
    name: 'SMA',
    meaning: 'mean of the last closes',
    pane: 'price',
    options: [period(20)],
    lines: [line('')],
    create: ([length = 20]) => ofCloses(sma(length), value => [value]),
  },
  {
    id: 'ema',
    name: 'EMA',
    meaning: 'exponential average of closes',
    pane: 'price',
    options: [period(20)],
    lines: [line('')],
    create: ([length = 20]) => ofCloses(ema(length), value => [value]),
  },
  {
    id: 'bbands',
    name: 'Bollinger',
    meaning: 'mean of closes with bands of deviations',
    pane: 'price',
    options: [period(20), { name: 'deviations', default: 2, least: 0.5, most: 6, step: 0.5 }],
    lines: [line('upper'), line('middle'), line('lower')],
    create: ([length = 20, k = 2]) =>
      ofCloses(bollinger(length, k), bands => [bands?.upper, bands?.middle, bands?.lower]),
  },
  {
    id: 'vwap',
    name: 'VWAP',
    meaning: 'volume-weighted average price since 00:00 UTC',
    pane: 'price',
    options: [],
    lines: [line('')],
    create: () => wholeSessions(ofBars(vwap('session'), value => [value])),
  },
  {
    id: 'rsi',
    name: 'RSI',
    meaning: 'gains against losses, 0 to 100',
    pane: 'own',
    options: [period(14)],
    lines: [line('')],
    levels: [30, 70],
    create: ([length = 14]) => ofCloses(rsi(length), value => [value]),
  },
  {
    id: 'macd',
    name: 'MACD',
    meaning: 'distance of two averages, and its own average',
    pane: 'own',
    options: [period(12, 'fast'), period(26, 'slow'), period(9, 'signal')],
    lines: [{ name: 'histogram', as: 'histogram' }, line('MACD'), line('signal')],
    levels: [0],
    create: ([fast = 12, slow = 26, signal = 9]) =>
      ofCloses(macd(fast, slow, signal), value => [value?.histogram, value?.macd, value?.signal]),
  },
  {
    id: 'atr',
    name: 'ATR',
    meaning: 'average true range',
    pane: 'own',
    options: [period(14)],
    lines: [line('')],
    create: ([length = 14]) => ofBars(atr(length), value => [value]),
  },
]

function ofCloses<Output>(
  indicator: Indicator<number, Output>,
  figures: (output: Output | undefined) => Figures,
): BarFold {
  return foldOf(indicator, bar => bar[4], figures)
}

function ofBars<Output>(
  indicator: Indicator<SignalBar, Output>,
  figures: (output: Output | undefined) => Figures,
): BarFold {
  const read = ([time, , high, low, close, volume]: Bar): SignalBar => {
    return { high, low, close, volume, openTimeUs: time * 1e6 }
  }
  return foldOf(indicator, read, figures)
}

function foldOf<Input, Output>(
  indicator: Indicator<Input, Output>,
  read: (bar: Bar) => Input,
  figures: (output: Output | undefined) => Figures,
): BarFold {
  return {
    name: indicator.name,
    get isConverged() {
      return indicator.isConverged
    },
    commit: bar => figures(indicator.commit(read(bar))),
    preview: bar => figures(indicator.preview(read(bar))),
  }
}

const DAY_S = 86_400

/** A session that began before the first bar has no average: what was traded before is not known. */
function wholeSessions(fold: BarFold): BarFold {
  let firstDay: number | undefined
  const isWhole = (bar: Bar): boolean => {
    if (firstDay === undefined) return bar[0] % DAY_S === 0
    return Math.floor(bar[0] / DAY_S) > firstDay
  }
  return {
    name: fold.name,
    isConverged: true,
    commit: bar => {
      firstDay ??= bar[0] % DAY_S === 0 ? -1 : Math.floor(bar[0] / DAY_S)
      const figures = fold.commit(bar)
      return isWhole(bar) ? figures : [undefined]
    },
    preview: bar => (isWhole(bar) ? fold.preview(bar) : [undefined]),
  }
}
