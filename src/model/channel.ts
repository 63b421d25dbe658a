import { ConfigError } from './error.ts'
import { nearest } from './nearest.ts'

export const PLAIN_CHANNELS = [
  'trade',
  'rawTrade',
  'quote',
  'book',
  'depth',
  'ticker',
  'markPrice',
  'liquidation',
  'openInterest',
  'status',
] as const

export type PlainChannel = (typeof PLAIN_CHANNELS)[number]

/**
 * What can be subscribed. `trade` is the venue's best gap-checkable trade stream (aggTrade on Binance), `rawTrade` every
 * match, `book` a maintained L2 book, `depth` the venue's own top levels, `raw:<native name>` anything else it sends.
 */
export type Channel = PlainChannel | `kline:${string}` | `raw:${string}`

/** Parses a channel name. @throws ConfigError naming the nearest valid channels */
export function channel(text: string): Channel {
  for (const plain of PLAIN_CHANNELS) if (plain === text) return plain
  if (isPrefixed(text, 'kline:') || isPrefixed(text, 'raw:')) return text
  const names = [...PLAIN_CHANNELS, 'kline:1m', 'raw:<stream>']
  throw new ConfigError(`unknown channel "${text}", expected one of ${names.join(', ')}.`, nearest(text, names))
}

function isPrefixed<P extends 'kline:' | 'raw:'>(text: string, prefix: P): text is `${P}${string}` {
  return text.startsWith(prefix) && text.length > prefix.length
}
