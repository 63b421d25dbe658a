import { priceText, timeText } from '../encode/encoder.ts'
import type { StreamSpec } from '../stream-name.ts'
import { shortestMs } from '../tape/intervals.ts'
import { bookTickerFeed, depthFeed, partialDepthFeed } from './book-feeds.ts'
import type { FeedContext } from './feed-context.ts'
import {
  aggTradeFeed,
  averagePriceFeed,
  blockTradeFeed,
  forceOrderFeed,
  klineFeed,
  referencePriceFeed,
  tickerFeed,
  tradeFeed,
} from './trade-feeds.ts'

/** How often a venue sends what it sends periodically, milliseconds. */
export interface FeedPace {
  readonly klineMs: number
  readonly tickerMs: number
}

/** Serves a stream that follows from one instrument's book and tape; undefined for the kinds that need more. */
export function openMarketFeed(spec: StreamSpec, context: FeedContext, pace: FeedPace): Disposable | undefined {
  switch (spec.kind) {
    case 'depth':
      return depthFeed(context, spec.speedMs)
    case 'partial':
      return partialDepthFeed(context, spec.levels, spec.speedMs)
    case 'kline':
      return klineFeed(context, spec.interval, spec.offsetMs, klinePace(spec.interval, pace))
    case 'windowTicker':
      return tickerFeed(context, 'full', 1000, spec.window)
    case 'simple':
      return openSimple(spec.what, context, pace)
    default:
      return undefined
  }
}

function klinePace(interval: string, pace: FeedPace): number {
  return shortestMs(interval) === 1000 ? 1000 : pace.klineMs
}

function openSimple(what: string, context: FeedContext, pace: FeedPace): Disposable | undefined {
  const { instrument } = context.view
  switch (what) {
    case 'trade':
    case 'optionTrade':
      return tradeFeed(context)
    case 'aggTrade':
      return aggTradeFeed(context)
    case 'bookTicker':
      return bookTickerFeed(context)
    case 'rpiDepth':
      return depthFeed(context, 500)
    case 'miniTicker':
      return tickerFeed(context, 'mini', pace.tickerMs, '')
    case 'ticker':
    case 'optionTicker':
      return tickerFeed(context, 'full', pace.tickerMs, '')
    case 'forceOrder':
      return forceOrderFeed(context, false)
    case 'avgPrice':
      return averagePriceFeed(
        context,
        (mean, lastUs, atUs, isMicro) =>
          `{"e":"avgPrice","E":${timeText(atUs, isMicro)},"s":"${instrument.symbol}","i":"5m",` +
          `"w":"${priceText(instrument, Math.round(mean))}","T":${timeText(lastUs, isMicro)}}`,
      )
    case 'referencePrice':
      return referencePriceFeed(context)
    case 'blockTrade':
      return blockTradeFeed(context)
    default:
      return undefined
  }
}
