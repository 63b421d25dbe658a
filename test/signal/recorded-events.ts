import type { KlineEvent, TradeEvent } from '../../src/model/event.ts'
import { epochUs } from '../../src/model/time.ts'
import type { SignalInput } from '../../src/signal/signal.ts'
import { Recorded } from './recorded-inputs.ts'

export type RecordedEvent = Exclude<SignalInput, { readonly kind: 'second' | 'bookState' }>

/** Trades and quotes of a recording, and naive candles of 5 s made of its trades. */
export function recordedEvents(): readonly RecordedEvent[] {
  const events: RecordedEvent[] = []
  let open: KlineEvent | undefined
  new Recorded('binance-usdm/btcusdt-20230404', 24_000).play(input => {
    if (input.kind === 'second' || input.kind === 'bookState' || input.kind === 'markPrice') return
    if (input.kind === 'trade') {
      const next = updated(open, input)
      if (open !== undefined && next.openTimeUs !== open.openTimeUs) events.push({ ...open, closed: true })
      open = next
      events.push(next)
    }
    events.push(input)
  })
  return events
}

function updated(open: KlineEvent | undefined, trade: TradeEvent): KlineEvent {
  const openTimeUs = epochUs(Math.floor((trade.exchangeTimeUs ?? 0) / 5_000_000) * 5_000_000)
  const { price, quantity, instrument, exchangeTimeUs, receiveTimeUs } = trade
  const before = open?.openTimeUs === openTimeUs ? open : undefined
  return {
    kind: 'kline',
    instrument,
    interval: '5s',
    exchangeTimeUs,
    receiveTimeUs,
    openTimeUs,
    open: before?.open ?? price,
    high: Math.max(before?.high ?? price, price),
    low: Math.min(before?.low ?? price, price),
    close: price,
    volume: (before?.volume ?? 0) + quantity,
    quoteVolume: (before?.quoteVolume ?? 0) + quantity * price,
    takerBuyVolume: (before?.takerBuyVolume ?? 0) + (trade.side === 'buy' ? quantity : 0),
    trades: (before?.trades ?? 0) + 1,
    closed: false,
  }
}
