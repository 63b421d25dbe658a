import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TradeEvent } from '../../src/model/event.ts'
import { instrumentId } from '../../src/model/instrument.ts'
import type {
  FlowData,
  FundingData,
  LiquidationsData,
  OpenInterestData,
  PressureData,
  SignalsData,
} from '../../src/server/protocol.ts'
import { SignalDesk } from '../../src/server/views/signal-desk.ts'
import type { Payload, View } from '../../src/server/views/view.ts'
import type { SignalEvent } from '../../src/signal/signal.ts'
import { BTC, SPOT_BTC, settle, type ViewBench, viewBench } from './view-bench.ts'

let bench: ViewBench

beforeEach(() => {
  bench = viewBench()
})

afterEach(async () => {
  await bench.registry[Symbol.asyncDispose]()
  await bench.feed[Symbol.asyncDispose]()
})

/** What a client receives, which is JSON. */
function data(payload: Payload | undefined): unknown {
  if (payload?.content.as !== 'json') throw new Error('expected JSON content')
  return JSON.parse(JSON.stringify(payload.content.data))
}

function has<T>(name: keyof T & string, value: unknown): value is T {
  return typeof value === 'object' && value !== null && name in value
}

function read<T>(name: keyof T & string, payload: Payload | undefined): T {
  const value = data(payload)
  if (!has<T>(name, value)) throw new Error(`expected ${name}`)
  return value
}

const flowOf = (payload: Payload | undefined): FlowData => read<FlowData>('points', payload)
const signalsOf = (payload: Payload | undefined): SignalsData => read<SignalsData>('events', payload)
const pressureOf = (payload: Payload | undefined): PressureData => read<PressureData>('readings', payload)

function open(view: 'flow' | 'signals' | 'pressure' | 'openInterest' | 'funding' | 'liquidations', instrument = BTC) {
  return bench.open({ view, instrument })
}

/** Trades as somebody else hears them. */
function trades(): readonly TradeEvent[] {
  const heard: TradeEvent[] = []
  bench.feed.observe({ instruments: [instrumentId(BTC)], channels: ['trade'] }, event => {
    if (event.kind === 'trade') heard.push(event)
  })
  return heard
}

function signedSum(heard: readonly TradeEvent[]): number {
  return heard.reduce((sum, trade) => sum + (trade.side === 'buy' ? trade.quantity : -trade.quantity), 0)
}

describe('flow', () => {
  it('adds up to the trades, second by second, and as cumulative delta', async () => {
    const heard = trades()
    const view = await open('flow')
    await bench.run(20_000)
    expect(view.state.kind).toBe('live')
    const { points, cvd } = flowOf(view.payload(undefined))
    expect(cvd?.value).toBeCloseTo(signedSum(heard), 9)
    expect(cvd).toMatchObject({ state: 'ok', values: { isPartial: true } })
    expect(points.length).toBeGreaterThan(10)
    for (const [second, , buy, sell, , isWhole] of points) {
      const own = heard.filter(trade => Math.floor((trade.exchangeTimeUs ?? 0) / 1e6) === second)
      const bought = own.filter(trade => trade.side === 'buy').reduce((sum, trade) => sum + trade.quantity, 0)
      expect(buy).toBeCloseTo(bought, 9)
      expect(buy - sell).toBeCloseTo(signedSum(own), 9)
      expect(isWhole).toBe(1)
    }
  })

  it('goes on with new seconds only', async () => {
    const view = await open('flow')
    await bench.run(10_000)
    const known = view.version
    const before = flowOf(view.payload(undefined)).points
    await bench.run(3000)
    const next = view.payload(known)
    expect(next?.type).toBe('delta')
    const news = flowOf(next).points
    expect(news.length).toBeGreaterThan(0)
    expect(news.length).toBeLessThanOrEqual(4)
    expect(flowOf(view.payload(undefined)).points).toEqual([...before, ...news])
    expect(flowOf(next).gaps).toBeUndefined()
  })

  it('tells a gap with its span, and that the sum is not whole from then on', async () => {
    const view = await open('flow')
    await bench.run(5000)
    const known = view.version
    bench.feed.lose(BTC, 40)
    await bench.run(100)
    expect(view.state.kind).toBe('gapped')
    expect(flowOf(view.payload(known)).gaps).toMatchObject([{ reason: 'sequence' }])
    await bench.run(10_000)
    expect(view.state.kind).toBe('live')
    expect(flowOf(view.payload(undefined)).cvd).toMatchObject({ state: 'gapped', quality: { gaps: 1 } })
  })

  it('is stale when the trades freeze, and its last value says so, too', async () => {
    const view = await open('flow')
    await bench.run(5000)
    bench.feed.freeze('trade')
    await bench.run(70_000)
    expect(view.state.kind).toBe('stale')
    expect(flowOf(view.payload(undefined)).cvd?.state).toBe('stale')
  })
})

describe('signals', () => {
  it('brings every event to a client however slowly it reads', async () => {
    const view = await open('signals')
    await bench.run(1000)
    const market = (await bench.catalog.find(BTC)) satisfies { readonly id: string }
    const lease = bench.signals?.lease(market)
    const told: SignalEvent[] = []
    const listening = lease?.run.listen(output => {
      if (output.kind === 'signalEvent') told.push(output)
    })
    const received = [...signalsOf(view.payload(undefined)).events]
    let known: number | undefined = view.version
    for (let read = 0; read < 6; read++) {
      for (let wave = 0; wave < 3; wave++) {
        bench.feed.liquidate(BTC, 4)
        await bench.run(1500)
      }
      const payload: Payload | undefined = view.payload(known)
      expect(payload?.type).toBe('delta')
      received.push(...signalsOf(payload).events)
      known = view.version
    }
    expect(told.length).toBeGreaterThan(10)
    expect(received).toEqual(JSON.parse(JSON.stringify(told)))
    expect(received[0]).toMatchObject({ headline: expect.any(String), reliability: null })
    listening?.[Symbol.dispose]()
    lease?.[Symbol.dispose]()
  }, 30_000)

  it('tells what was measured of a signal on such an instrument', async () => {
    const { feed, clock } = bench
    const figures = { horizonMs: 5000, n: 240, hitRate: 0.55, low95: 0.487, high95: 0.612, baseRate: 0.5 }
    const reliability = { ...figures, meanNetBps: -4.6, measuredOn: 'a test' }
    const asked: string[] = []
    const desk = new SignalDesk({
      feed,
      clock,
      warn: message => expect(message).toBe(''),
      measured: (event, instrument) => {
        asked.push(instrument.id)
        return { ...event, reliability }
      },
    })
    const lease = desk.lease(await bench.catalog.find(BTC))
    const told: SignalEvent[] = []
    using _listening = lease.run.listen(output => {
      if (output.kind === 'signalEvent') told.push(output)
    })
    await bench.run(1000)
    bench.feed.liquidate(BTC, 4)
    await bench.run(1500)
    expect(told.length).toBeGreaterThan(0)
    expect(told.map(event => event.reliability)).toEqual(told.map(() => reliability))
    expect(new Set(asked)).toEqual(new Set([BTC]))
    expect(lease.run.events).toBeDefined()
    lease[Symbol.dispose]()
  }, 30_000)

  it('is quiet while its streams are heard, and never quiet when they are not', async () => {
    const view = await open('signals')
    await bench.run(3000)
    expect(view.state).toMatchObject({ kind: 'quiet', text: 'signals' })
    bench.feed.cut('the cable')
    await bench.run(200)
    expect(view.state.kind).toBe('disconnected')
  })

  it('names what a spot market cannot have, and says what the rest measures', async () => {
    const view = await open('signals', SPOT_BTC)
    await bench.run(3000)
    const { refused, readings } = signalsOf(view.payload(undefined))
    expect(refused.map(one => one.signal)).toEqual(['deriv.tension', 'deriv.oiQuadrant', 'deriv.liqCascade'])
    expect(refused[0]?.reason).toContain('markPrice')
    expect(readings.map(one => one.signal)).toContain('flow.cvd')
  })
})

describe('pressure', () => {
  it('reads the book once a second, between -1 and 1', async () => {
    const view = await open('pressure')
    await bench.run(15_000)
    expect(view.state.kind).toBe('live')
    const { points, readings } = pressureOf(view.payload(undefined))
    expect(points.length).toBeGreaterThanOrEqual(14)
    const imbalances = points.flatMap(point => point[1] ?? [])
    expect(imbalances.length).toBeGreaterThan(10)
    expect(imbalances.every(value => value >= -1 && value <= 1)).toBe(true)
    expect(new Set(imbalances).size).toBeGreaterThan(1)
    expect(readings.map(one => one.signal)).toContain('book.ofi')
  })

  it('leaves a hole where the book is not whole', async () => {
    const view = await open('pressure')
    await bench.run(5000)
    bench.feed.freeze('book')
    bench.feed.gapBook(BTC)
    await bench.run(5000)
    const { points, readings } = pressureOf(view.payload(undefined))
    expect(points.at(-1)?.[1]).toBeNull()
    expect(readings.find(one => one.signal === 'book.imbalance')?.state).not.toBe('ok')
  })
})

describe('open interest, funding, liquidations', () => {
  it('keeps observations of open interest with the price of their moment', async () => {
    const view = await open('openInterest')
    await bench.run(13_000)
    expect(view.state.kind).toBe('live')
    const { points, quadrant } = read<OpenInterestData>('points', view.payload(undefined))
    expect(points.length).toBeGreaterThanOrEqual(4)
    expect(points.at(-1)?.[3]).toBeGreaterThan(0)
    expect(points.every(([, quantity, base]) => quantity === base)).toBe(true)
    expect(quadrant?.state).toBe('warming')
    expect(quadrant?.value).toBeUndefined()
  })

  it('sends the venue’s statistics once, in coins and with their price, and each quadrant when it was said', async () => {
    const view = await open('openInterest')
    await bench.run(4000)
    const { past, pastEveryMs, pastReason } = read<OpenInterestData>('points', view.payload(undefined))
    expect(past).toHaveLength(300)
    expect(pastReason).toBeUndefined()
    expect(pastEveryMs).toBe(300_000)
    expect((past?.[1]?.[0] ?? 0) - (past?.[0]?.[0] ?? 0)).toBe(300_000_000)
    expect(past?.every(([, quantity, base, price]) => quantity === base && (price ?? 0) > 1000)).toBe(true)
    const known = view.version
    await bench.run(7000)
    const next = read<OpenInterestData>('points', view.payload(known))
    expect(next.past).toBeUndefined()
    expect(next.quadrants.length).toBeGreaterThan(0)
    expect(next.quadrants.every(([, code]) => code === null)).toBe(true)
  })

  it('says why there are no statistics, and goes on without them', async () => {
    bench.feed.historyFailure = new Error('the canary is not there')
    const view = await open('openInterest')
    await bench.run(4000)
    const data = read<OpenInterestData>('points', view.payload(undefined))
    expect(data).toMatchObject({ pastReason: expect.stringContaining('*** is not there') })
    expect(data.past).toBeUndefined()
    expect(view.state.kind).toBe('live')
    bench.feed.historyFailure = undefined
    await bench.run(31_000)
    expect(read<OpenInterestData>('points', view.payload(undefined)).past).toHaveLength(300)
  })

  it('tells what was paid, and by it the interval, which the tension then need not wait for', async () => {
    const view = await open('funding')
    await bench.run(2000)
    const first = read<FundingData>('points', view.payload(undefined))
    expect(first.settled).toHaveLength(90)
    expect(first).toMatchObject({ intervalHours: 8 })
    expect(first.settledReason).toBeUndefined()
    const known = view.version
    await bench.run(3000)
    expect(read<FundingData>('points', view.payload(known)).settled).toBeUndefined()
    const signals = await open('signals')
    await bench.run(2000)
    expect(signalsOf(signals.payload(undefined)).options).toEqual({ 'deriv.tension': { intervalHours: 8 } })
  })

  it('asks again after a settlement', async () => {
    const eightHoursUs = 28_800_000_000
    const beforeUs = Math.ceil(bench.clock.nowUs() / eightHoursUs) * eightHoursUs - 4_000_000
    const late = viewBench(undefined, [], false, beforeUs)
    const view = await late.open({ view: 'funding', instrument: BTC })
    await late.run(2000)
    const { fundingTimeUs = 0 } = read<FundingData>('points', view.payload(undefined))
    expect(fundingTimeUs).toBe(beforeUs + 4_000_000)
    expect(late.feed.historyRequests).toBe(1)
    await late.run(25_000)
    expect(late.feed.historyRequests).toBe(2)
    expect(read<FundingData>('points', view.payload(undefined)).settled?.at(-1)?.[0]).toBe(fundingTimeUs)
    await late.registry[Symbol.asyncDispose]()
    await late.feed[Symbol.asyncDispose]()
  })

  it('says what spot does not publish', async () => {
    const view = await open('openInterest', SPOT_BTC)
    await bench.run(200)
    expect(view.state).toMatchObject({ kind: 'unsupported', text: expect.stringContaining('openInterest') })
  })

  it('sends funding with the state of its tension, and liquidations with that of a cascade', async () => {
    const funding = await open('funding')
    const liquidations = await open('liquidations')
    await bench.run(60_000)
    expect(read<FundingData>('points', funding.payload(undefined)).tension).toMatchObject({ state: 'warming' })
    const { rows, cascades, cascade } = read<LiquidationsData>('rows', liquidations.payload(undefined))
    expect(rows.length).toBeGreaterThan(0)
    expect(cascades).toEqual([])
    expect(cascade).toMatchObject({ signal: 'deriv.liqCascade', quality: { coverage: 'sampled' } })
  }, 15_000)
})

describe('cost', () => {
  it('computes the signals of a market once, and only while somebody looks', async () => {
    const views: readonly View[] = [await open('flow'), await open('signals'), await open('funding')]
    await bench.run(500)
    expect(bench.signals?.size).toBe(1)
    await Promise.all(views.map(view => view[Symbol.asyncDispose]()))
    await settle()
    expect(bench.signals?.size).toBe(0)
  })

  it('computes none when they are switched off, says so, and shows what needs none', async () => {
    const off = viewBench(undefined, [], false)
    for (const view of ['flow', 'signals', 'pressure'] as const) {
      const shown = await off.open({ view, instrument: BTC })
      await off.run(500)
      expect(shown.state).toMatchObject({ kind: 'unsupported', text: expect.stringContaining('--no-signals') })
    }
    const funding = await off.open({ view: 'funding', instrument: BTC })
    await off.run(2000)
    expect(funding.state.kind).toBe('live')
    expect(read<FundingData>('points', funding.payload(undefined)).tension).toBeUndefined()
    expect(off.feed.status().books).toEqual([])
    await off.registry[Symbol.asyncDispose]()
    await off.feed[Symbol.asyncDispose]()
  })
})
