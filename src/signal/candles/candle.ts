import type { KlineEvent } from '../../model/event.ts'
import { baseQuantity } from '../../model/instrument.ts'
import type { EpochUs } from '../../model/time.ts'
import type { Bar } from '../indicator.ts'
import type { SignalInstrument } from '../signal-kind.ts'

/** A candle; `openTimeUs` is when its slot begins. Volumes are in base coins and quote currency. */
export interface Candle extends Bar {
  readonly openTimeUs: EpochUs
  readonly open: number
  readonly quoteVolume: number
  /** Absent where it is not known. */
  readonly takerBuyVolume: number | undefined
  readonly trades: number | undefined
  /** Nothing was traded in its slot: it stands at the close before. */
  readonly isSynthetic: boolean
  /** False when some of what was traded in it is missing. */
  readonly isComplete: boolean
}

export function candleOfKline(kline: KlineEvent, instrument: SignalInstrument): Candle {
  const { openTimeUs, open, high, low, close, takerBuyVolume, trades, volume, quoteVolume } = kline
  // An inverse contract's quote volume is in base coins, as the venue sends it; its contracts are worth quote currency.
  const { isInverse } = instrument
  const base = (quantity: number): number => baseQuantity(instrument, quantity, close)
  const share = takerBuyVolume === undefined || volume === 0 ? 0 : takerBuyVolume / volume
  return {
    openTimeUs,
    open,
    high,
    low,
    close,
    volume: isInverse ? quoteVolume : base(volume),
    quoteVolume: isInverse ? volume * instrument.contractSize : quoteVolume,
    takerBuyVolume: takerBuyVolume === undefined ? undefined : isInverse ? quoteVolume * share : base(takerBuyVolume),
    trades,
    isSynthetic: false,
    isComplete: true,
  }
}

/** Nothing traded: it stands where the one before closed. */
export function syntheticCandle(openTimeUs: EpochUs, close: number, isComplete: boolean): Candle {
  return {
    openTimeUs,
    open: close,
    high: close,
    low: close,
    close,
    volume: 0,
    quoteVolume: 0,
    takerBuyVolume: 0,
    trades: 0,
    isSynthetic: true,
    isComplete,
  }
}

/** One candle of several that follow one another; undefined of none. */
export function mergeCandles(openTimeUs: EpochUs, candles: readonly Candle[]): Candle | undefined {
  const [first] = candles
  const last = candles.at(-1)
  if (first === undefined || last === undefined) return undefined
  let { high, low } = first
  let volume = 0
  let quoteVolume = 0
  for (const candle of candles) {
    high = Math.max(high, candle.high)
    low = Math.min(low, candle.low)
    volume += candle.volume
    quoteVolume += candle.quoteVolume
  }
  return {
    openTimeUs,
    open: first.open,
    high,
    low,
    close: last.close,
    volume,
    quoteVolume,
    takerBuyVolume: sumOf(candles.map(candle => candle.takerBuyVolume)),
    trades: sumOf(candles.map(candle => candle.trades)),
    isSynthetic: candles.every(candle => candle.isSynthetic),
    isComplete: candles.every(candle => candle.isComplete),
  }
}

export function isSameCandle(a: Candle, b: Candle): boolean {
  return (
    a.open === b.open &&
    a.high === b.high &&
    a.low === b.low &&
    a.close === b.close &&
    a.volume === b.volume &&
    a.quoteVolume === b.quoteVolume &&
    a.takerBuyVolume === b.takerBuyVolume &&
    a.trades === b.trades &&
    a.isSynthetic === b.isSynthetic &&
    a.isComplete === b.isComplete
  )
}

/** Absent when one of them is. */
function sumOf(parts: readonly (number | undefined)[]): number | undefined {
  let sum = 0
  for (const part of parts) {
    if (part === undefined) return undefined
    sum += part
  }
  return sum
}
