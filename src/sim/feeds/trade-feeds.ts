import type { KlineState, TickerState } from '../encode/encoder.ts'
import { priceText, quantityText, timeText } from '../encode/encoder.ts'
import type { Liquidation } from '../market/liquidation.ts'
import type { MarketView } from '../market-view.ts'
import { nextStart } from '../tape/intervals.ts'
import type { FeedContext } from './feed-context.ts'
import { listen, phaseUs, together, topOf } from './feed-context.ts'

const dayMs = 86_400_000

export function tradeFeed({ view, topic, encoder }: FeedContext): Disposable {
  return listen(view, {
    traded: (trade, atUs) => topic.publish(isMicro => encoder.trade(view.instrument, trade, atUs, isMicro)),
  })
}

/** `@blockTrade` of spot. */
export function blockTradeFeed({ view, topic }: FeedContext): Disposable {
  const { instrument } = view
  return listen(view, {
    blockTraded: (trade, atUs) =>
      topic.publish(
        isMicro =>
          `{"e":"blockTrade","E":${timeText(atUs, isMicro)},"s":"${instrument.symbol}","t":${trade.id},` +
          `"p":"${priceText(instrument, trade.price)}","q":"${quantityText(instrument, trade.quantity)}",` +
          `"T":${timeText(trade.timeUs, isMicro)},"m":${trade.buyerIsMaker}}`,
      ),
  })
}

/** `@referencePrice`: each second, null while nothing has traded. */
export function referencePriceFeed({ view, topic, scheduler }: FeedContext): Disposable {
  const { instrument } = view
  return scheduler.every(1_000_000, phaseUs(instrument.symbol, 1_000_000), atUs => {
    if (topic.subscribers.size === 0) return
    const mean = averagePrice(view, Math.floor(atUs / 1000))
    const price = mean === undefined ? 'null' : `"${priceText(instrument, Math.round(mean))}"`
    topic.publish(
      isMicro => `{"e":"referencePrice","s":"${instrument.symbol}","r":${price},"t":${timeText(atUs, isMicro)}}`,
    )
  })
}

export function aggTradeFeed({ view, topic, encoder }: FeedContext): Disposable {
  return listen(view, {
    aggregated: (trade, atUs) => topic.publish(isMicro => encoder.aggTrade(view.instrument, trade, atUs, isMicro)),
  })
}

/** `@kline_…`: the open candle each period when it changed, and once with `x: true` when it closed. */
export function klineFeed(
  context: FeedContext,
  interval: string,
  offsetMs: number,
  periodMs: number,
  write?: (state: KlineState, atUs: number) => string,
): Disposable {
  const { view, topic, encoder, scheduler } = context
  let live = view.tape.follow(interval, Math.floor(scheduler.nowUs / 1000), offsetMs)
  const timer = scheduler.every(periodMs * 1000, 0, atUs => {
    const nowMs = Math.floor(atUs / 1000)
    live ??= view.tape.follow(interval, nowMs, offsetMs)
    const due = live?.take(nowMs)
    if (due === undefined) return
    const rows = due.open === undefined ? due.closed : [...due.closed, due.open]
    for (const candle of rows) {
      const endMs = nextStart(interval, candle.openMs, offsetMs) - 1
      const state = { candle, endMs, isClosed: candle !== due.open }
      topic.publish(isMicro =>
        write === undefined ? encoder.kline(view.instrument, interval, state, atUs, isMicro) : write(state, atUs),
      )
    }
  })
  return {
    [Symbol.dispose]() {
      timer[Symbol.dispose]()
      if (live !== undefined) view.tape.close(live)
    },
  }
}

/** The figures of a ticker over the last `spanMs`; undefined before anything traded. */
export function tickerState(view: MarketView, nowMs: number, spanMs: number, event: string): TickerState | undefined {
  const window = view.tape.window(nowMs, spanMs)
  if (window === undefined) return undefined
  const before = view.tape.candles.candle('1m', window.openMs - 60_000)
  return {
    window,
    nowMs,
    lastQuantity: view.tape.trades.last?.quantity ?? 0,
    previousClose: before?.close ?? window.open,
    top: topOf(view),
    event,
  }
}

const windows: ReadonlyMap<string, number> = new Map([
  ['1h', 3_600_000],
  ['4h', 14_400_000],
  ['1d', dayMs],
])

export function windowSpanMs(window: string): number {
  return windows.get(window) ?? dayMs
}

/** `@ticker`, `@miniTicker` and the windows: each period, when something traded. */
export function tickerFeed(context: FeedContext, form: 'mini' | 'full', periodMs: number, window: string): Disposable {
  const { view, topic, encoder, scheduler } = context
  const spanMs = windowSpanMs(window)
  const event = window === '' ? '24hrTicker' : `${window}Ticker`
  let seenId = -1
  return scheduler.every(periodMs * 1000, phaseUs(view.instrument.symbol, periodMs * 1000), atUs => {
    const lastId = view.tape.trades.last?.id ?? -1
    if (lastId === seenId) return
    seenId = lastId
    const state = tickerState(view, Math.floor(atUs / 1000), spanMs, event)
    if (state === undefined) return
    topic.publish(isMicro =>
      form === 'mini'
        ? encoder.miniTicker(view.instrument, state.window, atUs, isMicro)
        : encoder.ticker(view.instrument, state, atUs, isMicro),
    )
  })
}

/** `@forceOrder`: at most one a second and symbol, the largest. */
export function forceOrderFeed(context: FeedContext, isAllMarket: boolean): Disposable {
  const { view, topic, encoder, scheduler } = context
  let largest: Liquidation | undefined
  const value = (liquidation: Liquidation): number => liquidation.filledQuantity * liquidation.averagePrice
  return together(
    listen(view, {
      liquidated(liquidation) {
        if (largest === undefined || value(liquidation) > value(largest)) largest = liquidation
      },
    }),
    scheduler.every(1_000_000, phaseUs(view.instrument.symbol, 1_000_000), atUs => {
      const due = largest
      largest = undefined
      if (due !== undefined) topic.publish(() => encoder.forceOrder(view.instrument, due, atUs, isAllMarket))
    }),
  )
}

/** `@avgPrice`: volume-weighted over five minutes, each second while it trades. */
export function averagePriceFeed(
  context: FeedContext,
  write: (mean: number, lastUs: number, atUs: number, isMicro: boolean) => string,
): Disposable {
  const { view, topic, scheduler } = context
  let seenId = -1
  return scheduler.every(1_000_000, phaseUs(view.instrument.symbol, 1_000_000), atUs => {
    const last = view.tape.trades.last
    if (last === undefined || last.id === seenId) return
    seenId = last.id
    const mean = averagePrice(view, Math.floor(atUs / 1000))
    if (mean !== undefined) topic.publish(isMicro => write(mean, last.timeUs, atUs, isMicro))
  })
}

/** Mean price of the last five minutes, in price units. */
export function averagePrice(view: MarketView, nowMs: number): number | undefined {
  const window = view.tape.window(nowMs, 300_000)
  if (window === undefined) return undefined
  return window.volume === 0 ? window.close : Number(window.turnover) / window.volume
}
