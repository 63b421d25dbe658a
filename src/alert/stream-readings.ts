import type { MarketEvent } from '../model/event.ts'
import type { Reading } from './reading.ts'
import type { AlertSource } from './source.ts'

/** The channel that a source of market data is fed by; undefined for sources of another kind. */
export function channelOf(source: AlertSource): string | undefined {
  switch (source.kind) {
    case 'stream':
      return source.stream === 'mark' ? 'markPrice' : source.stream
    case 'channel':
    case 'lifecycle':
      return source.channel
    case 'signal':
    case 'health':
    case 'account':
      return undefined
  }
}

/** What an event of its channel means to a source; undefined when it says nothing. */
export function readingOf(source: AlertSource, event: MarketEvent): Reading | undefined {
  const atUs = event.receiveTimeUs
  const base = { atUs, timeUs: event.exchangeTimeUs ?? atUs }
  const isTrouble = event.kind === 'gap' || event.kind === 'resync' || event.kind === 'connection'
  if (source.kind === 'lifecycle') return isTrouble ? lifecycleReading(source.event, event, base) : undefined
  if (isTrouble) {
    if (event.kind === 'connection')
      return event.state === 'waiting' || event.state === 'stale' ? { ...base, isInterrupted: true } : undefined
    // What REST brings afterwards is as good as if it had come in time: only what is lost is a gap.
    return event.kind === 'gap' && !event.healed ? { ...base, isGap: true } : undefined
  }
  if (source.kind === 'channel') return base
  const value = source.kind === 'stream' ? figureOf(source.field, event) : undefined
  return value === undefined ? undefined : { ...base, value, momentId: momentOf(source, event) }
}

/** A trade's price goes on until the next one; its size does not. */
function momentOf(source: AlertSource, event: MarketEvent): string | undefined {
  if (source.kind !== 'stream' || (source.field === 'price' && source.stream === 'trade')) return undefined
  if (event.kind === 'trade') return event.id
  return event.kind === 'liquidation' ? `${event.side} ${event.price} ${event.quantity}` : undefined
}

function lifecycleReading(
  wanted: 'gap' | 'resync' | 'connection',
  event: Extract<MarketEvent, { readonly kind: 'gap' | 'resync' | 'connection' }>,
  base: { readonly atUs: number; readonly timeUs: number },
): Reading | undefined {
  if (event.kind !== wanted) return undefined
  const id = `${event.kind} ${event.receiveTimeUs}`
  if (event.kind === 'gap') {
    const phase = event.healed ? 'healed' : 'lost'
    const headline = `${event.channel}: a gap (${event.reason}), ${phase}`
    return { ...base, occurrence: { id: `${id} ${event.from ?? ''}`, phase, direction: 0, headline } }
  }
  if (event.kind === 'resync')
    return { ...base, occurrence: { id, phase: 'resync', direction: 0, headline: `${event.channel} is whole again` } }
  const cause = event.cause === undefined ? '' : `: ${event.cause}`
  const headline = `connection ${event.state}${cause}`
  return { ...base, occurrence: { id: `${id} ${event.connectionId}`, phase: event.state, direction: 0, headline } }
}

function figureOf(field: string, event: MarketEvent): number | undefined {
  switch (event.kind) {
    case 'trade':
    case 'liquidation':
      // Signals leave prints out that are no ordinary trades, and so do alerts.
      if (event.kind === 'trade' && event.special !== undefined) return undefined
      return field === 'price' ? event.price : field === 'quantity' ? event.quantity : event.price * event.quantity
    case 'quote': {
      const { bidPrice, askPrice } = event
      const mid = (bidPrice + askPrice) / 2
      const fields = new Map([
        ['mid', mid],
        ['bid', bidPrice],
        ['ask', askPrice],
        ['spread', askPrice - bidPrice],
        ['spreadBps', mid === 0 ? undefined : ((askPrice - bidPrice) / mid) * 10_000],
        ['bidQuantity', event.bidQuantity],
        ['askQuantity', event.askQuantity],
      ])
      return fields.get(field)
    }
    case 'markPrice': {
      const { markPrice, indexPrice, fundingRate } = event
      if (field === 'price') return markPrice
      if (field === 'index') return indexPrice
      if (field === 'fundingRate') return fundingRate
      return indexPrice === undefined || indexPrice === 0 ? undefined : (markPrice / indexPrice - 1) * 10_000
    }
    case 'ticker': {
      const { last, open, high, low, volume, quoteVolume } = event
      const changePct = open === 0 ? undefined : (last / open - 1) * 100
      return new Map(Object.entries({ last, open, high, low, volume, quoteVolume, changePct })).get(field)
    }
    case 'openInterest':
      return event.quantity
    case 'book':
    case 'bookDelta':
    case 'depth':
    case 'kline':
    case 'status':
    case 'raw':
    case 'gap':
    case 'resync':
    case 'connection':
      return undefined
  }
}
