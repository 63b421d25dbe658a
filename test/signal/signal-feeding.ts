import type { GapEvent, KlineEvent, QuoteEvent, Side, TradeEvent } from '../../src/model/event.ts'
import { instrumentId } from '../../src/model/instrument.ts'
import { epochUs } from '../../src/model/time.ts'
import { createSignals } from '../../src/signal/engine.ts'
import type { Signal, SignalEvent, SignalInput, SignalOutput, SignalValue } from '../../src/signal/signal.ts'
import type { SignalInstrument } from '../../src/signal/signal-kind.ts'

/** A linear contract whose quantities are base coins. */
export const contract: SignalInstrument = {
  id: instrumentId('binance-usdm:BTCUSDT'),
  kind: 'perpetual',
  base: 'BTC',
  unit: 'base',
  contractSize: 1,
  isInverse: false,
  tickSize: '0.10',
}

/** An inverse contract of 100 USD each. */
export const inverse: SignalInstrument = {
  ...contract,
  id: instrumentId('binance-coinm:BTCUSD_PERP'),
  unit: 'contracts',
  contractSize: 100,
  isInverse: true,
}

/** 2023-11-14T22:13:20Z, where the vectors stand. */
export const START_MS = 1_700_000_000_000

let nextId = 1

/** A trade; received 5 ms after it was made. */
export function trade(
  ms: number,
  price: number,
  quantity: number,
  side: Side,
  more: Partial<TradeEvent> = {},
): TradeEvent {
  return {
    kind: 'trade',
    channel: 'trade',
    instrument: contract.id,
    exchangeTimeUs: epochUs(ms * 1000),
    receiveTimeUs: epochUs(ms * 1000 + 5000),
    id: String(nextId++),
    price,
    quantity,
    side,
    ...more,
  }
}

export function quote(ms: number, bidPrice: number, askPrice: number, more: Partial<QuoteEvent> = {}): QuoteEvent {
  return {
    kind: 'quote',
    instrument: contract.id,
    exchangeTimeUs: epochUs(ms * 1000),
    receiveTimeUs: epochUs(ms * 1000 + 5000),
    bidPrice,
    bidQuantity: 1,
    askPrice,
    askQuantity: 1,
    ...more,
  }
}

export function kline(openMs: number, close: number, more: Partial<KlineEvent> = {}): KlineEvent {
  return {
    kind: 'kline',
    instrument: contract.id,
    interval: '1m',
    exchangeTimeUs: epochUs((openMs + 60_000) * 1000),
    receiveTimeUs: epochUs((openMs + 60_000) * 1000 + 5000),
    openTimeUs: epochUs(openMs * 1000),
    open: close,
    high: close,
    low: close,
    close,
    volume: 1,
    quoteVolume: close,
    takerBuyVolume: 0.5,
    trades: 1,
    closed: true,
    ...more,
  }
}

export function gap(ms: number, more: Partial<GapEvent> = {}): GapEvent {
  return {
    kind: 'gap',
    instrument: contract.id,
    channel: 'trade',
    reason: 'disconnect',
    healed: false,
    receiveTimeUs: epochUs(ms * 1000 + 5000),
    ...more,
  }
}

export interface Told {
  readonly all: readonly SignalOutput[]
  readonly values: readonly SignalValue[]
  readonly events: readonly SignalEvent[]
  readonly last: SignalValue | undefined
}

/** Everything a signal says about these inputs, and until `untilMs` of receive time. @throws what the signal throws */
export function feed(signal: Signal, inputs: Iterable<SignalInput>, untilMs?: number): Told {
  const all: SignalOutput[] = []
  const errors: unknown[] = []
  const engine = createSignals({
    signals: [signal],
    onOutput: said => all.push(said),
    onError: error => errors.push(error),
  })
  for (const input of inputs) engine.accept(input)
  if (untilMs !== undefined) engine.advance(epochUs(untilMs * 1000))
  if (errors.length > 0) throw errors[0]
  const values = all.filter(said => said.kind === 'signal')
  return { all, values, events: all.filter(said => said.kind === 'signalEvent'), last: values.at(-1) }
}
