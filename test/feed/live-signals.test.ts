import { afterEach, describe, expect, it } from 'vitest'
import { liveSignals } from '../../src/feed/live-signals.ts'
import { type Instrument, instrumentId } from '../../src/model/instrument.ts'
import { createSignal } from '../../src/signal/catalogue.ts'
import { createSignals } from '../../src/signal/engine.ts'
import type { Signal, SignalInput, SignalOutput, SignalValue } from '../../src/signal/signal.ts'
import { SimFeed, until } from '../support/sim-feed.ts'
import { aggTrade, memoryVenue } from './memory-venue.ts'

const VENUE = 'binance-usdm'
const BTC = 'binance-usdm:BTCUSDT'

let open: SimFeed | undefined

afterEach(async () => {
  await open?.[Symbol.asyncDispose]()
  open = undefined
})

async function start(): Promise<{ readonly on: SimFeed; readonly btc: Instrument }> {
  const on = await SimFeed.open({ venues: [VENUE] })
  open = on
  const btc = (await on.feed.instruments(VENUE)).find(({ id }) => id === BTC)
  if (btc === undefined) throw new Error(`the simulator lists no ${BTC}`)
  return { on, btc }
}

const isValue = (output: SignalOutput): output is SignalValue => output.kind === 'signal'

/** Writes down what another signal is fed with. */
function recorded(signal: Signal): Signal & { readonly inputs: SignalInput[] } {
  const inputs: SignalInput[] = []
  return {
    ...signal,
    id: signal.id,
    inputs,
    accept: (input, outlet) => {
      inputs.push(input)
      signal.accept(input, outlet)
    },
  }
}

describe('signals on a live feed', () => {
  it('have history from the first value on, read the book in place, and say live what a replay says', async () => {
    const { on, btc } = await start()
    const cvd = recorded(createSignal('flow.cvd', btc))
    const outputs: SignalOutput[] = []
    const errors: unknown[] = []
    const ids = ['candle.macd', 'book.imbalance', 'deriv.basis', 'vol.realised']
    await using live = liveSignals(on.feed, {
      signals: [cvd, ...ids.map(id => createSignal(id, btc))],
      onOutput: output => outputs.push(output),
      onError: error => errors.push(error),
    })
    await live.ready
    const of = (id: string): readonly SignalValue[] => outputs.filter(isValue).filter(({ signal }) => signal === id)
    await until('a value of each', () => ['flow.cvd', ...ids].every(id => of(id).length > 0))
    await until('a second', () => cvd.inputs.some(({ kind }) => kind === 'second'))
    expect(errors).toEqual([])
    const macd = of('candle.macd').at(-1)
    expect([macd?.state, macd?.quality.converged]).toEqual(['ok', true])
    expect(of('book.imbalance').some(({ state }) => state === 'ok')).toBe(true)
    const said = of('flow.cvd').map(output => JSON.stringify(output))
    const again: string[] = []
    const replay = createSignals({
      signals: [createSignal('flow.cvd', btc)],
      onOutput: output => again.push(JSON.stringify(output)),
    })
    for (const input of cvd.inputs) if (input.kind !== 'second') replay.accept(input)
    const length = Math.min(said.length, again.length)
    expect(length).toBeGreaterThan(0)
    expect(again.slice(0, length)).toEqual(said.slice(0, length))
  }, 30_000)

  it('are released with what they hold, and refuse a stream that the venue does not have before anything is sent', async () => {
    const { on, btc } = await start()
    const live = liveSignals(on.feed, { signals: [createSignal('book.imbalance', btc)], onOutput: () => undefined })
    await live.ready
    await live[Symbol.asyncDispose]()
    await live[Symbol.asyncDispose]()
    expect(on.feed.status().consumers.observers).toBe(0)
    const wrong = createSignal('candle.ohlcv', btc, { interval: '7m' })
    expect(() => liveSignals(on.feed, { signals: [wrong], onOutput: () => undefined })).toThrow('7m')
    expect(on.feed.status().consumers.observers).toBe(0)
  }, 30_000)

  it('start without history, and say so, when it cannot be had', async () => {
    const { on, btc } = await start()
    const errors: unknown[] = []
    const feed = Object.create(on.feed, {
      klines: { value: () => Promise.reject(new Error('no history today')) },
    })
    const outputs: SignalOutput[] = []
    await using live = liveSignals(feed, {
      signals: [createSignal('candle.rsi', btc), createSignal('flow.cvd', btc)],
      onOutput: output => outputs.push(output),
      onError: error => errors.push(error),
    })
    await live.ready
    expect(String(errors[0])).toContain('no history today')
    await until('a trade', () => outputs.filter(isValue).some(({ signal }) => signal === 'flow.cvd'))
    await until('a candle', () => outputs.filter(isValue).some(({ signal }) => signal === 'candle.rsi'))
    expect(outputs.filter(isValue).find(({ signal }) => signal === 'candle.rsi')?.state).toBe('warming')
  }, 30_000)
})

describe('signals and an outage', () => {
  const contract = {
    id: instrumentId(BTC),
    kind: 'perpetual',
    base: 'BTC',
    unit: 'base',
    contractSize: 1,
    isInverse: false,
  } as const

  /** Trades 10, then an outage, then 14 and later ones; what was said of cumulative delta. */
  async function outage(isServed: boolean): Promise<readonly SignalValue[]> {
    const venue = memoryVenue()
    if (isServed) {
      venue.rest.set('/aggTrades', url => {
        const fromId = Number(url.searchParams.get('fromId'))
        const ids = Array.from({ length: Math.max(0, 15 - fromId) }, (_, at) => fromId + at)
        const rows = ids.map(a => ({ a, p: '100.5', q: '2', f: a, l: a, T: 1_790_000_000_000 + a, m: false }))
        return { status: 200, body: JSON.stringify(rows) }
      })
    }
    const values: SignalValue[] = []
    await using live = liveSignals(venue.feed, {
      signals: [createSignal('flow.cvd', contract)],
      onOutput: output => isValue(output) && values.push(output),
      clock: venue.clock,
    })
    await venue.settle()
    await live.ready
    venue.sockets[0]?.receive(aggTrade('BTCUSDT', 10))
    const socket = venue.sockets[await venue.reconnect()]
    socket?.receive(aggTrade('BTCUSDT', 14))
    await venue.clock.advance(60_000)
    socket?.receive(aggTrade('BTCUSDT', 15))
    await venue.clock.advance(100)
    return values
  }

  it('that is healed leaves no trace: every trade is counted, and the value was never wrong', async () => {
    const values = await outage(true)
    const counted = values.filter(({ state }) => state !== 'stale')
    expect(counted.map(({ quality }) => quality.n)).toEqual([1, 2, 3, 4, 5, 6])
    expect(counted.every(({ state }) => state === 'ok')).toBe(true)
  })

  it('that is not healed is said at once, and stays said until the next anchor', async () => {
    const values = await outage(false)
    const counted = values.filter(({ state }) => state !== 'stale')
    expect(counted.map(({ state }) => state)).toEqual(['ok', 'gapped', 'gapped', 'gapped'])
    expect(values.at(-1)?.quality.gaps).toBe(1)
  })
})
