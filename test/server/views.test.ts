import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type LadderData, readLadder, readTape, TAPE_GAP, type TapeData } from '../../src/server/binary-frame.ts'
import type { Bar } from '../../src/server/protocol.ts'
import type { Payload, View } from '../../src/server/views/view.ts'
import { BTC, SPOT_BTC, settle, type ViewBench, viewBench } from './view-bench.ts'

let bench: ViewBench

beforeEach(() => {
  bench = viewBench()
})

afterEach(async () => {
  await bench.registry[Symbol.asyncDispose]()
  await bench.feed[Symbol.asyncDispose]()
})

function json(payload: Payload | undefined): Record<string, unknown> {
  if (payload?.content.as !== 'json' || typeof payload.content.data !== 'object')
    throw new Error('expected JSON content')
  return { ...payload.content.data }
}

function binary(payload: Payload | undefined): DataView {
  if (payload?.content.as !== 'binary') throw new Error('expected a binary frame')
  return new DataView(payload.content.frame.slice().buffer)
}

const tapeOf = (payload: Payload | undefined): TapeData => readTape(binary(payload))
const ladderOf = (payload: Payload | undefined): LadderData => readLadder(binary(payload))

function barsOf(payload: Payload | undefined): readonly Bar[] {
  const { bars } = json(payload)
  if (!Array.isArray(bars)) throw new Error('expected bars')
  return bars
}

describe('candles', () => {
  const request = { view: 'candles', instrument: BTC, params: { interval: '1m' } } as const

  it('begins with history and goes on with the changed bars only', async () => {
    const view = await bench.open(request)
    await bench.run(1000)
    expect(view.state.kind).toBe('live')
    const first = view.payload(undefined)
    expect(first?.type).toBe('snapshot')
    expect(barsOf(first).length).toBe(1000)
    const known = view.version
    await bench.run(1000)
    const next = view.payload(known)
    expect(next?.type).toBe('delta')
    expect(barsOf(next).length).toBeLessThanOrEqual(2)
    expect(view.payload(view.version)).toBeUndefined()
  })

  it('agrees with the history that is read later, bar by bar', async () => {
    const view = await bench.open(request)
    await bench.run(150_000)
    const shown = barsOf(view.payload(undefined)).slice(-3, -1)
    const history = await bench.feed.klines({ instrument: BTC, interval: '1m', limit: 3 })
    for (const bar of shown) {
      const kline = history.find(candidate => candidate.openTimeUs === bar[0] * 1e6)
      expect([bar[1], bar[2], bar[3], bar[4]]).toEqual([kline?.open, kline?.high, kline?.low, kline?.close])
    }
    expect(shown.length).toBe(2)
  })

  it('is backfilling while history fails, and recovers by itself', async () => {
    bench.feed.historyFailure = new Error('weight is used up')
    const view = await bench.open(request)
    await bench.run(500)
    expect(view.state).toMatchObject({ kind: 'backfilling', text: 'History: weight is used up' })
    bench.feed.historyFailure = undefined
    await bench.run(4000)
    await bench.run(100)
    expect(view.state.kind).toBe('live')
    expect(barsOf(view.payload(undefined)).length).toBeGreaterThanOrEqual(1000)
  })

  it('marks a gap with a band over its interval and reads the candles again', async () => {
    const view = await bench.open(request)
    await bench.run(2000)
    bench.feed.lose(BTC, 40)
    await bench.run(100)
    expect(view.state.kind).toBe('gapped')
    expect(json(view.payload(undefined))['gaps']).toMatchObject([{ reason: 'trade: sequence', isReloaded: false }])
    await bench.run(1500)
    expect(json(view.payload(undefined))['gaps']).toMatchObject([{ isReloaded: true }])
    await bench.run(5000)
    expect(view.state.kind).toBe('live')
  })

  it('names the intervals that exist when another one is asked for', async () => {
    const view = await bench.open({ ...request, params: { interval: '7m' } })
    expect(view.state).toMatchObject({ kind: 'error', text: expect.stringContaining('expected one of 1m') })
  })
})

describe('ladder', () => {
  const open = (group: number): Promise<View> => {
    return bench.open({ view: 'ladder', instrument: BTC, params: { rows: 20, group } })
  }

  it('shows the rows of the book', async () => {
    const view = await open(1)
    await bench.run(500)
    expect(view.state.kind).toBe('live')
    const ladder = ladderOf(view.payload(undefined))
    const levels = bench.feed.book(BTC).levels(20)
    expect(ladder.step).toBe(0.1)
    expect(ladder.bids.slice(0, 3).map(row => [row.price, row.quantity])).toEqual(levels?.bids.slice(0, 3))
    expect(ladder.asks.slice(0, 3).map(row => [row.price, row.quantity])).toEqual(levels?.asks.slice(0, 3))
  })

  it('rounds grouped bids down and asks up and loses no quantity', async () => {
    const view = await open(10)
    await bench.run(500)
    const ladder = ladderOf(view.payload(undefined))
    expect(ladder.bids.length).toBeLessThanOrEqual(20)
    expect(ladder.bids[0]?.price).toBeLessThanOrEqual(ladder.bestBid)
    expect(ladder.asks[0]?.price).toBeGreaterThanOrEqual(ladder.bestAsk)
    const inRow = (bench.feed.book(BTC).levels(500)?.bids ?? []).filter(
      ([price]) => price >= (ladder.bids[0]?.price ?? 0),
    )
    const sum = inRow.reduce((total, [, quantity]) => total + quantity, 0)
    expect(ladder.bids[0]?.quantity).toBeCloseTo(sum, 9)
  })

  it('freezes on a lost change: the last picture stays, the state says why', async () => {
    const view = await open(1)
    await bench.run(500)
    const before = ladderOf(view.payload(undefined))
    bench.feed.freeze('book')
    bench.feed.gapBook(BTC)
    await bench.run(100)
    expect(view.state.kind).toBe('gapped')
    expect(ladderOf(view.payload(undefined)).sequence).toBe(before.sequence)
    bench.feed.thaw()
    await bench.run(4000)
    expect(view.state.kind).toBe('live')
  })
})

describe('tape', () => {
  const request = { view: 'tape', instrument: BTC } as const

  it('counts every print once, for a client that reads all and for one that reads late', async () => {
    let seen = 0
    using _ = bench.feed.observe({ instruments: [BTC], channels: ['trade'] }, event => {
      if (event.kind === 'trade') seen++
    })
    const view = await bench.open(request)
    let known: number | undefined
    let rows = 0
    for (let turn = 0; turn < 20; turn++) {
      await bench.run(200)
      const payload = view.payload(known)
      if (payload === undefined) continue
      const tape = tapeOf(payload)
      rows += tape.rows.filter(row => (row.flags & 6) === 0).length
      known = view.version
    }
    const late = tapeOf(view.payload(undefined))
    expect(seen).toBeGreaterThan(50)
    expect(rows).toBe(seen)
    expect(late.count).toBe(seen)
  })

  it('tells a client that fell behind the ring how many rows it was spared', async () => {
    const view = await bench.open(request)
    await bench.run(500)
    const known = view.version
    await bench.run(330_000)
    const tape = tapeOf(view.payload(known))
    expect(tape.rows.length).toBe(4096)
    expect(tape.skipped).toBe(view.version - known - 4096)
  })

  it('writes a gap into the tape and begins its totals again', async () => {
    const view = await bench.open(request)
    await bench.run(3000)
    const before = tapeOf(view.payload(undefined)).count
    bench.feed.lose(BTC, 40)
    await bench.run(100)
    const tape = tapeOf(view.payload(undefined))
    expect(view.state).toMatchObject({ kind: 'gapped', gap: { reason: 'sequence' } })
    expect(tape.rows.filter(row => (row.flags & TAPE_GAP) !== 0).length).toBe(1)
    expect(tape.count).toBeLessThan(before)
  })
})

describe('states', () => {
  it('goes stale only where the feed froze, and needs a second of health to be live again', async () => {
    const tape = await bench.open({ view: 'tape', instrument: BTC })
    const ladder = await bench.open({ view: 'ladder', instrument: BTC })
    await bench.run(5000)
    bench.feed.freeze('trade')
    await bench.run(9000)
    expect(tape.state.kind).toBe('live')
    await bench.run(2500)
    expect(tape.state.kind).toBe('stale')
    expect(ladder.state.kind).toBe('live')
    bench.feed.thaw()
    await bench.run(500)
    expect(tape.state.kind).toBe('stale')
    await bench.run(1500)
    expect(tape.state.kind).toBe('live')
  })

  it('tells a book stale two seconds after its last change', async () => {
    const ladder = await bench.open({ view: 'ladder', instrument: BTC })
    await bench.run(3000)
    bench.feed.freeze('book')
    await bench.run(1500)
    expect(ladder.state.kind).toBe('live')
    await bench.run(1000)
    expect(ladder.state.kind).toBe('stale')
  })

  it('calls silence of liquidations quiet while the feed is heard, and disconnected when it is not', async () => {
    const view = await bench.open({ view: 'liquidations', instrument: BTC })
    bench.feed.freeze('liquidation')
    await bench.run(8000)
    expect(view.state.kind).toBe('quiet')
    expect(view.state.heardUs).toBeGreaterThan(bench.clock.nowUs() - 2_000_000)
    bench.feed.cut('code 1006')
    await bench.run(200)
    expect(view.state).toMatchObject({ kind: 'disconnected', text: 'code 1006' })
    expect(view.state.retryAtUs).toBeGreaterThan(bench.clock.nowUs())
  })

  it('says what a venue lacks instead of waiting for it', async () => {
    const funding = await bench.open({ view: 'funding', instrument: SPOT_BTC })
    const ticker = await bench.open({ view: 'ticker', instrument: SPOT_BTC })
    await bench.run(1500)
    expect(funding.state).toMatchObject({ kind: 'unsupported', text: expect.stringContaining('markPrice') })
    expect(ticker.state.kind).toBe('live')
    expect(json(ticker.payload(undefined))['markReason']).toContain('markPrice')
  })

  it('answers a wrong symbol with the nearest right one', async () => {
    const view = await bench.open({ view: 'tape', instrument: 'binance-usdm:BTCUSTD' })
    expect(view.state.kind).toBe('error')
    expect(view.state.suggestions?.[0]).toBe(BTC)
  })

  it('writes every gap and reconnect into the incidents once, however many views hear of it', async () => {
    await bench.open({ view: 'tape', instrument: BTC })
    await bench.open({ view: 'ticker', instrument: BTC })
    await bench.open({ view: 'candles', instrument: BTC, params: { interval: '1m' } })
    await bench.run(1000)
    bench.feed.lose(BTC, 5)
    await settle()
    expect(bench.incidents.list.filter(incident => incident.kind === 'gap').length).toBe(1)
  })
})

describe('recordings', () => {
  it('does not wait for ever for what a recording does not hold', async () => {
    const recorded = viewBench({ kind: 'recording', label: 'btcusdt.jsonl.gz' })
    recorded.feed.freeze('markPrice')
    const view = await recorded.open({ view: 'funding', instrument: BTC })
    await recorded.run(4000)
    expect(view.state.kind).toBe('loading')
    await recorded.run(2000)
    expect(view.state).toMatchObject({ kind: 'empty', text: 'No mark prices in this recording so far.' })
    recorded.feed.thaw()
    await recorded.run(1500)
    expect(view.state.kind).toBe('live')
    await recorded.registry[Symbol.asyncDispose]()
    await recorded.feed[Symbol.asyncDispose]()
  })
})

describe('sharing', () => {
  it('computes one view for equal parameters and keeps it warm for ten seconds', async () => {
    const first = bench.registry.lease({ view: 'ladder', instrument: BTC, params: { rows: 40 } })
    const second = bench.registry.lease({ view: 'ladder', instrument: BTC })
    const other = bench.registry.lease({ view: 'ladder', instrument: BTC, params: { rows: 20 } })
    expect(second.view).toBe(first.view)
    expect(other.view).not.toBe(first.view)
    first.release()
    second.release()
    await bench.run(9000)
    expect(bench.registry.size).toBe(2)
    await bench.run(2000)
    expect(bench.registry.size).toBe(1)
  })
})
