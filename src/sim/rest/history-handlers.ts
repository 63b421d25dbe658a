import { priceText } from '../encode/encoder.ts'
import { averagePrice } from '../feeds/trade-feeds.ts'
import { candleStart, isInterval, nextStart, shortestMs } from '../tape/intervals.ts'
import { floatText, unitsText } from '../wire/decimal-text.ts'
import type { Call } from './query.ts'
import { badRequest, invalidSymbol, RestError } from './rest-error.ts'

const periods: ReadonlySet<string> = new Set(['5m', '15m', '30m', '1h', '2h', '4h', '6h', '12h', '1d'])
const thirtyDaysMs = 30 * 86_400_000

/** Candles of the premium of the contract over its index, as fractions; nothing is traded in them. */
export function premiumIndexKlines(call: Call): string {
  const { instrument } = call.view()
  const interval = call.required('interval')
  if (!isInterval(interval) || interval === '1s') throw badRequest(-1120, 'Invalid interval.')
  const nowMs = call.source.nowMs()
  const limit = call.limit(500, 1500)
  const rows = openTimes(call, interval, limit, instrument.onboardMs).map(openMs => {
    const endMs = nextStart(interval, openMs)
    const span = call.source.premium(instrument.symbol, openMs, endMs)
    if (span === undefined) throw new RestError(503, -1016, 'This recording holds no premium index.')
    const seconds = Math.round((Math.min(endMs, nowMs) - openMs) / 5000)
    const [open, high, low, close] = [span.open, span.high, span.low, span.close].map(value => floatText(value, 8))
    return `[${openMs},"${open}","${high}","${low}","${close}","0",${endMs - 1},"0",${seconds},"0","0","0"]`
  })
  return `[${rows.join(',')}]`
}

/** Open times of the candles a call asks for, oldest first: with a start from there, else the newest. */
function openTimes(call: Call, interval: string, limit: number, earliestMs: number): readonly number[] {
  const nowMs = call.source.nowMs()
  const startMs = call.integer('startTime')
  const lastMs = candleStart(interval, Math.min(call.integer('endTime') ?? nowMs, nowMs))
  const times: number[] = []
  if (startMs === undefined) {
    for (let openMs = lastMs; times.length < limit && openMs >= earliestMs; openMs = candleStart(interval, openMs - 1))
      times.push(openMs)
    return times.reverse()
  }
  let openMs = candleStart(interval, Math.max(startMs, earliestMs))
  if (openMs < startMs) openMs = nextStart(interval, openMs)
  for (; openMs <= lastMs && times.length < limit; openMs = nextStart(interval, openMs)) times.push(openMs)
  return times
}

/** `/futures/data/openInterestHist`: the last 30 days in steps of the period. */
export function openInterestHist(call: Call): string {
  const isInverse = call.rules.symbolType === 2
  const view = isInverse ? contractOf(call) : call.view()
  const { instrument } = view
  const period = call.required('period')
  if (!periods.has(period)) throw badRequest(-1130, "Data sent for parameter 'period' is not valid.")
  const limit = call.limit(30, 500)
  const nowMs = call.source.nowMs()
  const stepMs = shortestMs(period)
  const endMs = Math.floor(Math.min(call.integer('endTime') ?? nowMs, nowMs) / stepMs) * stepMs
  const wantedMs = call.integer('startTime') ?? endMs - (limit - 1) * stepMs
  const startMs = Math.max(wantedMs, nowMs - thirtyDaysMs, instrument.onboardMs)
  const rows: string[] = []
  for (let timeMs = Math.ceil(startMs / stepMs) * stepMs; timeMs <= endMs && rows.length < limit; timeMs += stepMs) {
    const units = call.source.openInterestAt(instrument.symbol, timeMs)
    if (units === undefined) throw new RestError(503, -1016, 'This recording holds no open interest.')
    const price = (view.tape.candles.candle(period, timeMs)?.open ?? 0) / 10 ** instrument.priceDecimals
    const quantity = units / 10 ** instrument.quantityDecimals
    const value = isInverse ? (quantity * instrument.contractSize) / Math.max(price, 1e-12) : quantity * price
    const name = isInverse
      ? `"pair":"${instrument.pair}","contractType":"${instrument.contractType}"`
      : `"symbol":"${instrument.symbol}"`
    // Coins in existence: the venue passes on somebody else's figure, and no consumer here depends on it.
    const supply = isInverse ? '' : `"CMCCirculatingSupply":"${floatText(quantity * 210, 3)}",`
    const text = unitsText(Math.round(units), instrument.quantityDecimals, isInverse ? 0 : 8)
    rows.push(
      `{${name},"sumOpenInterest":"${text}","sumOpenInterestValue":"${floatText(value, 8)}",${supply}"timestamp":${timeMs}}`,
    )
  }
  return `[${rows.join(',')}]`
}

function contractOf(call: Call): ReturnType<Call['view']> {
  const pair = call.required('pair')
  const contractType = call.required('contractType')
  const found = call.source
    .instruments()
    .find(row => row.pair === pair && (row.contractType === contractType || contractType === 'ALL'))
  const view = found === undefined ? undefined : call.source.view(found.symbol)
  if (view === undefined) throw invalidSymbol()
  return view
}

/** The price range in which an order may trade, as multiples of the reference price. */
export function executionRules(call: Call): string {
  const rows = call
    .spotViews()
    .map(
      ({ instrument }) =>
        `{"symbol":"${instrument.symbol}","rules":[{"ruleType":"PRICE_RANGE","bidLimitMultUp":"1.1500",` +
        `"bidLimitMultDown":"0.8500","askLimitMultUp":"1.1500","askLimitMultDown":"0.8500"}]}`,
    )
  return `{"symbolRules":[${rows.join(',')}]}`
}

export function referencePrice(call: Call): string {
  const view = call.view()
  const nowMs = call.source.nowMs()
  const mean = averagePrice(view, nowMs)
  const price = mean === undefined ? 'null' : `"${priceText(view.instrument, Math.round(mean))}"`
  return `{"symbol":"${view.instrument.symbol}","referencePrice":${price},"timestamp":${nowMs}}`
}
