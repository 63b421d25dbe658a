import { isInterval } from './tape/intervals.ts'
import type { SimVenue, StreamClass } from './venue-rules.ts'
import { venueRules } from './venue-rules.ts'

/** What a stream name asks for. `symbol` is upper-case; it may also be a pair or an underlying. */
export type StreamSpec =
  | { readonly kind: 'simple'; readonly what: SimpleStream; readonly symbol: string }
  | { readonly kind: 'depth'; readonly symbol: string; readonly speedMs: number }
  | { readonly kind: 'partial'; readonly symbol: string; readonly levels: number; readonly speedMs: number }
  | { readonly kind: 'kline'; readonly symbol: string; readonly interval: string; readonly offsetMs: number }
  | { readonly kind: 'priceKline'; readonly of: 'index' | 'mark'; readonly symbol: string; readonly interval: string }
  | {
      readonly kind: 'continuousKline'
      readonly pair: string
      readonly contractType: string
      readonly interval: string
    }
  | { readonly kind: 'windowTicker'; readonly symbol: string; readonly window: string }
  | { readonly kind: 'markPrice'; readonly symbol: string; readonly speedMs: number }
  | { readonly kind: 'indexPrice'; readonly symbol: string }
  | { readonly kind: 'all'; readonly what: AllMarketStream; readonly speedMs: number; readonly window: string }
  | {
      readonly kind: 'expiry'
      readonly what: 'optionTicker' | 'openInterest'
      readonly symbol: string
      readonly expiry: string
    }

export type SimpleStream =
  | 'trade'
  | 'aggTrade'
  | 'bookTicker'
  | 'miniTicker'
  | 'ticker'
  | 'avgPrice'
  | 'referencePrice'
  | 'blockTrade'
  | 'forceOrder'
  | 'rpiDepth'
  | 'optionTicker'
  | 'optionTrade'
  | 'optionMarkPrice'
  | 'compositeIndex'
  | 'assetIndex'

export type AllMarketStream =
  | 'miniTicker'
  | 'ticker'
  | 'windowTicker'
  | 'bookTicker'
  | 'markPrice'
  | 'forceOrder'
  | 'contractInfo'
  | 'assetIndex'
  | 'tradingSession'
  | 'optionSymbol'
  | 'index'

type Parser = (symbol: string, rest: string) => StreamSpec | undefined

/** Reads a stream name as the venue would; undefined for names it does not know, which are acknowledged and stay silent. */
export function parseStreamName(venue: SimVenue, name: string): StreamSpec | undefined {
  if (name.startsWith('!') || name === 'tradingSession') return parseAllMarket(venue, name)
  const at = name.indexOf('@')
  if (at <= 0) return undefined
  const symbol = name.slice(0, at)
  if (symbol !== symbol.toLowerCase()) return undefined
  return parsers[venue](symbol.toUpperCase(), name.slice(at + 1))
}

/** Class of a stream on hosts with split paths. */
export function streamClass(spec: StreamSpec): StreamClass {
  switch (spec.kind) {
    case 'depth':
    case 'partial':
      return 'public'
    case 'simple':
      return publicSimple.has(spec.what) ? 'public' : 'market'
    case 'all':
      return spec.what === 'bookTicker' ? 'public' : 'market'
    case 'expiry':
      return spec.what === 'optionTicker' ? 'public' : 'market'
    default:
      return 'market'
  }
}

const publicSimple: ReadonlySet<string> = new Set(['trade', 'bookTicker', 'rpiDepth', 'optionTicker', 'optionTrade'])

const parsers: Readonly<Record<SimVenue, Parser>> = {
  'binance-spot': (symbol, rest) =>
    simple(symbol, rest, [
      'trade',
      'aggTrade',
      'bookTicker',
      'miniTicker',
      'ticker',
      'avgPrice',
      'referencePrice',
      'blockTrade',
    ]) ??
    depth(
      symbol,
      rest,
      new Map([
        ['', 1000],
        ['@100ms', 100],
      ]),
    ) ??
    windowTicker(symbol, rest) ??
    kline(symbol, rest),
  'binance-usdm': (symbol, rest) =>
    simple(symbol, rest, [
      'trade',
      'aggTrade',
      'bookTicker',
      'miniTicker',
      'ticker',
      'forceOrder',
      'compositeIndex',
      'assetIndex',
    ]) ??
    (rest === 'rpiDepth@500ms' ? { kind: 'simple', what: 'rpiDepth', symbol } : undefined) ??
    depth(symbol, rest, futuresSpeeds) ??
    markPrice(symbol, rest) ??
    futuresKline(symbol, rest),
  'binance-coinm': (symbol, rest) =>
    simple(symbol, rest, ['trade', 'aggTrade', 'bookTicker', 'miniTicker', 'ticker', 'forceOrder']) ??
    depth(symbol, rest, futuresSpeeds) ??
    markPrice(symbol, rest) ??
    (rest === 'indexPrice' || rest === 'indexPrice@1s' ? { kind: 'indexPrice', symbol } : undefined) ??
    futuresKline(symbol, rest),
  'binance-options': (symbol, rest) =>
    simple(symbol, rest, ['optionTicker', 'optionTrade', 'bookTicker', 'optionMarkPrice']) ??
    depth(
      symbol,
      rest,
      new Map([
        ['@100ms', 100],
        ['@500ms', 500],
      ]),
    ) ??
    expiry(symbol, rest) ??
    kline(symbol, rest),
}

/** 250 ms is what a name without suffix gives; `@0ms` is undocumented and unthrottled. */
const futuresSpeeds: ReadonlyMap<string, number> = new Map([
  ['', 250],
  ['@100ms', 100],
  ['@500ms', 500],
  ['@0ms', 0],
])

function simple(symbol: string, rest: string, known: readonly SimpleStream[]): StreamSpec | undefined {
  const what = known.find(name => name === rest)
  return what === undefined ? undefined : { kind: 'simple', what, symbol }
}

function depth(symbol: string, rest: string, speeds: ReadonlyMap<string, number>): StreamSpec | undefined {
  if (!rest.startsWith('depth')) return undefined
  const at = rest.indexOf('@')
  const levels = at < 0 ? rest.slice(5) : rest.slice(5, at)
  const speedMs = speeds.get(at < 0 ? '' : rest.slice(at))
  if (speedMs === undefined) return undefined
  if (levels === '') return { kind: 'depth', symbol, speedMs }
  return levels === '5' || levels === '10' || levels === '20'
    ? { kind: 'partial', symbol, levels: Number(levels), speedMs: Math.max(100, speedMs) }
    : undefined
}

function kline(symbol: string, rest: string): StreamSpec | undefined {
  if (!rest.startsWith('kline_')) return undefined
  const isShifted = rest.endsWith('@+08:00')
  const interval = isShifted ? rest.slice(6, -7) : rest.slice(6)
  return isInterval(interval) ? { kind: 'kline', symbol, interval, offsetMs: isShifted ? 28_800_000 : 0 } : undefined
}

function futuresKline(symbol: string, rest: string): StreamSpec | undefined {
  const at = rest.lastIndexOf('_')
  const interval = rest.slice(at + 1)
  if (at < 0 || !isInterval(interval) || interval === '1s') return undefined
  switch (rest.slice(0, at)) {
    case 'kline':
      return { kind: 'kline', symbol, interval, offsetMs: 0 }
    case 'markPriceKline':
      return { kind: 'priceKline', of: 'mark', symbol, interval }
    case 'indexPriceKline':
      return { kind: 'priceKline', of: 'index', symbol, interval }
    case 'continuousKline': {
      const match = /^(.+?)_(PERPETUAL|CURRENT_QUARTER|NEXT_QUARTER|TRADIFI_PERPETUAL)$/.exec(symbol)
      const pair = match?.[1]
      const contractType = match?.[2]
      return pair !== undefined && contractType !== undefined
        ? { kind: 'continuousKline', pair, contractType, interval }
        : undefined
    }
    default:
      return undefined
  }
}

function windowTicker(symbol: string, rest: string): StreamSpec | undefined {
  const window = rest.startsWith('ticker_') ? rest.slice(7) : ''
  return isWindow(window) ? { kind: 'windowTicker', symbol, window } : undefined
}

function isWindow(text: string): boolean {
  return text === '1h' || text === '4h' || text === '1d'
}

function markPrice(symbol: string, rest: string): StreamSpec | undefined {
  if (rest === 'markPrice') return { kind: 'markPrice', symbol, speedMs: 3000 }
  return rest === 'markPrice@1s' ? { kind: 'markPrice', symbol, speedMs: 1000 } : undefined
}

function expiry(symbol: string, rest: string): StreamSpec | undefined {
  const match = /^(optionTicker|openInterest|optionOpenInterest)@(\d{6})$/.exec(rest)
  const code = match?.[2]
  if (code === undefined) return undefined
  return { kind: 'expiry', what: match?.[1] === 'optionTicker' ? 'optionTicker' : 'openInterest', symbol, expiry: code }
}

function parseAllMarket(venue: SimVenue, name: string): StreamSpec | undefined {
  const all = (what: AllMarketStream, speedMs: number, window = ''): StreamSpec => ({
    kind: 'all',
    what,
    speedMs,
    window,
  })
  const { family } = venueRules[venue]
  if (family === 'spot') {
    if (name === '!miniTicker@arr') return all('miniTicker', 1000)
    const window = /^!ticker_(.+)@arr$/.exec(name)?.[1] ?? ''
    return isWindow(window) ? all('windowTicker', 1000, window) : undefined
  }
  if (family === 'options') {
    if (name === '!optionSymbol') return all('optionSymbol', 0)
    return name === '!index@arr' ? all('index', 1000) : undefined
  }
  switch (name) {
    case '!miniTicker@arr':
      return all('miniTicker', 1000)
    case '!ticker@arr':
      return all('ticker', 1000)
    case '!bookTicker':
      return all('bookTicker', venue === 'binance-usdm' ? 5000 : 0)
    case '!forceOrder@arr':
      return all('forceOrder', 1000)
    case '!contractInfo':
      return all('contractInfo', 0)
    case '!assetIndex@arr':
      return all('assetIndex', 1000)
    case 'tradingSession':
      return venue === 'binance-usdm' ? all('tradingSession', 1000) : undefined
    case '!markPrice@arr':
      return venue === 'binance-usdm' ? all('markPrice', 3000) : undefined
    case '!markPrice@arr@1s':
      return venue === 'binance-usdm' ? all('markPrice', 1000) : undefined
    default:
      return undefined
  }
}
