import type { Bar } from '../../../../src/server/protocol.ts'
import { getJson } from '../../state/api.ts'
import { instrument, interval } from '../../state/market.ts'
import { type CandleModel, MOST_BARS } from './candle-model.ts'

const PAGE = 1000
const PAUSE_AFTER_FAILURE_MS = 5000

let isLoading = false
/** Series that has no older candles, so that its start is not asked for again and again. */
let exhausted = ''

/**
 * Reads one page of older candles, when there may be one and none is on its way.
 * @returns whether older ones may come
 */
export function loadOlder(model: CandleModel): boolean {
  const first = model.bars[0]
  const id = instrument.value
  const name = interval.value
  const key = `${id ?? ''} ${name} ${first?.[0] ?? 0}`
  if (isLoading) return true
  if (first === undefined || id === undefined || model.bars.length >= MOST_BARS || key === exhausted) return false
  isLoading = true
  const end = first[0] * 1_000_000 - 1
  const query = new URLSearchParams({ instrument: id, interval: name, limit: String(PAGE), end: String(end) })
  getJson(`/api/klines?${query}`)
    .then(body => {
      isLoading = false
      // The market may have been switched while the page was on its way.
      if (instrument.value !== id || interval.value !== name) return
      if (model.prepend(barsOf(body)) === 0) exhausted = key
    })
    .catch((error: unknown) => {
      console.info('older candles are not available', error)
      setTimeout(() => {
        isLoading = false
      }, PAUSE_AFTER_FAILURE_MS)
    })
  return true
}

/** Candles of an answer of `/api/klines`. */
export function barsOf(body: unknown): readonly Bar[] {
  if (typeof body !== 'object' || body === null || !('klines' in body) || !Array.isArray(body.klines)) return []
  return body.klines.flatMap((kline: unknown) => barOf(kline))
}

function barOf(kline: unknown): readonly Bar[] {
  if (typeof kline !== 'object' || kline === null) return []
  const fields = new Map<string, unknown>(Object.entries(kline))
  const read = (name: string): number => {
    const value = fields.get(name)
    return typeof value === 'number' ? value : Number.NaN
  }
  const bought = fields.has('takerBuyVolume') ? read('takerBuyVolume') : -1
  const time = Math.floor(read('openTimeUs') / 1e6)
  const bar: Bar = [time, read('open'), read('high'), read('low'), read('close'), read('volume'), bought, 1]
  return bar.every(value => Number.isFinite(value)) ? [bar] : []
}
