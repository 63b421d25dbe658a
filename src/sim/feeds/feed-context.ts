import type { Encoder, Top } from '../encode/encoder.ts'
import type { Topic } from '../hub.ts'
import type { MarketListener } from '../market/instrument-market.ts'
import type { Scheduler } from '../market/scheduler.ts'
import type { MarketView } from '../market-view.ts'

/** What a feed needs to serve one topic from one instrument. */
export interface FeedContext {
  readonly view: MarketView
  readonly topic: Topic
  readonly encoder: Encoder
  readonly scheduler: Scheduler
}

/** Moments of periodic streams differ from symbol to symbol, as they do at the venue. */
export function phaseUs(symbol: string, periodUs: number): number {
  let hash = 7
  for (let index = 0; index < symbol.length; index++) hash = (hash * 31 + symbol.charCodeAt(index)) % 9973
  return (hash % 97) * Math.floor(periodUs / 97 / 1000) * 1000
}

export function listen(view: MarketView, listener: MarketListener): Disposable {
  view.listeners.add(listener)
  return { [Symbol.dispose]: () => view.listeners.delete(listener) }
}

/** Disposes all of its parts. */
export function together(...parts: readonly Disposable[]): Disposable {
  return {
    [Symbol.dispose]: () => {
      for (const part of parts) part[Symbol.dispose]()
    },
  }
}

export function topOf(view: MarketView): Top | undefined {
  const bidPrice = view.book.bestPrice('bid')
  const askPrice = view.book.bestPrice('ask')
  if (bidPrice === undefined || askPrice === undefined) return undefined
  return {
    updateId: view.updateId,
    changedUs: view.changedUs,
    bidPrice,
    bidQuantity: view.book.bestQuantity('bid'),
    askPrice,
    askQuantity: view.book.bestQuantity('ask'),
  }
}
