import type { BookSide } from '../market/matching.ts'
import type { UnitLevels } from '../market-view.ts'
import { bookImage } from '../market-view.ts'
import type { FeedContext } from './feed-context.ts'
import { listen, phaseUs, together, topOf } from './feed-context.ts'

/** `@bookTicker`: at once, whenever price or quantity of the touch changed. */
export function bookTickerFeed(context: FeedContext): Disposable {
  const { view, topic, encoder } = context
  let last = ''
  return listen(view, {
    changed(atUs) {
      const top = topOf(view)
      if (top === undefined) return
      const key = `${top.bidPrice} ${top.bidQuantity} ${top.askPrice} ${top.askQuantity}`
      if (key === last) return
      last = key
      topic.publish(isMicro => encoder.bookTicker(view.instrument, top, atUs, isMicro))
    },
  })
}

/** The all-market form of USD-M: each symbol's touch once a period, when its book changed. */
export function slowBookTickerFeed(context: FeedContext, periodMs: number): Disposable {
  const { view, topic, encoder, scheduler } = context
  let sentId = -1
  return scheduler.every(periodMs * 1000, phaseUs(view.instrument.symbol, periodMs * 1000), atUs => {
    const top = topOf(view)
    if (top === undefined || top.updateId === sentId) return
    sentId = top.updateId
    topic.publish(isMicro => encoder.bookTicker(view.instrument, top, atUs, isMicro))
  })
}

/** Prices that changed since the last message of a diff stream, with the ids between. */
class DepthWindow {
  previousId: number
  firstId: number | undefined
  private readonly dirty = { bid: new Set<number>(), ask: new Set<number>() }
  private readonly context: FeedContext

  constructor(context: FeedContext) {
    this.context = context
    this.previousId = context.view.updateId
  }

  note(): void {
    const { view } = this.context
    this.firstId ??= view.updateId
    for (const price of view.book.changes.bid.keys()) this.dirty.bid.add(price)
    for (const price of view.book.changes.ask.keys()) this.dirty.ask.add(price)
  }

  flush(atUs: number): void {
    const { view, topic, encoder } = this.context
    if (this.firstId === undefined) return
    const change = {
      firstId: this.firstId,
      lastId: view.updateId,
      previousId: this.previousId,
      changedUs: view.changedUs,
      bids: this.levels('bid'),
      asks: this.levels('ask'),
    }
    this.previousId = change.lastId
    this.firstId = undefined
    topic.publish(isMicro => encoder.depth(view.instrument, change, atUs, isMicro))
  }

  private levels(side: BookSide): UnitLevels {
    const prices = [...this.dirty[side]].sort((a, b) => (side === 'bid' ? b - a : a - b))
    this.dirty[side].clear()
    return prices.map(price => [price, this.context.view.book.quantityAt(side, price)] as const)
  }
}

/** `@depth…`: what changed within each span; with speed 0 every action at once. */
export function depthFeed(context: FeedContext, speedMs: number): Disposable {
  const { view, scheduler } = context
  const window = new DepthWindow(context)
  if (speedMs === 0) {
    return listen(view, {
      changed(atUs) {
        window.note()
        window.flush(atUs)
      },
    })
  }
  const periodUs = speedMs * 1000
  return together(
    listen(view, { changed: () => window.note() }),
    scheduler.every(periodUs, phaseUs(view.instrument.symbol, periodUs), atUs => window.flush(atUs)),
  )
}

/** `@depth5…20`: the whole top of the book, when it changed within the span. */
export function partialDepthFeed(context: FeedContext, levels: number, speedMs: number): Disposable {
  const { view, topic, encoder, scheduler } = context
  const periodUs = Math.max(100, speedMs) * 1000
  let sentId = -1
  return scheduler.every(periodUs, phaseUs(view.instrument.symbol, periodUs), atUs => {
    if (view.updateId === sentId || view.updateId < 0) return
    const image = bookImage(view, levels)
    const previousId = sentId < 0 ? view.updateId - 1 : sentId
    const { bids, asks, updateId } = image
    const change = { firstId: previousId + 1, lastId: updateId, previousId, changedUs: view.changedUs, bids, asks }
    sentId = updateId
    topic.publish(isMicro => encoder.partialDepth(view.instrument, change, atUs, isMicro))
  })
}
