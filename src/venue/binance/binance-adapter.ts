import { ConfigError } from '../../model/error.ts'
import type { Decoder, StreamSpec, VenueAdapter } from '../adapter.ts'
import { FUTURES_JOIN, SPOT_JOIN } from './book-rules.ts'
import { StreamCatalogue } from './catalogue.ts'
import { controlFrame } from './control.ts'
import { BinanceDecoder } from './decode.ts'
import type { Market } from './markets.ts'
import type { BinanceSpotOptions } from './options.ts'
import { settingsOf } from './options.ts'
import { channelsOf, resolve } from './resolve.ts'
import { openInterestHistoryEndpoint, settledFundingEndpoint } from './rest-history.ts'
import { instrumentsEndpoint, timeEndpoint } from './rest-instruments.ts'
import { klinesEndpoint, readError, recentTradesEndpoint, snapshotEndpoint, tradesByIdEndpoint } from './rest-market.ts'

/** Deep enough for days of a liquid market, a fifth of what the deepest costs on spot. */
const DEFAULT_BOOK_DEPTH = 1000

/** One of Binance's four markets as a venue. @throws ConfigError for an option it does not have */
export function binanceAdapter(market: Market, options: BinanceSpotOptions): VenueAdapter {
  const settings = settingsOf(market, options)
  const catalogue = new StreamCatalogue(market.id, market.streams, market.retired, market.intervals, market.contracts)
  const base = settings.endpoints.rest + market.restPath
  const join = market.name === 'spot' ? SPOT_JOIN : FUTURES_JOIN
  return {
    id: market.id,
    environment: settings.environment,
    endpoints: settings.endpoints,
    limits: market.limits,
    heartbeat: market.heartbeat,
    channels: channelsOf(market).channels,
    intervals: market.intervals,
    resolve: (instrument, channel, instruments) =>
      resolve({ market, settings, catalogue }, instrument, channel, instruments),
    streamUrl(route) {
      if (!market.routes.includes(route)) {
        throw new ConfigError(`${market.id} has no route "${route}", it has ${market.routes.join(', ')}.`)
      }
      const path = `${route === '' ? '' : `/${route}`}/${settings.mode === 'combined' ? 'stream' : 'ws'}`
      return `${settings.endpoints.stream}${path}${settings.unit === 'microsecond' ? '?timeUnit=MICROSECOND' : ''}`
    },
    control: controlFrame,
    openDecoder<S extends StreamSpec>(): Decoder<S> {
      return new BinanceDecoder<S>({
        venue: market.id,
        catalogue,
        unit: settings.unit,
        isRaw: settings.mode === 'raw',
        productType: market.productType,
        isFast: true,
      })
    },
    instruments: instrumentsEndpoint(market, base),
    time: timeEndpoint(base),
    book: {
      ...join,
      depths: market.snapshotDepths,
      defaultDepth: DEFAULT_BOOK_DEPTH,
      snapshot: snapshotEndpoint(market, base),
    },
    klines: klinesEndpoint(market, base),
    ...(market.name === 'options' ? {} : { tradesById: tradesByIdEndpoint(market, base) }),
    recentTrades: recentTradesEndpoint(market, base),
    ...(market.name === 'usdm' || market.name === 'coinm'
      ? {
          settledFunding: settledFundingEndpoint(base),
          openInterestHistory: openInterestHistoryEndpoint(market, settings.endpoints.rest),
        }
      : {}),
    readError,
    usedWeight(headers) {
      const text = headers.get('x-mbx-used-weight-1m')
      const weight = text === null || text === '' ? Number.NaN : Number(text)
      return Number.isFinite(weight) ? weight : undefined
    },
  }
}
