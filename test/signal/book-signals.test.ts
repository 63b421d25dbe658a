import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BookSync } from '../../src/book/index.ts'
import type { Level, QuoteEvent, TradeEvent } from '../../src/model/event.ts'
import { epochUs } from '../../src/model/time.ts'
import { bookCost } from '../../src/signal/book/cost-signal.ts'
import { bookFate } from '../../src/signal/book/fate-signal.ts'
import { bookImbalance } from '../../src/signal/book/imbalance-signal.ts'
import { fitMicroprice, MicropriceCounts, micropriceOf } from '../../src/signal/book/microprice-fit.ts'
import { solveMicroprice } from '../../src/signal/book/microprice-model.ts'
import { bookMicroprice, micropriceSignal } from '../../src/signal/book/microprice-signal.ts'
import { bookOfi, bookOfiSampled } from '../../src/signal/book/ofi-signal.ts'
import { bookSpread } from '../../src/signal/book/spread-signal.ts'
import { bookSpreadWiden } from '../../src/signal/book/spread-widen-signal.ts'
import { bandEdges, type Touch } from '../../src/signal/book/touch.ts'
import type { SignalEvent, SignalInput, SignalParams, SignalValue } from '../../src/signal/signal.ts'
import { makeSignal, type SignalKind } from '../../src/signal/signal-kind.ts'
import { CheckedParams } from '../../src/signal/signal-params.ts'
import { snapshotOf } from '../book/levels-of.ts'
import { bookOf, loadBook } from './book-of.ts'
import { BTC_PERPETUAL, Told } from './recorded-inputs.ts'

const { id: instrument } = BTC_PERPETUAL
const us = (ms: number) => epochUs((1_767_225_600_000 + ms) * 1000)
const second = (ms: number): SignalInput => ({ kind: 'second', receiveTimeUs: us(ms) })

const quote = (
  ms: number,
  bidPrice: number,
  bidQuantity: number,
  askPrice: number,
  askQuantity: number,
): QuoteEvent => ({
  kind: 'quote',
  instrument,
  exchangeTimeUs: us(ms),
  receiveTimeUs: us(ms),
  bidPrice,
  bidQuantity,
  askPrice,
  askQuantity,
})
const gap = (ms: number, channel: 'quote' | 'book' | 'trade'): SignalInput => ({
  kind: 'gap',
  instrument,
  receiveTimeUs: us(ms),
  channel,
  reason: 'sequence',
  healed: false,
})
const trade = (ms: number, id: number, side: 'buy' | 'sell', price: number, quantity: number): TradeEvent => ({
  kind: 'trade',
  channel: 'trade',
  instrument,
  exchangeTimeUs: us(ms),
  receiveTimeUs: us(ms),
  id: String(id),
  price,
  quantity,
  side,
})

function told(kind: SignalKind, params: SignalParams, inputs: readonly SignalInput[]): Told {
  const signal = new Told(makeSignal(kind, BTC_PERPETUAL, params))
  for (const input of inputs) signal.show(input)
  return signal
}
const values = (told: Told): readonly SignalValue[] =>
  told.outputs.flatMap(output => (output.kind === 'signal' ? [output] : []))
const events = (told: Told): readonly SignalEvent[] =>
  told.outputs.flatMap(output => (output.kind === 'signalEvent' ? [output] : []))

/** The book as it stands at each time, each a book of its own. */
const state = (ms: number, bids: readonly Level[], asks: readonly Level[]): SignalInput => {
  const book = bookOf(bids, asks)
  return { kind: 'bookState', instrument, exchangeTimeUs: us(ms), receiveTimeUs: us(ms), book }
}

describe('book.imbalance', () => {
  const bids: readonly Level[] = [
    [100, 6],
    [99.9, 3],
    [99.8, 1],
    [99.5, 20],
  ]
  const asks: readonly Level[] = [
    [100.1, 2],
    [100.2, 4],
    [100.3, 4],
    [100.9, 5],
  ]

  it('gives the known answers through the signal, streaming', () => {
    const of = (params: SignalParams): number | undefined =>
      values(told(bookImbalance, params, [state(0, bids, asks)]))[0]?.value
    expect(of({ measure: 'levels', levels: 1 })).toBeCloseTo(0.5, 12)
    expect(of({ measure: 'levels', levels: 3 })).toBeCloseTo(0, 12)
    expect(of({ measure: 'decay', levels: 3 })).toBeCloseTo(0.162571021474, 11)
    expect(of({ bps: 15 })).toBeCloseTo(0.2, 12)
    expect(of({ bps: 50 })).toBeCloseTo(0, 12)
  })

  it('is exactly one when a side is empty, and says so; absent when both hold nothing near', () => {
    const [oneSided] = values(told(bookImbalance, { measure: 'levels' }, [state(0, bids, [])]))
    expect([oneSided?.value, oneSided?.values?.['oneSided']]).toEqual([1, true])
    const [empty] = values(told(bookImbalance, { measure: 'levels' }, [state(0, [], [])]))
    expect([empty?.state, empty?.value]).toEqual(['warming', undefined])
  })

  it('takes the edges of a band inside, whatever their binary fractions', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20_000, max: 9_999_999 }),
        fc.nat(8),
        fc.integer({ min: 1, max: 500 }),
        (half, decimals, bps) => {
          // A mid of whole units; the edge lies on the grid when mid·bps / 10000 does.
          const scale = 10 ** decimals
          const mid = Math.ceil(half / 10_000) * 10_000
          const distance = (mid / 10_000) * bps
          const touch: Touch = {
            bidPrice: (mid - 1) / scale,
            bidQuantity: 1,
            askPrice: (mid + 1) / scale,
            askQuantity: 1,
          }
          const edges = bandEdges(touch, bps)
          expect(edges.bid).toBeLessThanOrEqual((mid - distance) / scale)
          expect(edges.ask).toBeGreaterThanOrEqual((mid + distance) / scale)
          expect(edges.bid).toBeGreaterThan((mid - distance - 1) / scale)
          expect(edges.ask).toBeLessThan((mid + distance + 1) / scale)
        },
      ),
    )
  })
})

describe('book.cost', () => {
  it('walks the book and is absent, never extrapolated, when it is too thin', () => {
    const input = state(
      0,
      [
        [99, 1],
        [98, 1],
      ],
      [
        [101, 1],
        [102, 1],
      ],
    )
    const [thin] = values(told(bookCost, { quote: 1000 }, [input]))
    expect([thin?.value, thin?.values?.['insufficientDepth'], thin?.values?.['buyBps']]).toEqual([
      undefined,
      true,
      undefined,
    ])
    const [deep] = values(told(bookCost, { quote: 101 + 51 }, [input]))
    // 101 quote at 101 and 51 at 102: 1.5 coins for 152.
    expect(deep?.values?.['buyBps']).toBeCloseTo((152 / 1.5 / 100 - 1) * 10_000, 9)
    expect(deep?.values?.['sellBps']).toBeCloseTo((1 - 152 / (1 + 53 / 98) / 100) * 10_000, 9)
  })
})

describe('book.spread', () => {
  it('flags a locked book, calls a crossed one invalid', () => {
    const run = told(bookSpread, {}, [quote(0, 100, 1, 100.1, 1), quote(1, 100, 1, 100, 1), quote(2, 100.1, 1, 100, 1)])
    expect(values(run).map(value => value.state)).toEqual(['ok', 'ok', 'invalid'])
    expect(values(run).map(value => value.values?.['locked'])).toEqual([false, true, undefined])
    expect(values(run)[0]?.values?.['spreadTicks']).toBe(1)
  })
})

describe('book.ofi', () => {
  const quotes = [
    [100, 5, 101, 4],
    [100, 8, 101, 1],
    [100.5, 2, 101, 1],
    [100.5, 2, 101, 6],
    [100, 7, 101, 6],
    [100, 7, 100.5, 3],
    [100, 7, 101, 5],
    [100, 7, 101, 5],
  ] as const
  const stream = quotes.map(([bid, bidQuantity, ask, askQuantity], index) =>
    quote(3000 + index * 1000, bid, bidQuantity, ask, askQuantity),
  )

  it('gives the known answer once its window is whole', () => {
    // The same quote before: it adds nothing.
    const run = told(bookOfi, { windowMs: 10_000 }, [quote(0, 100, 5, 101, 4), ...stream])
    const last = values(run).at(-1)
    expect(last?.state).toBe('ok')
    expect(last?.value).toBeCloseTo(1, 9)
    expect(
      values(run)
        .slice(0, -1)
        .every(value => value.state === 'warming'),
    ).toBe(true)
    expect(last?.values?.['normalised']).toBeCloseTo(1 / 4.75, 9)
  })

  it('is named otherwise when it is fed with a sampled book', () => {
    const run = told(bookOfiSampled, { windowMs: 1000 }, [
      state(0, [[100, 5]], [[101, 4]]),
      state(1000, [[100, 8]], [[101, 1]]),
    ])
    expect(values(run).at(-1)).toMatchObject({ signal: 'book.ofi.sampled', value: 6, state: 'ok' })
  })

  it('concludes nothing across a gap: the first quote behind it contributes 0', () => {
    const run = told(bookOfi, { windowMs: 1000 }, [
      quote(0, 100, 5, 101, 4),
      quote(1000, 100, 8, 101, 4),
      gap(1100, 'quote'),
      quote(2000, 100, 50, 101, 4),
      quote(3000, 100, 51, 101, 4),
    ])
    expect(values(run).map(value => [value.state, value.value])).toEqual([
      ['warming', undefined],
      ['ok', 3],
      ['gapped', undefined],
      ['warming', undefined],
      ['ok', 1],
    ])
  })
})

describe('what a crossed or unsynced book leaves behind', () => {
  it('is nothing: a window begins anew behind a crossed quote', () => {
    const run = told(bookOfi, { windowMs: 1000 }, [
      quote(0, 100, 5, 101, 4),
      quote(1000, 100, 8, 101, 4),
      quote(1100, 102, 8, 101, 4),
      quote(1200, 100, 8, 101, 4),
      quote(2200, 100, 9, 101, 4),
    ])
    expect(values(run).map(value => value.state)).toEqual(['warming', 'ok', 'invalid', 'warming', 'ok'])
  })

  it('is said once by signals that read the whole book', () => {
    const book = bookOf([[100, 3]], [[101, 1]])
    const input = (ms: number): SignalInput => ({
      kind: 'bookState',
      instrument,
      exchangeTimeUs: us(ms),
      receiveTimeUs: us(ms),
      book,
    })
    const signal = new Told(makeSignal(bookImbalance, BTC_PERPETUAL, { measure: 'levels' }))
    signal.show(input(0))
    book.onDisconnect()
    signal.show(input(1))
    signal.show(input(2))
    expect(values(signal).map(value => [value.state, value.value])).toEqual([
      ['ok', 0.5],
      ['warming', undefined],
    ])
  })
})

describe('a book of which only a part is known', () => {
  const book = new BookSync(instrument, { join: () => 'apply', joinSnapshot: () => 'apply' })
  book.onStreamSnapshot(
    snapshotOf(
      1,
      [
        ['100', 3],
        ['99.9', 1],
      ],
      [
        ['100.1', 1],
        ['100.2', 1],
      ],
    ),
    us(0),
  )
  const input: SignalInput = { kind: 'bookState', instrument, exchangeTimeUs: us(0), receiveTimeUs: us(0), book }
  const stateOf = (params: SignalParams): unknown => values(told(bookImbalance, params, [input]))[0]?.state

  it('is not summed beyond it', () => {
    expect(stateOf({ bps: 14 })).toBe('ok')
    expect(stateOf({ bps: 50 })).toBe('warming')
    expect(stateOf({ measure: 'levels', levels: 2 })).toBe('ok')
    expect(stateOf({ measure: 'levels', levels: 3 })).toBe('warming')
    expect(values(told(bookCost, { quote: 250 }, [input]))[0]?.values?.['insufficientDepth']).toBe(true)
  })
})

describe('book.spreadWiden', () => {
  const params = { window: 5, holdSamples: 2 }
  const calm = Array.from({ length: 6 }, (_, index) => index)
  const sample = (index: number, ask: number): readonly SignalInput[] => [
    quote(index * 1000, 100, 1, ask, 1),
    second(index * 1000 + 500),
  ]
  const usual = calm.flatMap(index => sample(index, 100.1))

  it('tells start and end with peak and duration, sampled by the seconds', () => {
    const wide = [100.4, 100.5, 100.5, 100.4, 100.1].flatMap((ask, at) => sample(6 + at, ask))
    const run = told(bookSpreadWiden, params, [...usual, ...wide])
    const [start, end] = events(run)
    expect(events(run).map(event => event.phase)).toEqual(['start', 'end'])
    expect(start?.headline).toBe('the spread is 5 ticks wide and has been wide for 2 s; usual are 1')
    expect(start?.reasons.every(reason => reason.pass)).toBe(true)
    expect(end?.values).toMatchObject({ peakTicks: 5, durationMs: 4000, ticks: 1 })
    expect(end?.id).toBe(start?.id)
    expect(values(run).filter(value => value.state === 'ok')).toHaveLength(6)
  })

  it('ends with a gap, says that its length is not known, and begins anew', () => {
    const wide = [100.4, 100.5, 100.5].flatMap((ask, at) => sample(6 + at, ask))
    const run = told(bookSpreadWiden, params, [...usual, ...wide, gap(9000, 'quote'), ...sample(10, 100.5)])
    expect(events(run).map(event => event.phase)).toEqual(['start', 'end'])
    expect(events(run)[1]?.notes.join()).toContain('gap')
    expect(values(run).at(-1)?.state).toBe('warming')
  })
})

describe('book.fate', () => {
  const asks: readonly Level[] = [
    [100.1, 10],
    [100.2, 10],
  ]
  const params = { windowMs: 5000, latenessMs: 1000, everyMs: 0, bps: 100 }
  const bid = (quantity: number): readonly Level[] => [
    [100, quantity],
    [99.9, 10],
  ]
  const whole = [trade(-6000, 1, 'buy', 100.1, 1), state(-6000, bid(10), asks)]

  it('tells what was traded away from what was withdrawn', () => {
    const run = told(bookFate, params, [
      ...whole,
      state(0, bid(10), asks),
      trade(50, 2, 'sell', 100, 2),
      state(100, bid(4), asks),
      // Two seconds later the trades have had time to come.
      state(2100, bid(4), asks),
    ])
    const last = values(run).at(-1)
    expect(last?.timeUs).toBe(us(100))
    expect(last?.state).toBe('ok')
    expect(last?.values).toMatchObject({ 'bid.consumed': 2, 'bid.pulled': 4, 'bid.hidden': 0, attributed: true })
    expect(last?.value).toBeCloseTo(4 / 6, 12)
  })

  it('takes an interval out whose trade came too late', () => {
    const run = told(bookFate, params, [
      ...whole,
      state(0, bid(10), asks),
      state(100, bid(4), asks),
      state(2100, bid(4), asks),
      trade(60, 2, 'sell', 100, 6),
      state(2200, bid(4), asks),
      state(4300, bid(4), asks),
    ])
    const last = values(run).at(-1)
    expect(last?.values).toMatchObject({ excludedIntervals: 1, 'bid.pulled': 0, 'bid.consumed': 0 })
    expect(last?.value).toBeUndefined()
  })

  it('is not ok before a whole window, nor right after a gap of either stream', () => {
    const steps = (fromMs: number): readonly SignalInput[] =>
      Array.from({ length: 30 }, (_, at) => [
        trade(fromMs + at * 200, 1000 + fromMs + at, 'sell', 100, 1),
        state(fromMs + at * 200 + 100, bid(10 + (at % 3)), asks),
      ]).flat()
    for (const channel of ['book', 'trade'] as const) {
      const run = told(bookFate, params, [
        ...whole,
        ...steps(0),
        gap(6050, channel),
        ...steps(6100),
        ...steps(12_100),
        ...steps(18_100),
      ])
      const states = values(run).map(value => [value.timeUs, value.state] as const)
      expect(states.some(([timeUs, of]) => of === 'ok' && timeUs < us(6000))).toBe(true)
      expect(states.some(([timeUs, of]) => of === 'ok' && timeUs > us(6000) && timeUs < us(11_000))).toBe(false)
      expect(states.at(-1)?.[1]).toBe('ok')
    }
  })
})

describe('book.microprice', () => {
  /** A walk in which the thinner side gives way: what a fit has to find. */
  const walk = (count: number, seed: number): readonly QuoteEvent[] => {
    const quotes: QuoteEvent[] = []
    let price = 1000
    let x = seed
    for (let index = 0; index < count; index++) {
      x = (x * 1_103_515_245 + 12_345) % 2_147_483_648
      const bidQuantity = 1 + (x % 97)
      const askQuantity = 1 + (Math.floor(x / 97) % 97)
      quotes.push(quote(index * 10, price / 10, bidQuantity, (price + 1) / 10, askQuantity))
      if (bidQuantity > 3 * askQuantity) price += 1
      if (askQuantity > 3 * bidQuantity) price -= 1
    }
    return quotes
  }

  it('finds that the price moves towards the thinner side, symmetrically', () => {
    const fit = fitMicroprice(walk(20_000, 7), { tick: 0.1, minQuotes: 20_000 })
    const ofBuckets = fit?.adjustments.slice(0, 10) ?? []
    expect(ofBuckets).toHaveLength(10)
    for (const [bucket, value] of ofBuckets.entries()) {
      const mirrored = ofBuckets[9 - bucket]
      expect(value).not.toBeNull()
      expect(Number(value) + Number(mirrored)).toBeCloseTo(0, 8)
    }
    expect(Number(ofBuckets[9])).toBeGreaterThan(0.5)
    expect(
      fit === undefined
        ? undefined
        : micropriceOf(fit, { bidPrice: 100, bidQuantity: 1, askPrice: 101, askQuantity: 1 }),
    ).toBeUndefined()
  })

  it('is not fitted to too few quotes, nor to quotes that never move', () => {
    expect(fitMicroprice(walk(100, 7), { tick: 0.1 })).toBeUndefined()
    const still = Array.from({ length: 100 }, () => quote(0, 100, 1, 100.1, 1))
    expect(fitMicroprice(still, { tick: 0.1, minQuotes: 50 })).toBeUndefined()
    expect(solveMicroprice({ q: [[1]], r1: [[0]], r2: [[0]], k: [1] })).toBeUndefined()
    expect(() => new MicropriceCounts({ tick: 0 })).toThrow(/tick must be a number above 0/)
  })

  it('gives book.wmid under its own name until it is fitted, then the micro-price, refitted once a day', () => {
    const quotes = walk(3000, 11)
    const run = told(bookMicroprice, { minQuotes: 2000 }, quotes)
    const ids = values(run).map(value => `${value.signal} ${value.state}`)
    expect(ids[0]).toBe('book.microprice warming')
    expect(new Set(ids.slice(1, 2001))).toEqual(new Set(['book.wmid ok']))
    expect(new Set(ids.slice(2001))).toEqual(new Set(['book.microprice ok']))
    const own = values(run).filter(value => value.signal === 'book.microprice' && value.value !== undefined)
    expect(own.every(value => value.quality.n === 2000)).toBe(true)
    // A day later the quotes since then are enough for the next fit.
    const later = quotes.map(event => ({
      ...event,
      exchangeTimeUs: epochUs((event.exchangeTimeUs ?? 0) + 86_400_000_000),
    }))
    const next = new Told(makeSignal(bookMicroprice, BTC_PERPETUAL, { minQuotes: 1000 }))
    for (const input of [...quotes, ...later]) next.show(input)
    expect(values(next).at(-1)?.quality.n).toBe(2000)
  })

  it('concludes nothing across a gap', () => {
    const quotes = walk(3000, 11)
    // The price moves behind gaps only: for all that is known it never does.
    const inputs = quotes.flatMap((event, index): readonly SignalInput[] => {
      const before = quotes[index - 1]
      const hasMoved = before !== undefined && before.bidPrice !== event.bidPrice
      return hasMoved ? [gap(index * 10 - 5, 'quote'), event] : [event]
    })
    const isFitted = (run: Told): boolean =>
      values(run).some(value => value.signal === 'book.microprice' && value.state === 'ok')
    expect(isFitted(told(bookMicroprice, { minQuotes: 1000 }, inputs))).toBe(false)
    expect(isFitted(told(bookMicroprice, { minQuotes: 1000 }, quotes))).toBe(true)
  })

  it('uses a model that was fitted before', () => {
    const fit = fitMicroprice(walk(20_000, 7), { tick: 0.1, minQuotes: 20_000 })
    const params = new CheckedParams('book.microprice', bookMicroprice.params, {})
    const run = new Told(micropriceSignal(BTC_PERPETUAL, params, fit))
    run.show(quote(0, 100, 90, 100.1, 1))
    expect(values(run)[0]).toMatchObject({ signal: 'book.microprice', state: 'ok' })
    expect(values(run)[0]?.value).toBeGreaterThan(100.05)
    expect(() => micropriceSignal({ ...BTC_PERPETUAL, tickSize: '0.5' }, params, fit)).toThrow(/tick 0\.5/)
  })
})

describe('a book that is not synced', () => {
  it('is not read: one value says that there is none, and windows begin anew', () => {
    const book = new BookSync(instrument, { join: () => 'apply', joinSnapshot: () => 'apply' })
    const input = (ms: number): SignalInput => ({
      kind: 'bookState',
      instrument,
      exchangeTimeUs: us(ms),
      receiveTimeUs: us(ms),
      book,
    })
    const signal = new Told(makeSignal(bookOfiSampled, BTC_PERPETUAL, { windowMs: 1000 }))
    signal.show(input(0))
    loadBook(book, 1, [[100, 5]], [[101, 4]], us(0))
    signal.show(input(0))
    signal.show(input(1000))
    book.onDisconnect()
    signal.show(input(1100))
    signal.show(input(1200))
    loadBook(book, 2, [[100, 50]], [[101, 4]], us(1300))
    signal.show(input(1300))
    signal.show(input(2300))
    expect(values(signal).map(value => [value.state, value.value])).toEqual([
      ['warming', undefined],
      ['ok', 0],
      ['warming', undefined],
      ['warming', undefined],
      ['ok', 0],
    ])
  })
})
