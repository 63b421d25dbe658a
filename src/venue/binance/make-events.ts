import type { KlineEvent, MarkPriceEvent, QuoteEvent, TradeEvent } from '../../model/event.ts'
import type { InstrumentId } from '../../model/instrument.ts'
import type { EpochUs } from '../../model/time.ts'

/*
 * The hot events are made in one place each, with every field assigned in one order, so that all of them share one
 * hidden class whichever decoder read them.
 */

export function makeTrade(
  channel: TradeEvent['channel'],
  instrument: InstrumentId,
  exchangeTimeUs: EpochUs | undefined,
  receiveTimeUs: EpochUs,
  id: string,
  price: number,
  quantity: number,
  isBuyerMaker: boolean,
  firstId: string | undefined,
  lastId: string | undefined,
  normalQuantity: number | undefined,
  special: string | undefined,
): TradeEvent {
  return {
    kind: 'trade',
    channel,
    instrument,
    exchangeTimeUs,
    receiveTimeUs,
    recovered: undefined,
    id,
    price,
    quantity,
    side: isBuyerMaker ? 'sell' : 'buy',
    firstId,
    lastId,
    normalQuantity,
    special,
  }
}

export function makeQuote(
  instrument: InstrumentId,
  exchangeTimeUs: EpochUs | undefined,
  receiveTimeUs: EpochUs,
  bidPrice: number,
  bidQuantity: number,
  askPrice: number,
  askQuantity: number,
  sequence: number,
): QuoteEvent {
  return {
    kind: 'quote',
    instrument,
    exchangeTimeUs,
    receiveTimeUs,
    recovered: undefined,
    bidPrice,
    bidQuantity,
    askPrice,
    askQuantity,
    sequence,
  }
}

export type KlineValues = Omit<KlineEvent, 'kind' | 'instrument' | 'exchangeTimeUs' | 'receiveTimeUs' | 'recovered'>

export function makeKline(
  instrument: InstrumentId,
  exchangeTimeUs: EpochUs | undefined,
  receiveTimeUs: EpochUs,
  values: KlineValues,
): KlineEvent {
  return {
    kind: 'kline',
    instrument,
    exchangeTimeUs,
    receiveTimeUs,
    recovered: undefined,
    interval: values.interval,
    openTimeUs: values.openTimeUs,
    open: values.open,
    high: values.high,
    low: values.low,
    close: values.close,
    volume: values.volume,
    quoteVolume: values.quoteVolume,
    takerBuyVolume: values.takerBuyVolume,
    trades: values.trades,
    closed: values.closed,
  }
}

export function makeMarkPrice(
  instrument: InstrumentId,
  exchangeTimeUs: EpochUs | undefined,
  receiveTimeUs: EpochUs,
  markPrice: number,
  indexPrice: number | undefined,
  fundingRate: number | undefined,
  fundingTimeUs: EpochUs | undefined,
): MarkPriceEvent {
  return {
    kind: 'markPrice',
    instrument,
    exchangeTimeUs,
    receiveTimeUs,
    recovered: undefined,
    markPrice,
    indexPrice,
    fundingRate,
    fundingTimeUs,
  }
}
