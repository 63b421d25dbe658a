import { futuresEncoder, symbolType } from '../encode/futures.ts'
import { bookTickerFeed, slowBookTickerFeed } from '../feeds/book-feeds.ts'
import { phaseUs, together } from '../feeds/feed-context.ts'
import { forceOrderFeed, klineFeed, tickerState, tradeFeed, windowSpanMs } from '../feeds/trade-feeds.ts'
import type { Topic } from '../hub.ts'
import type { StreamSpec } from '../stream-name.ts'
import { expiryCode } from '../tape/intervals.ts'
import { floatText } from '../wire/decimal-text.ts'
import type { ContractNotice } from './contract-notices.ts'
import type { Derivative } from './derivative.ts'
import type { GeneratedVenue, Listed } from './generated-venue.ts'
import { assetIndexFeed, compositeIndexFeed, tradingSessionFeed } from './index-feeds.ts'
import { contractInfoText, optionSymbolText } from './notice-text.ts'
import { optionMarkRow } from './option-rows.ts'
import { priceKlineFeed } from './price-kline.ts'

/** Streams that span instruments, or that need marks and indices. */
export function openDerivedFeed(spec: StreamSpec, topic: Topic, venue: GeneratedVenue): Disposable | undefined {
  switch (spec.kind) {
    case 'markPrice':
      return markPriceFeed(spec.symbol, spec.speedMs, topic, venue)
    case 'indexPrice':
      return every(
        venue,
        1000,
        spec.symbol,
        atUs => {
          const price = venue.index(spec.symbol)
          return price === undefined
            ? undefined
            : `{"e":"indexPriceUpdate","E":${ms(atUs)},"i":"${spec.symbol}","p":"${floatText(price, 8)}"}`
        },
        topic,
      )
    case 'priceKline':
      return priceKlineFeed(spec, topic, venue)
    case 'continuousKline':
      return continuousKlineFeed(spec, topic, venue)
    case 'all':
      return allMarketFeed(spec, topic, venue)
    case 'expiry':
      return expiryFeed(spec, topic, venue)
    case 'simple':
      return simpleFeed(spec.what, spec.symbol, topic, venue)
    default:
      return undefined
  }
}

function simpleFeed(what: string, symbol: string, topic: Topic, venue: GeneratedVenue): Disposable | undefined {
  switch (what) {
    case 'optionMarkPrice':
      return optionMarkFeed(symbol, topic, venue)
    case 'optionTrade':
      return underlyingTradeFeed(symbol, topic, venue)
    case 'compositeIndex':
      return compositeIndexFeed(symbol, topic, venue)
    case 'assetIndex':
      return assetIndexFeed(symbol, topic, venue)
    default:
      return undefined
  }
}

/** `<underlying>@optionTrade`: the trades of all options on it. */
function underlyingTradeFeed(pair: string, topic: Topic, venue: GeneratedVenue): Disposable | undefined {
  const { scheduler } = venue.world
  const rows = [...venue.listed.values()].filter(({ market }) => market.instrument.pair === pair)
  if (rows.length === 0) return undefined
  return together(...rows.map(({ market }) => tradeFeed({ view: market, topic, encoder: venue.encoder, scheduler })))
}

/** `!contractInfo` of both halves of the futures universe, and `!optionSymbol`. */
function noticeFeed(
  topic: Topic,
  venue: GeneratedVenue,
  write: (notice: ContractNotice, nowMs: number) => string,
): Disposable {
  const listener = (notice: ContractNotice, atUs: number): void => topic.publish(() => write(notice, ms(atUs)))
  const sources = [venue.notices, ...(venue.sister() === undefined ? [] : [venue.sister()?.notices])]
  for (const source of sources) source?.listeners.add(listener)
  return {
    [Symbol.dispose]: () => {
      for (const source of sources) source?.listeners.delete(listener)
    },
  }
}

/** The rows of `!markPrice@arr`: TradFi contracts come in a message of their own. */
function markPriceArrays(venue: GeneratedVenue, atUs: number): readonly string[] {
  const rows = contracts(venue)
  const isTradFi = (row: Derivative): boolean => row.instrument.contractType === 'TRADIFI_PERPETUAL'
  const groups = [rows.filter(row => !isTradFi(row)), rows.filter(isTradFi)]
  return groups
    .filter(group => group.length > 0)
    .map(group => `[${group.map(row => markPriceText(venue, row, atUs)).join(',')}]`)
}

function ms(atUs: number): number {
  return Math.floor(atUs / 1000)
}

function every(
  venue: GeneratedVenue,
  periodMs: number,
  phaseKey: string,
  write: (atUs: number) => string | undefined,
  topic: Topic,
): Disposable {
  return venue.world.scheduler.every(periodMs * 1000, phaseUs(phaseKey, 100_000), atUs => {
    if (topic.subscribers.size === 0) return
    const text = write(atUs)
    if (text !== undefined) topic.publish(() => text)
  })
}

/** One `markPriceUpdate`. `T` is the next funding time; delivery contracts have none, and an empty rate. */
export function markPriceText(venue: GeneratedVenue, derivative: Derivative, atUs: number): string {
  const { instrument } = derivative
  const figures = venue.mark(instrument.symbol) ?? venue.sister()?.mark(instrument.symbol)
  if (figures === undefined) return '{}'
  const average = instrument.isInverse ? '' : `"ap":"${figures.averageMarkPrice}",`
  return (
    `{"e":"markPriceUpdate","E":${ms(atUs)},"s":"${instrument.symbol}","p":"${figures.markPrice}",${average}` +
    `"P":"${figures.settlePrice}","i":"${figures.indexPrice}","r":"${figures.fundingRate}","T":${figures.nextFundingMs},` +
    `"st":${symbolType(instrument)}}`
  )
}

function markPriceFeed(symbol: string, speedMs: number, topic: Topic, venue: GeneratedVenue): Disposable | undefined {
  const derivative = venue.listed.get(symbol)?.derivative ?? venue.sister()?.listed.get(symbol)?.derivative
  if (derivative !== undefined)
    return every(venue, speedMs, 'mark', atUs => markPriceText(venue, derivative, atUs), topic)
  // On COIN-M a pair names all its contracts.
  const pair = venue.venue === 'binance-coinm' ? contracts(venue).filter(row => row.instrument.pair === symbol) : []
  if (pair.length === 0) return undefined
  return every(venue, speedMs, 'mark', atUs => `[${pair.map(row => markPriceText(venue, row, atUs)).join(',')}]`, topic)
}

function contracts(venue: GeneratedVenue): readonly Derivative[] {
  return [...venue.listed.values()].flatMap(({ derivative }) => (derivative === undefined ? [] : [derivative]))
}

function continuousKlineFeed(
  spec: { readonly pair: string; readonly contractType: string; readonly interval: string },
  topic: Topic,
  venue: GeneratedVenue,
): Disposable | undefined {
  const rows = [...venue.listed.values(), ...(venue.sister()?.listed.values() ?? [])]
  const found = rows.find(
    ({ market }) => market.instrument.pair === spec.pair && market.instrument.contractType === spec.contractType,
  )
  if (found === undefined) return undefined
  const context = { view: found.market, topic, encoder: venue.encoder, scheduler: venue.world.scheduler }
  return klineFeed(context, spec.interval, 0, 250, (state, atUs) =>
    futuresEncoder
      .kline(found.market.instrument, spec.interval, state, atUs, false)
      .replace('"e":"kline"', '"e":"continuous_kline"')
      .replace(`"s":"${found.market.instrument.symbol}","k"`, `"ps":"${spec.pair}","ct":"${spec.contractType}","k"`)
      .replace(`,"s":"${found.market.instrument.symbol}","i"`, ',"i"'),
  )
}

function merged(venue: GeneratedVenue): readonly Listed[] {
  return [...venue.listed.values(), ...(venue.sister()?.listed.values() ?? [])]
}

function allMarketFeed(
  spec: { readonly what: string; readonly speedMs: number; readonly window: string },
  topic: Topic,
  venue: GeneratedVenue,
): Disposable | undefined {
  const { scheduler } = venue.world
  const rows = merged(venue)
  switch (spec.what) {
    case 'miniTicker':
    case 'ticker':
    case 'windowTicker':
      return changedTickers(spec.what === 'miniTicker' ? 'mini' : 'full', spec.window, rows, topic, venue)
    case 'bookTicker':
      return together(
        ...rows.map(({ market }) => {
          const context = { view: market, topic, encoder: venue.encoder, scheduler }
          return spec.speedMs === 0 ? bookTickerFeed(context) : slowBookTickerFeed(context, spec.speedMs)
        }),
      )
    case 'forceOrder':
      return together(
        ...rows.map(({ market }) => forceOrderFeed({ view: market, topic, encoder: venue.encoder, scheduler }, true)),
      )
    case 'markPrice':
      return scheduler.every(spec.speedMs * 1000, phaseUs('mark', 100_000), atUs => {
        if (topic.subscribers.size === 0) return
        for (const text of markPriceArrays(venue, atUs)) topic.publish(() => text)
      })
    case 'contractInfo':
      return noticeFeed(topic, venue, contractInfoText)
    case 'optionSymbol':
      return noticeFeed(topic, venue, optionSymbolText)
    case 'assetIndex':
      return assetIndexFeed(undefined, topic, venue)
    case 'tradingSession':
      return tradingSessionFeed(topic, venue)
    case 'index':
      return every(venue, 1000, 'index', atUs => indexRows(venue, atUs), topic)
    default:
      return undefined
  }
}

function indexRows(venue: GeneratedVenue, atUs: number): string {
  const pairs = [...new Set(venue.instruments().map(instrument => instrument.pair))]
  const rows = pairs.map(
    pair => `{"e":"indexPrice","E":${ms(atUs)},"s":"${pair}","p":"${floatText(venue.index(pair) ?? 0, 8)}"}`,
  )
  return `[${rows.join(',')}]`
}

/** One array a second with the symbols that traded since the last. */
function changedTickers(
  form: 'mini' | 'full',
  window: string,
  rows: readonly Listed[],
  topic: Topic,
  venue: GeneratedVenue,
): Disposable {
  const seen = new Map<string, number>()
  return venue.world.scheduler.every(1_000_000, 0, atUs => {
    if (topic.subscribers.size === 0) return
    const changed = rows.filter(({ market }) => {
      const id = market.tape.trades.last?.id ?? -1
      const isNew = seen.get(market.instrument.symbol) !== id
      seen.set(market.instrument.symbol, id)
      return isNew
    })
    if (changed.length === 0) return
    topic.publish(isMicro => {
      const texts = changed.flatMap(({ market }) => {
        const state = tickerState(
          market,
          ms(atUs),
          windowSpanMs(window),
          window === '' ? '24hrTicker' : `${window}Ticker`,
        )
        if (state === undefined) return []
        return form === 'mini'
          ? [venue.encoder.miniTicker(market.instrument, state.window, atUs, isMicro)]
          : [venue.encoder.ticker(market.instrument, state, atUs, isMicro)]
      })
      return `[${texts.join(',')}]`
    })
  })
}

function expiryFeed(
  spec: { readonly what: 'optionTicker' | 'openInterest'; readonly symbol: string; readonly expiry: string },
  topic: Topic,
  venue: GeneratedVenue,
): Disposable | undefined {
  const rows = [...venue.listed.values()].filter(
    ({ market: { instrument } }) =>
      instrument.pair === spec.symbol && expiryCode(instrument.deliveryMs) === spec.expiry,
  )
  if (rows.length === 0) return undefined
  if (spec.what === 'optionTicker') return changedTickers('full', '', rows, topic, venue)
  const symbols = new Set(rows.map(({ market }) => market.instrument.symbol))
  return every(
    venue,
    60_000,
    'oi',
    atUs => {
      const texts = venue
        .options()
        .filter(row => symbols.has(row.symbol))
        .map(
          row =>
            `{"e":"openInterest","E":${ms(atUs)},"s":"${row.symbol}","o":"${floatText(row.openInterest, 2)}","h":"${floatText(row.openInterest * row.indexPrice, 4)}"}`,
        )
      return `[${texts.join(',')}]`
    },
    topic,
  )
}

function optionMarkFeed(pair: string, topic: Topic, venue: GeneratedVenue): Disposable | undefined {
  if (venue.index(pair) === undefined) return undefined
  return every(
    venue,
    1000,
    'mark',
    atUs => {
      const rows = venue.options().filter(row => venue.view(row.symbol)?.instrument.pair === pair)
      return `[${rows.map(row => optionMarkRow(row, venue.view(row.symbol), ms(atUs))).join(',')}]`
    },
    topic,
  )
}
