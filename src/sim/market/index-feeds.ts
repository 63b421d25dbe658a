import { phaseUs } from '../feeds/feed-context.ts'
import type { Topic } from '../hub.ts'
import { smoothNoise } from '../tape/smooth-noise.ts'
import { floatText } from '../wire/decimal-text.ts'
import type { GeneratedVenue } from './generated-venue.ts'
import { sessionAt, sessionEvents } from './trading-session.ts'
import type { Basket } from './underlying.ts'
import type { World } from './world.ts'

/** Assets that margins are counted in, with the haircut on each side. */
const marginAssets: readonly (readonly [asset: string, buffer: number])[] = [
  ['USDT', 0],
  ['USDC', 0],
  ['BTC', 0.05],
  ['ETH', 0.05],
  ['SOL', 0.1],
]

/** Runs `write` each second while somebody listens, and publishes each of the texts as a message of its own. */
export function eachSecond(
  world: World,
  phaseKey: string,
  topic: Topic,
  write: (nowMs: number) => readonly string[],
): Disposable {
  return world.scheduler.every(1_000_000, phaseUs(phaseKey, 100_000), atUs => {
    if (topic.subscribers.size === 0) return
    for (const text of write(Math.floor(atUs / 1000))) topic.publish(() => text)
  })
}

/** `!assetIndex@arr`, and one asset of it. */
export function assetIndexFeed(pair: string | undefined, topic: Topic, venue: GeneratedVenue): Disposable | undefined {
  const { world } = venue
  if (pair !== undefined && !marginAssets.some(([asset]) => `${asset}USD` === pair)) return undefined
  return eachSecond(world, 'assetIndex', topic, nowMs => {
    if (pair !== undefined) return assetRows(world, nowMs, pair)
    return [`[${assetRows(world, nowMs).join(',')}]`]
  })
}

function assetRows(world: World, nowMs: number, only?: string): readonly string[] {
  return marginAssets.flatMap(([asset, buffer], index) => {
    const symbol = `${asset}USD`
    if (only !== undefined && only !== symbol) return []
    const stable = 1 + 0.0004 * smoothNoise(index, nowMs / 90_000)
    const price = world.underlying(asset)?.price ?? stable
    const text = (value: number): string => floatText(value, 8)
    return [
      `{"e":"assetIndexUpdate","E":${nowMs},"s":"${symbol}","i":"${text(price)}","b":"${text(buffer)}","a":"${text(buffer)}",` +
        `"B":"${text(price * (1 - buffer))}","A":"${text(price * (1 + buffer))}","q":"${text(buffer / 2)}","g":"${text(buffer / 2)}",` +
        `"Q":"${text(price * (1 - buffer / 2))}","G":"${text(price * (1 + buffer / 2))}"}`,
    ]
  })
}

/** `<symbol>@compositeIndex`: what an index is made of; undefined for symbols that follow no index. */
export function compositeIndexFeed(symbol: string, topic: Topic, venue: GeneratedVenue): Disposable | undefined {
  const listed = venue.listed.get(symbol)
  const basket = listed === undefined ? undefined : venue.world.basket(listed.listing.underlying)
  if (basket === undefined) return undefined
  return eachSecond(venue.world, symbol, topic, nowMs => [compositeText(symbol, basket, nowMs)])
}

function compositeText(symbol: string, basket: Basket, nowMs: number): string {
  const rows = basket.parts.map(({ source, quantity }) => {
    const share = (source.price * quantity) / basket.price
    return (
      `{"b":"${source.name}","q":"USDT","w":"${floatText(quantity, 8)}","W":"${floatText(share, 8)}",` +
      `"i":"${floatText(source.price, 8)}"}`
    )
  })
  return (
    `{"e":"compositeIndex","E":${nowMs},"s":"${symbol}","p":"${floatText(basket.price, 8)}","C":"baseAsset",` +
    `"c":[${rows.join(',')}]}`
  )
}

/** `tradingSession`: the present session of every market outside crypto. */
export function tradingSessionFeed(topic: Topic, venue: GeneratedVenue): Disposable {
  return eachSecond(venue.world, 'session', topic, nowMs =>
    sessionEvents.map(event => {
      const { name, startMs, endMs } = sessionAt(event, nowMs)
      return `{"e":"${event}","E":${nowMs},"t":${startMs},"T":${endMs},"S":"${name}"}`
    }),
  )
}
