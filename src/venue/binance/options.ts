import { ConfigError } from '../../model/error.ts'
import type { Environment } from '../../model/instrument.ts'
import { nearest } from '../../model/nearest.ts'
import type { VenueEndpoints } from '../adapter.ts'
import type { TimeUnit } from './fields.ts'
import type { Market } from './markets.ts'

export interface BinanceOptions {
  /** @default 'live' */
  readonly environment?: Environment
  /** Origins that replace those of the environment; the venue's own paths are appended. */
  readonly endpoints?: Partial<VenueEndpoints>
  /** `combined` frames name their stream; `raw` ones are told apart by their content. @default 'combined' */
  readonly mode?: 'combined' | 'raw'
  /** How often books and top levels come: `100ms`, on futures also `250ms`, `500ms`, `0ms` (undocumented). @default '100ms' */
  readonly depthSpeed?: string
  /** Levels per side of the `depth` channel. @default 20 */
  readonly depthLevels?: 5 | 10 | 20
  /** Futures only: how often a mark price comes. @default '1s' */
  readonly markPriceSpeed?: '1s' | '3s'
}

export interface BinanceSpotOptions extends BinanceOptions {
  /** Resolution of every time on the stream. @default 'millisecond' */
  readonly timeUnit?: TimeUnit
}

/** The options with every default filled in. */
export interface Settings {
  readonly environment: Environment
  readonly endpoints: VenueEndpoints
  readonly mode: 'combined' | 'raw'
  readonly unit: TimeUnit
  /** What stands behind a depth name: `@100ms`, or '' where the market's own speed is that. */
  readonly bookSuffix: string
  readonly depthSuffix: string
  readonly depthLevels: number
  readonly markPriceSuffix: string
}

/** @throws ConfigError naming the option, what was expected and what was received */
export function settingsOf(market: Market, options: BinanceSpotOptions): Settings {
  const environment = oneOf('environment', options.environment ?? 'live', ['live', 'testnet', 'demo'] as const)
  const mode = oneOf('mode', options.mode ?? 'combined', ['combined', 'raw'] as const)
  const unit = oneOf('timeUnit', options.timeUnit ?? 'millisecond', ['millisecond', 'microsecond'] as const)
  if (unit === 'microsecond' && market.name !== 'spot') {
    throw new ConfigError(`timeUnit "microsecond" exists on binance-spot only, not on ${market.id}.`)
  }
  const speed = oneOf('depthSpeed', options.depthSpeed ?? '100ms', market.depthSpeeds)
  const levels = options.depthLevels ?? 20
  if (levels !== 5 && levels !== 10 && levels !== 20) {
    throw new ConfigError(`depthLevels must be 5, 10 or 20, was ${String(levels)}.`)
  }
  const markPriceSpeed = oneOf('markPriceSpeed', options.markPriceSpeed ?? '1s', ['1s', '3s'] as const)
  const isDefaultSpeed = speed === (market.name === 'spot' ? '1000ms' : '250ms')
  const bookSuffix = isDefaultSpeed ? '' : `@${speed}`
  return {
    environment,
    endpoints: endpointsOf(market.endpoints[environment], options.endpoints),
    mode,
    unit,
    bookSuffix,
    depthSuffix: speed === '0ms' ? '@100ms' : bookSuffix,
    depthLevels: levels,
    markPriceSuffix: markPriceSpeed === '1s' ? '@1s' : '',
  }
}

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  for (const candidate of allowed) if (candidate === value) return candidate
  throw new ConfigError(`${name} must be one of ${allowed.join(', ')}, was "${value}".`, nearest(value, allowed))
}

function endpointsOf(defaults: VenueEndpoints, given: Partial<VenueEndpoints> = {}): VenueEndpoints {
  const rest = origin('rest', given.rest ?? defaults.rest, ['http:', 'https:'])
  const stream = origin('stream', given.stream ?? defaults.stream, ['ws:', 'wss:'])
  const wsApi = given.wsApi ?? defaults.wsApi
  return wsApi === undefined ? { rest, stream } : { rest, stream, wsApi: origin('wsApi', wsApi, ['ws:', 'wss:']) }
}

/** An origin without a slash at its end, since paths are appended. */
function origin(role: string, text: string, protocols: readonly string[]): string {
  let url: URL
  try {
    url = new URL(text)
  } catch (cause) {
    throw new ConfigError(`endpoint "${role}" must be a URL, was "${text}".`, [], cause)
  }
  if (!protocols.includes(url.protocol)) {
    throw new ConfigError(`endpoint "${role}" must start with ${protocols.join(' or ')}//, was "${text}".`)
  }
  return text.replace(/\/+$/, '')
}
