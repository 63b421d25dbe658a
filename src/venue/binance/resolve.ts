import type { Channel } from '../../model/channel.ts'
import { ConfigError } from '../../model/error.ts'
import type { Instrument, InstrumentId } from '../../model/instrument.ts'
import { instrumentId, symbolOf, venueOf } from '../../model/instrument.ts'
import { nearest } from '../../model/nearest.ts'
import type { SourceSpec, StreamSpec } from '../adapter.ts'
import type { StreamCatalogue } from './catalogue.ts'
import type { Market } from './markets.ts'
import type { Settings } from './options.ts'
import { openInterestPoll, statusPoll } from './polls.ts'
import { streamSymbol } from './stream-symbol.ts'

export type InstrumentTable = ReadonlyMap<InstrumentId, Instrument> | undefined

/** What resolving needs to know of its market. */
export interface Venue {
  readonly market: Market
  readonly settings: Settings
  readonly catalogue: StreamCatalogue
}

/** Where a channel of an instrument comes from. @throws ConfigError naming the nearest that exists */
export function resolve(venue: Venue, instrument: InstrumentId, channel: Channel, table: InstrumentTable): SourceSpec {
  const { id } = venue.market
  if (venueOf(instrument) !== id) throw new ConfigError(`"${instrument}" is no instrument of ${id}.`)
  if (channel.startsWith('raw:')) return rawStream(venue, instrument, channel, table)
  if (symbolOf(instrument) === '*') return marketStream(venue, channel)
  prove(instrument, table)
  if (channel === 'openInterest' && venue.market.name !== 'options') {
    if (venue.market.name === 'spot') throw missing(venue, channel)
    return openInterestPoll(venue, instrument)
  }
  if (channel === 'status' && venue.market.name === 'spot') return statusPoll(venue, instrument)
  return toSpec(venue, instrumentStream(venue, instrument, channel, table), channel, instrument)
}

/** @throws ConfigError naming the nearest symbols when the venue's own table lacks this one */
function prove(instrument: InstrumentId, table: InstrumentTable): void {
  if (table === undefined || table.has(instrument)) return
  const symbols = [...table.values()].map(entry => entry.symbol)
  const symbol = symbolOf(instrument)
  throw new ConfigError(`${venueOf(instrument)} has no symbol "${symbol}".`, nearest(symbol, symbols))
}

function toSpec(venue: Venue, name: string, channel: Channel, instrument: InstrumentId | undefined): SourceSpec {
  const { template } = venue.catalogue.require(name)
  // Lists and streams of a whole market or underlying carry many instruments.
  const own = template.isList || template.subject !== 'symbol' ? undefined : instrument
  const stream: StreamSpec = {
    name,
    route: template.route,
    channel,
    instrument: own,
    continuity: channel.startsWith('raw:') ? { kind: 'none' } : template.continuity,
    expectedEveryMs: template.expectedEveryMs,
  }
  return { kind: 'stream', stream }
}

function instrumentStream(venue: Venue, instrument: InstrumentId, channel: Channel, table: InstrumentTable): string {
  const { market, settings } = venue
  const symbol = streamSymbol(symbolOf(instrument))
  const isOptions = market.name === 'options'
  if (channel.startsWith('kline:')) return `${symbol}@kline_${interval(market, channel.slice('kline:'.length))}`
  switch (channel) {
    case 'trade':
      return isOptions ? `${symbol}@optionTrade` : `${symbol}@aggTrade`
    case 'rawTrade':
      if (isOptions) break
      return `${symbol}@trade`
    case 'quote':
      return `${symbol}@bookTicker`
    case 'book':
      return `${symbol}@depth${settings.bookSuffix}`
    case 'depth':
      return `${symbol}@depth${settings.depthLevels}${settings.depthSuffix}`
    case 'ticker':
      return isOptions ? `${symbol}@optionTicker` : `${symbol}@ticker`
    case 'markPrice':
      if (market.name === 'spot') break
      return isOptions
        ? `${underlying(instrument, table)}@optionMarkPrice`
        : `${symbol}@markPrice${settings.markPriceSuffix}`
    case 'liquidation':
      if (market.name === 'spot' || isOptions) break
      return `${symbol}@forceOrder`
    case 'openInterest':
      return `${underlying(instrument, table)}@openInterest@${expiry(instrument)}`
    case 'status':
      return isOptions ? '!optionSymbol' : '!contractInfo'
    default:
  }
  throw missing(venue, channel)
}

const MARKET_STREAMS: Readonly<Record<Market['name'], Readonly<Partial<Record<Channel, string>>>>> = {
  spot: { ticker: '!miniTicker@arr' },
  usdm: {
    ticker: '!ticker@arr',
    quote: '!bookTicker',
    markPrice: '!markPrice@arr',
    liquidation: '!forceOrder@arr',
    status: '!contractInfo',
  },
  coinm: { ticker: '!ticker@arr', quote: '!bookTicker', liquidation: '!forceOrder@arr', status: '!contractInfo' },
  options: { status: '!optionSymbol' },
}

/** The streams that the venue sends for its whole market. */
function marketStream(venue: Venue, channel: Channel): SourceSpec {
  const { market, settings } = venue
  const names = MARKET_STREAMS[market.name]
  const name = names[channel]
  if (name === undefined) {
    const known = Object.keys(names).join(', ')
    throw new ConfigError(`${market.id}:* has no channel "${channel}"; the whole market is sent for: ${known}.`)
  }
  return toSpec(venue, channel === 'markPrice' ? name + settings.markPriceSuffix : name, channel, undefined)
}

/** A native stream by its own name; the symbol in it is written as the venue wants it. */
function rawStream(venue: Venue, instrument: InstrumentId, channel: Channel, table: InstrumentTable): SourceSpec {
  const given = channel.slice('raw:'.length)
  const at = given.indexOf('@')
  const name = at > 0 && !given.startsWith('!') ? streamSymbol(given.slice(0, at)) + given.slice(at) : given
  const { template, subject } = venue.catalogue.require(name)
  const { id } = venue.market
  if (template.subject !== 'symbol') {
    if (symbolOf(instrument) !== '*') {
      throw new ConfigError(`stream "${name}" carries more than one instrument: ask for it as "${id}:*".`)
    }
    return toSpec(venue, name, `raw:${name}`, undefined)
  }
  const own = symbolOf(instrument) === '*' ? symbolIn(id, subject, table) : instrument
  if (streamSymbol(symbolOf(own)) !== subject) {
    throw new ConfigError(
      `stream "${name}" does not belong to ${instrument}; ask for it as "${symbolIn(id, subject, table)}".`,
    )
  }
  prove(own, table)
  return toSpec(venue, name, `raw:${name}`, own)
}

/** The instrument whose stream name starts with `subject`; from the venue's own table where that is known. */
function symbolIn(venue: string, subject: string, table: InstrumentTable): InstrumentId {
  for (const entry of table?.values() ?? []) if (streamSymbol(entry.symbol) === subject) return entry.id
  return instrumentId(`${venue}:${subject.replace(/[a-z]/g, letter => letter.toUpperCase())}`)
}

function interval(market: Market, text: string): string {
  if (market.intervals.includes(text)) return text
  throw new ConfigError(
    `${market.id} has no kline interval "${text}", expected one of ${market.intervals.join(', ')}.`,
    nearest(text, market.intervals, 2),
  )
}

/** `btcusdt` of an option on it. Source: the instrument table; without one, the symbol's first part on USDT. */
function underlying(instrument: InstrumentId, table: InstrumentTable): string {
  const symbol = symbolOf(instrument)
  return streamSymbol(table?.get(instrument)?.pair ?? `${symbol.slice(0, symbol.indexOf('-'))}USDT`)
}

/** `251226` of `BTC-251226-110000-C`. */
function expiry(instrument: InstrumentId): string {
  const part = symbolOf(instrument).split('-')[1]
  if (part === undefined || !/^\d{6}$/.test(part)) {
    throw new ConfigError(`an option must look like "BTC-251226-110000-C", was "${symbolOf(instrument)}".`)
  }
  return part
}

function missing(venue: Venue, channel: Channel): ConfigError {
  const { channels } = channelsOf(venue.market)
  return new ConfigError(
    `${venue.market.id} has no channel "${channel}", it has ${channels.join(', ')}.`,
    nearest(channel, channels),
  )
}

/** The channels with a unified form in a market. */
export function channelsOf(market: Market): { readonly channels: readonly string[] } {
  const channels: string[] = ['trade', 'quote', 'book', 'depth', 'kline:<interval>', 'ticker', 'status']
  if (market.name !== 'options') channels.push('rawTrade')
  if (market.name !== 'spot') channels.push('markPrice', 'openInterest')
  if (market.name === 'usdm' || market.name === 'coinm') channels.push('liquidation')
  return { channels }
}
