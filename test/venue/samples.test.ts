import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { channel } from '../../src/model/channel.ts'
import type { DataEvent } from '../../src/model/event.ts'
import { instrumentId } from '../../src/model/instrument.ts'
import { epochUs } from '../../src/model/time.ts'
import type { StreamSpec, VenueAdapter } from '../../src/venue/adapter.ts'
import type { NativePayloads } from '../../src/venue/binance/index.ts'
import { binanceCoinm, binanceOptions, binanceSpot, binanceUsdm, nativePayload } from '../../src/venue/binance/index.ts'
import { decodeWhole } from '../support/decode-whole.ts'
import { isMissing, protocolFolder } from '../support/shared-files.ts'
import { RecordingSink } from './recording-sink.ts'

interface Sample {
  readonly stream: string
  readonly native: keyof NativePayloads
  /** Kind of the unified event; undefined where the stream has none. */
  readonly kind: DataEvent['kind'] | 'delta' | undefined
}

const sample = (stream: string, native: keyof NativePayloads, kind?: Sample['kind']): Sample => ({
  stream,
  native,
  kind,
})

/** Every market-data sample of the protocol folder, with the stream it belongs to. */
const SAMPLES: Readonly<Record<string, Readonly<Record<string, Sample>>>> = {
  spot: {
    aggTrade: sample('bnbbtc@aggTrade', 'aggTrade', 'trade'),
    avgPrice: sample('btcusdt@avgPrice', 'avgPrice'),
    blockTrade: sample('bnbbtc@blockTrade', 'blockTrade'),
    bookTicker: sample('bnbusdt@bookTicker', 'bookTicker', 'quote'),
    depth_diff: sample('bnbbtc@depth@100ms', 'depthUpdate', 'delta'),
    depth_partial: sample('bnbbtc@depth20@100ms', 'partialDepth', 'depth'),
    kline: sample('bnbbtc@kline_1m', 'kline', 'kline'),
    miniTicker: sample('bnbbtc@miniTicker', '24hrMiniTicker', 'ticker'),
    miniTicker_arr: sample('!miniTicker@arr', '24hrMiniTicker', 'ticker'),
    referencePrice: sample('bazusd@referencePrice', 'referencePrice'),
    ticker: sample('bnbbtc@ticker', '24hrTicker', 'ticker'),
    ticker_window: sample('bnbbtc@ticker_1h', '1hTicker'),
    ticker_window_arr: sample('!ticker_1h@arr', '1hTicker'),
    trade: sample('bnbbtc@trade', 'trade', 'trade'),
  },
  usdm: {
    aggTrade: sample('bnbusdt@aggTrade', 'aggTrade', 'trade'),
    assetIndex_arr: sample('!assetIndex@arr', 'assetIndexUpdate'),
    bookTicker: sample('bnbusdt@bookTicker', 'bookTicker', 'quote'),
    bookTicker_all: sample('!bookTicker', 'bookTicker', 'quote'),
    compositeIndex: sample('defiusdt@compositeIndex', 'compositeIndex'),
    continuousKline: sample('btcusdt_perpetual@continuousKline_1m', 'continuous_kline'),
    contractInfo: sample('!contractInfo', 'contractInfo', 'status'),
    depth_diff: sample('bnbusdt@depth@100ms', 'depthUpdate', 'delta'),
    depth_partial: sample('btcusdt@depth5@100ms', 'depthUpdate', 'depth'),
    forceOrder: sample('btcusdt@forceOrder', 'forceOrder', 'liquidation'),
    forceOrder_arr: sample('!forceOrder@arr', 'forceOrder', 'liquidation'),
    kline: sample('btcusdt@kline_1m', 'kline', 'kline'),
    markPrice: sample('btcusdt@markPrice@1s', 'markPriceUpdate', 'markPrice'),
    markPrice_arr: sample('!markPrice@arr@1s', 'markPriceUpdate', 'markPrice'),
    miniTicker: sample('bnbusdt@miniTicker', '24hrMiniTicker', 'ticker'),
    miniTicker_arr: sample('!miniTicker@arr', '24hrMiniTicker', 'ticker'),
    rpiDepth: sample('bnbusdt@rpiDepth@500ms', 'depthUpdate'),
    ticker: sample('bnbusdt@ticker', '24hrTicker', 'ticker'),
    ticker_arr: sample('!ticker@arr', '24hrTicker', 'ticker'),
    trade_undocumented: sample('btcusdt@trade', 'trade', 'trade'),
    tradingSession: sample('tradingSession', 'EquityUpdate'),
  },
  coinm: {
    aggTrade: sample('btcusd_200626@aggTrade', 'aggTrade', 'trade'),
    bookTicker: sample('btcusd_200626@bookTicker', 'bookTicker', 'quote'),
    bookTicker_all: sample('!bookTicker', 'bookTicker', 'quote'),
    continuousKline: sample('btcusd_next_quarter@continuousKline_1m', 'continuous_kline'),
    contractInfo: sample('!contractInfo', 'contractInfo', 'status'),
    depth_diff: sample('btcusd_200626@depth@100ms', 'depthUpdate', 'delta'),
    depth_partial: sample('btcusd_200626@depth5@100ms', 'depthUpdate', 'depth'),
    forceOrder: sample('btcusd_200925@forceOrder', 'forceOrder', 'liquidation'),
    forceOrder_arr: sample('!forceOrder@arr', 'forceOrder', 'liquidation'),
    indexPrice: sample('btcusd@indexPrice', 'indexPriceUpdate'),
    indexPrice_renamed: sample('btcusd@indexPrice', 'indexPriceUpdate'),
    indexPriceKline: sample('btcusd@indexPriceKline_1m', 'indexPrice_kline'),
    kline: sample('btcusd_200626@kline_1m', 'kline', 'kline'),
    markPrice: sample('btcusd_201225@markPrice@1s', 'markPriceUpdate', 'markPrice'),
    markPrice_pair: sample('btcusd@markPrice@1s', 'markPriceUpdate', 'markPrice'),
    markPriceKline: sample('btcusd_200626@markPriceKline_1m', 'markPrice_kline'),
    miniTicker: sample('btcusd_200626@miniTicker', '24hrMiniTicker', 'ticker'),
    miniTicker_arr: sample('!miniTicker@arr', '24hrMiniTicker', 'ticker'),
    ticker: sample('btcusd_200626@ticker', '24hrTicker', 'ticker'),
    ticker_arr: sample('!ticker@arr', '24hrTicker', 'ticker'),
  },
  options: {
    bookTicker: sample('btc-251226-110000-c@bookTicker', 'bookTicker', 'quote'),
    depth_diff: sample('btc-251123-126000-c@depth@100ms', 'depthUpdate', 'delta'),
    depth_partial: sample('btc-251123-126000-c@depth20@100ms', 'depthUpdate', 'depth'),
    index_arr: sample('!index@arr', 'indexPrice'),
    kline: sample('btc-200630-9000-p@kline_1m', 'kline', 'kline'),
    openInterest: sample('ethusdt@openInterest@221125', 'openInterest', 'openInterest'),
    optionMarkPrice: sample('btcusdt@optionMarkPrice', 'markPrice', 'markPrice'),
    optionSymbol: sample('!optionSymbol', 'optionSymbol', 'status'),
    optionTicker: sample('eth-251226-3000-c@optionTicker', '24hrTicker', 'ticker'),
    optionTrade: sample('btc-251123-126000-c@optionTrade', 'trade', 'trade'),
  },
}

const ADAPTERS: Readonly<Record<string, (raw: boolean) => VenueAdapter>> = {
  spot: raw => binanceSpot({ mode: raw ? 'raw' : 'combined' }),
  usdm: raw => binanceUsdm({ mode: raw ? 'raw' : 'combined' }),
  coinm: raw => binanceCoinm({ mode: raw ? 'raw' : 'combined' }),
  options: raw => binanceOptions({ mode: raw ? 'raw' : 'combined' }),
}

/** Names of samples that are whole frames or notices. */
const NOT_PAYLOADS = new Set(['combined_envelope', 'serverShutdown', 'serverShutdown_combined'])

class Sink extends RecordingSink {
  readonly found: DataEvent[] = []
  override event(stream: StreamSpec, event: DataEvent, sequence: number): void {
    super.event(stream, event, sequence)
    this.found.push(event)
  }
}

/** The payload once through a stream of its own, as raw or as the channel that the catalogue gives it. */
function decode(adapter: VenueAdapter, stream: StreamSpec, payload: unknown, isRaw: boolean): Sink {
  const decoder = adapter.openDecoder(stream.route)
  decoder.add(stream)
  const sink = new Sink()
  const frame = isRaw ? payload : { stream: stream.name, data: payload }
  decodeWhole(decoder, Buffer.from(JSON.stringify(frame)), epochUs(1), sink)
  return sink
}

function channelFor(kind: NonNullable<Sample['kind']>, name: string): string {
  if (kind === 'delta') return 'book'
  if (kind === 'trade') return name.endsWith('@trade') ? 'rawTrade' : 'trade'
  return kind === 'kline' ? 'kline:1m' : kind
}

describe.skipIf(isMissing(protocolFolder))('protocol samples (needs the protocol folder)', () => {
  for (const [market, samples] of Object.entries(SAMPLES)) {
    const folder = `${protocolFolder}/binance/${market}`
    it(`${market}: no sample is left out`, () => {
      const files = readdirSync(folder).filter(name => name.endsWith('.json'))
      const names = files.map(name => name.replace('.json', '')).filter(name => !NOT_PAYLOADS.has(name))
      expect(names.sort()).toEqual(Object.keys(samples).sort())
    })

    for (const [name, { stream, native, kind }] of Object.entries(samples)) {
      it(`${market}/${name} is read raw and typed${kind === undefined ? '' : `, and as ${kind}`}`, () => {
        const payload: unknown = JSON.parse(readFileSync(`${folder}/${name}.json`, 'utf8'))
        for (const isRaw of [false, true]) {
          const adapter = ADAPTERS[market]?.(isRaw) ?? binanceSpot()
          const source = adapter.resolve(instrumentId(`${adapter.id}:*`), channel(`raw:${stream}`), undefined)
          if (source.kind !== 'stream') throw new Error('a raw stream is never polled')
          const raw = decode(adapter, source.stream, payload, isRaw).found
          expect(raw).toHaveLength(1)
          const [event] = raw
          if (event?.kind !== 'raw') throw new Error('a raw stream gives raw events')
          expect(nativePayload(event, native)).toEqual(Array.isArray(payload) ? payload[0] : payload)
          if (kind === undefined) continue
          const unified = decode(
            adapter,
            { ...source.stream, channel: channel(channelFor(kind, stream)) },
            payload,
            isRaw,
          )
          if (kind === 'delta') expect(unified.calls[0]).toMatch(/^delta /)
          else expect(unified.found).toMatchObject([{ kind }])
        }
      })
    }
  }
})
