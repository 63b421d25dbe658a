import { describe, expect, it } from 'vitest'
import { channel } from '../../src/model/channel.ts'
import { ConfigError, DecodeError } from '../../src/model/error.ts'
import type { DataEvent, RawEvent } from '../../src/model/event.ts'
import { instrumentId } from '../../src/model/instrument.ts'
import { epochUs } from '../../src/model/time.ts'
import type { Decoder, StreamSpec, VenueAdapter } from '../../src/venue/adapter.ts'
import { binanceCoinm, binanceOptions, binanceSpot, binanceUsdm, nativePayload } from '../../src/venue/binance/index.ts'
import { decodeWhole } from '../support/decode-whole.ts'
import { RecordingSink } from './recording-sink.ts'

const NOW = epochUs(1_789_480_000_500_000)

class EventSink extends RecordingSink {
  readonly events: DataEvent[] = []
  readonly sequences: number[] = []

  override event(stream: StreamSpec, event: DataEvent, sequence: number): void {
    super.event(stream, event, sequence)
    this.events.push(event)
    this.sequences.push(sequence)
  }
}

/** A connection with the streams of `symbol channel` pairs. */
function open(adapter: VenueAdapter, ...wanted: readonly string[]): Decoder {
  const decoder = adapter.openDecoder('')
  for (const pair of wanted) {
    const [symbol = '', of = ''] = pair.split(' ')
    const source = adapter.resolve(instrumentId(`${adapter.id}:${symbol}`), channel(of), undefined)
    if (source.kind === 'stream') decoder.add(source.stream)
  }
  return decoder
}

function read(decoder: Decoder, ...frames: readonly (string | object)[]): EventSink {
  const sink = new EventSink()
  for (const frame of frames) {
    decodeWhole(decoder, Buffer.from(typeof frame === 'string' ? frame : JSON.stringify(frame)), NOW, sink)
  }
  return sink
}

function refused(decoder: Decoder, frame: string | Uint8Array): EventSink {
  const sink = new EventSink()
  expect(() => decodeWhole(decoder, typeof frame === 'string' ? Buffer.from(frame) : frame, NOW, sink)).toThrow(
    DecodeError,
  )
  expect(sink.calls).toEqual([])
  return sink
}

function rawOf(event: DataEvent | undefined): RawEvent {
  if (event?.kind === 'raw') return event
  throw new Error(`expected a raw event, was ${String(event?.kind)}`)
}

const AGG = {
  e: 'aggTrade',
  E: 1789480000120,
  s: 'BTCUSDT',
  a: 309917647,
  p: '76916.00',
  q: '0.0010',
  f: 5,
  l: 7,
  T: 1789480000000,
  m: true,
}

const combined = (stream: string, data: unknown): string => JSON.stringify({ stream, data })

describe('envelopes', () => {
  it('F:C09 every kind of frame in one stream is exactly one thing', () => {
    const sink = read(
      open(binanceUsdm(), 'BTCUSDT trade', 'BTCUSDT liquidation'),
      { result: null, id: 1 },
      combined('btcusdt@aggTrade', AGG),
      AGG,
      { result: ['btcusdt@aggTrade'], id: 3 },
      { result: true, id: 2 },
      { code: 2, msg: 'Invalid request', id: 5 },
      { code: 3, msg: 'Invalid JSON' },
      { error: { code: 1, msg: 'Invalid value type' }, id: 6 },
      { e: 'serverShutdown', E: 1770123456789 },
      combined('!serverShutdown', { e: 'serverShutdown', E: 1770123456789 }),
      { e: 'error', m: 'too slow' },
      { e: 'newThing', s: 'BTCUSDT' },
      combined('ethusdt@aggTrade', AGG),
      combined('btcusdt@aggTrade', { ...AGG, e: 'aggTradeV2' }),
      { id: 'mine', result: null },
      [],
      {},
    )
    expect(sink.calls.map(call => call.split(' ', 2).join(' '))).toEqual([
      'ack 1',
      'event btcusdt@aggTrade',
      'event btcusdt@aggTrade',
      'reply 3',
      'reply 2',
      'rejected 5',
      'rejected undefined',
      'rejected 6',
      'goingAway serverShutdown',
      'goingAway serverShutdown',
      'goingAway error:',
      'ignored payload',
      'ignored frame',
      'ignored event',
      'ignored answer',
      'ignored payload',
      'ignored payload',
    ])
  })

  it('F:C11 new fields, new events and new enum values do not stop a stream; a dropped field costs its frame', () => {
    const decoder = open(binanceUsdm(), 'BTCUSDT trade', 'BTCUSDT rawTrade', 'BTCUSDT status')
    const sink = read(
      decoder,
      combined('btcusdt@aggTrade', { ...AGG, zz: { deep: [1] }, newField: 'x' }),
      combined('!contractInfo', { e: 'contractInfo', E: 1, s: 'BTCUSDT', ct: 'NEW_TYPE', cs: 'HALF_OPEN' }),
      combined('btcusdt@trade', { ...AGG, e: 'trade', t: 1, X: 'FRESH_KIND' }),
    )
    expect(sink.events.map(event => event.kind)).toEqual(['trade', 'status', 'trade'])
    expect(sink.events[1]).toMatchObject({ status: 'HALF_OPEN', isTrading: false })
    expect(sink.events[2]).toMatchObject({ special: 'fresh_kind' })
    const { p: _, ...withoutPrice } = AGG
    refused(decoder, combined('btcusdt@aggTrade', withoutPrice))
    expect(read(decoder, combined('btcusdt@aggTrade', AGG)).events).toHaveLength(1)
  })

  it('F:H13 broken frames are refused: cut, not UTF-8, no JSON, a scalar, another symbol', () => {
    const decoder = open(binanceUsdm(), 'BTCUSDT trade')
    const good = combined('btcusdt@aggTrade', AGG)
    for (const frame of ['', '{', '7', 'null', '"text"', good.slice(0, -1), `${good}}`, `${good} x`])
      refused(decoder, frame)
    refused(decoder, Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))
    refused(decoder, combined('btcusdt@aggTrade', { ...AGG, s: 'ETHUSDT' }))
    refused(decoder, combined('btcusdt@aggTrade', { ...AGG, p: '1234567.123456789' }))
    refused(decoder, combined('btcusdt@aggTrade', { ...AGG, p: 76916 }))
  })

  it('F:H14 deep or huge JSON is refused before it is parsed', () => {
    const decoder = open(binanceUsdm(), 'BTCUSDT trade')
    const started = process.hrtime.bigint()
    refused(decoder, Buffer.alloc(16 * 1024 * 1024, '['))
    refused(decoder, Buffer.alloc(1024 * 1024, '['))
    expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(200)
  })
})

describe('what events say', () => {
  it('F:H01 ids beyond 2^53 stay exact, and are left out of continuity', () => {
    const frame = combined('btcusdt@trade', { ...AGG, e: 'trade', t: 1 }).replace('"t":1', '"t":8389765612825190229')
    const sink = read(open(binanceUsdm(), 'BTCUSDT rawTrade'), frame)
    expect(sink.events[0]).toMatchObject({
      kind: 'trade',
      channel: 'rawTrade',
      id: '8389765612825190229',
      side: 'sell',
    })
    expect(sink.sequences).toEqual([-1])
    const raw = read(open(binanceUsdm(), 'BTCUSDT raw:btcusdt@trade'), frame).events[0]
    expect(raw).toMatchObject({ kind: 'raw', payload: { t: '8389765612825190229' } })
  })

  it('F:H05 empty, null, "NaN" and missing optional fields are absent, never 0', () => {
    const mark = { e: 'markPriceUpdate', E: 1596095725000, s: 'BTCUSD_201225', p: '10934.62615417', T: 0 }
    const decoder = open(binanceCoinm(), 'BTCUSD_201225 markPrice')
    for (const odd of [{ r: '', i: 'NaN' }, { r: null, i: '' }, {}]) {
      const [event] = read(decoder, combined('btcusd_201225@markPrice@1s', { ...mark, ...odd })).events
      expect(event).toEqual({
        kind: 'markPrice',
        instrument: 'binance-coinm:BTCUSD_201225',
        exchangeTimeUs: 1596095725000000,
        receiveTimeUs: NOW,
        markPrice: 10934.62615417,
      })
    }
  })

  it('F:D08 times are read in the unit of their source, and refused in another; far dates are kept', () => {
    const micros = open(binanceSpot({ timeUnit: 'microsecond' }), 'BTCUSDT trade')
    const millis = open(binanceSpot(), 'BTCUSDT trade')
    const [fine] = read(
      micros,
      combined('btcusdt@aggTrade', { ...AGG, T: 1789480000000123, E: 1789480000000200 }),
    ).events
    expect(fine?.exchangeTimeUs).toBe(1789480000000123)
    const [coarse] = read(millis, combined('btcusdt@aggTrade', AGG)).events
    expect(coarse?.exchangeTimeUs).toBe(1789480000000000)
    const [far] = read(millis, combined('btcusdt@aggTrade', { ...AGG, T: 4102444800000 })).events
    expect(far?.exchangeTimeUs).toBe(4102444800000000)
    refused(millis, combined('btcusdt@aggTrade', { ...AGG, T: 1789480000000123 }))
    refused(micros, combined('btcusdt@aggTrade', AGG))
  })

  it('F:D11 liquidations are samples, their side is that of the forced order', () => {
    const order = {
      s: 'XRPUSDT',
      S: 'BUY',
      q: '127.2',
      p: '1.4984',
      ap: '1.4912',
      X: 'FILLED',
      T: 1791091174219,
      st: 1,
    }
    const decoder = open(binanceUsdm(), '* liquidation')
    const sink = read(
      decoder,
      combined('!forceOrder@arr', { e: 'forceOrder', E: 1791091175227, o: order }),
      combined('!forceOrder@arr', { e: 'forceOrder', E: 1791091175227, o: { ...order, s: 'XRPUSD_PERP', st: 2 } }),
      combined('!forceOrder@arr', { e: 'forceOrder', E: 1791091175227, o: { ...order, S: 'SELL', ap: '0' } }),
    )
    expect(sink.events).toMatchObject([
      { instrument: 'binance-usdm:XRPUSDT', side: 'buy', price: 1.4912, quantity: 127.2, coverage: 'sampled' },
      { side: 'sell', price: 1.4984 },
    ])
  })

  it('F:D12 rows of the other futures market are dropped, empty lists are valid', () => {
    const row = { e: '24hrTicker', E: 1, c: '2', o: '1', h: '3', l: '0.5', v: '33264343847.22378500', q: '18' }
    const rows = [
      { ...row, s: 'BTCUSDT', st: 1 },
      { ...row, s: 'BTCUSD_PERP', st: 2 },
      { ...row, s: 'ETHUSDT' },
    ]
    const symbols = (adapter: VenueAdapter): readonly string[] =>
      read(open(adapter, '* ticker'), combined('!ticker@arr', rows), combined('!ticker@arr', [])).events.map(
        event => event.instrument,
      )
    expect(symbols(binanceUsdm())).toEqual(['binance-usdm:BTCUSDT', 'binance-usdm:ETHUSDT'])
    expect(symbols(binanceCoinm())).toEqual(['binance-coinm:BTCUSD_PERP', 'binance-coinm:ETHUSDT'])
  })

  it('F:H06 F:H07 symbols may be any Unicode text, or names of object properties', () => {
    for (const symbol of [
      '币安人生USDT',
      '１２３４５６',
      'שלוםUSDT',
      '🚀USDT',
      '__proto__',
      'constructor',
      'toString',
    ]) {
      const decoder = open(binanceSpot(), `${symbol} trade`, `${symbol} quote`)
      const name = symbol.replace(/[A-Z]+/g, letters => letters.toLowerCase())
      const text = combined(`${name}@aggTrade`, { ...AGG, s: symbol })
      const escaped = text.replace(
        /[^\x20-\x7e]/g,
        letter => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
      )
      const sink = read(decoder, text, escaped)
      expect(sink.events.map(event => event.instrument)).toEqual([`binance-spot:${symbol}`, `binance-spot:${symbol}`])
      expect(
        read(
          open(binanceSpot(), '* ticker'),
          combined('!miniTicker@arr', [
            { e: '24hrMiniTicker', E: 1, s: symbol, c: '1', o: '1', h: '1', l: '1', v: '1', q: '1' },
          ]),
        ).events[0]?.instrument,
      ).toBe(`binance-spot:${symbol}`)
    }
    expect(Object.getOwnPropertyNames({})).toEqual([])
  })

  it('F:E16 zero in any notation removes a level', () => {
    const decoder = open(binanceSpot(), 'BTCUSDT book')
    for (const zero of ['0', '0.0', '0.00000000', '0e-8', '-0']) {
      const sink = read(
        decoder,
        combined('btcusdt@depth@100ms', {
          e: 'depthUpdate',
          E: 1,
          s: 'BTCUSDT',
          U: 1,
          u: 2,
          b: [['5.1', zero]],
          a: [],
        }),
      )
      expect(sink.calls[0]?.replace('@-0', '@0')).toBe('delta btcusdt@depth@100ms 1 2 -1 1000  5.1@0 | ')
    }
  })

  it('prices beyond what integers hold are read in a coarser scale', () => {
    const sink = read(
      open(binanceSpot(), 'BTCIDR book'),
      combined('btcidr@depth@100ms', {
        e: 'depthUpdate',
        E: 1,
        s: 'BTCIDR',
        U: 1,
        u: 2,
        b: [['1900000000.00000000', '0.1']],
        a: [['1900000001.50000000', '1']],
      }),
    )
    expect(sink.calls[0]).toContain(' 1900000000@0.1 |  1900000001.5@1')
  })
})

describe('raw mode', () => {
  it('routes bare payloads by event, subject and interval', () => {
    const spot = open(
      binanceSpot({ mode: 'raw' }),
      'BTCUSDT trade',
      'ETHUSDT trade',
      'BTCUSDT quote',
      'BTCUSDT depth',
      'BTCUSDT kline:1m',
      'BTCUSDT kline:5m',
      '* ticker',
    )
    const k = {
      t: 1672515780000,
      T: 1672515839999,
      s: 'BTCUSDT',
      i: '5m',
      f: 1,
      L: 2,
      o: '1',
      c: '1',
      h: '1',
      l: '1',
      v: '1',
      n: 1,
      x: true,
      q: '1',
      V: '1',
      Q: '1',
      B: '0',
    }
    const sink = read(
      spot,
      { ...AGG, s: 'ETHUSDT' },
      { u: 4, s: 'BTCUSDT', b: '1', B: '2', a: '3', A: '4' },
      { lastUpdateId: 160, bids: [['0.0024', '10']], asks: [] },
      { e: 'kline', E: 1672515782136, s: 'BTCUSDT', k },
      [{ e: '24hrMiniTicker', E: 1, s: 'XUSDT', c: '1', o: '1', h: '1', l: '1', v: '1', q: '1' }],
    )
    expect(sink.events).toMatchObject([
      { kind: 'trade', instrument: 'binance-spot:ETHUSDT' },
      { kind: 'quote', sequence: 4 },
      { kind: 'depth', instrument: 'binance-spot:BTCUSDT', sequence: 160, bids: [[0.0024, 10]], asks: [] },
      { kind: 'kline', interval: '5m', closed: true, openTimeUs: 1672515780000000 },
      { kind: 'ticker', instrument: 'binance-spot:XUSDT' },
    ])
    expect(sink.sequences).toEqual([309917647, 4, -1, 1672515780000, -1])
  })

  it('refuses two streams on one socket that no payload tells apart', () => {
    expect(() => open(binanceUsdm({ mode: 'raw' }), 'BTCUSDT book', 'BTCUSDT depth')).toThrow(ConfigError)
    expect(() => open(binanceSpot({ mode: 'raw' }), 'BTCUSDT depth', 'ETHUSDT depth')).toThrow(ConfigError)
    expect(() => open(binanceUsdm(), 'BTCUSDT book', 'BTCUSDT depth')).not.toThrow()
  })
})

describe('native payloads', () => {
  it('come as they were sent, and are read by type', () => {
    const index = {
      e: 'assetIndexUpdate',
      E: 1686749230000,
      s: 'ADAUSD',
      i: '0.27462452',
      b: '0.1',
      a: '0.1',
      B: '0.2',
      A: '0.3',
      q: '0.05',
      g: '0.05',
      Q: '0.2',
      G: '0.2',
      added: [1],
    }
    const [event] = read(open(binanceUsdm(), '* raw:!assetIndex@arr'), combined('!assetIndex@arr', [index])).events
    expect(event).toMatchObject({
      kind: 'raw',
      instrument: 'binance-usdm:ADAUSD',
      stream: '!assetIndex@arr',
      payload: index,
    })
    const raw = rawOf(event)
    expect(nativePayload(raw, 'assetIndexUpdate')?.i).toBe('0.27462452')
    expect(nativePayload(raw, 'compositeIndex')).toBeUndefined()
    expect(nativePayload({ ...raw, payload: { ...index, i: 5 } }, 'assetIndexUpdate')).toBeUndefined()
  })

  it('sessions and market notices belong to the whole market', () => {
    const session = { e: 'FXUpdate', E: 1765244143062, t: 1765242000000, T: 1765270800000, S: 'OVERNIGHT' }
    const [event] = read(open(binanceUsdm(), '* raw:tradingSession'), combined('tradingSession', session)).events
    expect(event).toMatchObject({ instrument: 'binance-usdm:*', exchangeTimeUs: 1765244143062000 })
    expect(nativePayload(rawOf(event), 'FXUpdate')?.S).toBe('OVERNIGHT')
  })

  it('a stream asked for as raw is raw, even when it has a unified form', () => {
    const [event] = read(open(binanceUsdm(), 'BTCUSDT raw:btcusdt@aggTrade'), combined('btcusdt@aggTrade', AGG)).events
    expect(nativePayload(rawOf(event), 'aggTrade')).toEqual(AGG)
  })
})

describe('options', () => {
  it('reads trades, marks and open interest', () => {
    const decoder = open(
      binanceOptions(),
      'BTC-251123-126000-C trade',
      'BTC-251123-126000-C markPrice',
      'BTC-251123-126000-C openInterest',
      'BTC-251123-126000-C ticker',
    )
    const sink = read(
      decoder,
      combined('btc-251123-126000-c@optionTrade', {
        e: 'trade',
        E: 1762856064204,
        T: 1762856064203,
        s: 'BTC-251123-126000-C',
        t: 4,
        p: '1300.000',
        q: '0.1000',
        X: 'BLOCK',
        S: 'BUY',
        m: false,
      }),
      combined('btcusdt@optionMarkPrice', [
        { s: 'BTC-251120-126000-C', mp: '770.543', E: 1762867543321, e: 'markPrice', i: '104334.60217391', rf: '0.0' },
      ]),
      combined('btcusdt@openInterest@251123', [
        { e: 'openInterest', E: 1668759300045, s: 'BTC-251123-126000-C', o: '1580.87', h: '1.1' },
      ]),
    )
    expect(sink.events).toMatchObject([
      { kind: 'trade', channel: 'trade', side: 'buy', special: 'block' },
      {
        kind: 'markPrice',
        instrument: 'binance-options:BTC-251120-126000-C',
        markPrice: 770.543,
        indexPrice: 104334.60217391,
      },
      { kind: 'openInterest', quantity: 1580.87 },
    ])
    expect(sink.events[1]).not.toHaveProperty('fundingRate', 0)
  })
})
