import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LiquidationEvent, MarkPriceEvent, QuoteEvent, TradeEvent } from '../../src/model/event.ts'
import { instrumentId } from '../../src/model/instrument.ts'
import { epochUs } from '../../src/model/time.ts'
import { derivBasis } from '../../src/signal/derivative/basis-signal.ts'
import { Cascade } from '../../src/signal/derivative/cascade.ts'
import { derivLiqCascade } from '../../src/signal/derivative/cascade-signal.ts'
import { fundingWords } from '../../src/signal/derivative/funding.ts'
import { FundingInterval } from '../../src/signal/derivative/funding-interval.ts'
import { derivOiQuadrant } from '../../src/signal/derivative/oi-signal.ts'
import { derivTension } from '../../src/signal/derivative/tension-signal.ts'
import type { SignalEvent, SignalInput, SignalParams, SignalValue } from '../../src/signal/signal.ts'
import { makeSignal, type SignalKind } from '../../src/signal/signal-kind.ts'
import { BTC_PERPETUAL, Told } from './recorded-inputs.ts'

const HOUR = 3_600_000
/** 2026-01-01 00:00 UTC, milliseconds. */
const T0 = 1_767_225_600_000
const { id: instrument } = BTC_PERPETUAL
const spot = instrumentId('binance-spot:BTCUSDT')

const us = (ms: number) => epochUs((T0 + ms) * 1000)
const at = (ms: number) => ({ instrument, exchangeTimeUs: us(ms), receiveTimeUs: us(ms + 10) })
const second = (ms: number): SignalInput => ({ kind: 'second', receiveTimeUs: us(ms) })

let nextId = 0
const trade = (ms: number, side: 'buy' | 'sell', quantity: number, price = 50_000): TradeEvent => ({
  ...at(ms),
  kind: 'trade',
  channel: 'trade',
  id: String(++nextId),
  price,
  quantity,
  side,
})
const mark = (ms: number, fundingRate: number, nextMs: number, markPrice = 50_000): MarkPriceEvent => ({
  ...at(ms),
  kind: 'markPrice',
  markPrice,
  indexPrice: 50_010,
  fundingRate,
  fundingTimeUs: us(nextMs),
})
const liquidation = (
  ms: number,
  side: 'buy' | 'sell',
  quote: number,
  coverage: LiquidationEvent['coverage'] = 'sampled',
): LiquidationEvent => ({ ...at(ms), kind: 'liquidation', side, price: 50_000, quantity: quote / 50_000, coverage })
const quote = (of: typeof instrument, ms: number, mid: number, receiveMs = ms + 10): QuoteEvent => ({
  instrument: of,
  exchangeTimeUs: us(ms),
  receiveTimeUs: us(receiveMs),
  kind: 'quote',
  bidPrice: mid - 0.5,
  bidQuantity: 1,
  askPrice: mid + 0.5,
  askQuantity: 1,
})
const gap = (ms: number, channel: 'trade' | 'markPrice' | 'liquidation' | 'openInterest' | 'quote'): SignalInput => ({
  kind: 'gap',
  instrument,
  receiveTimeUs: us(ms),
  channel,
  reason: 'disconnect',
  healed: false,
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
const phases = (told: Told): readonly string[] => events(told).map(event => event.phase)

/** A minute of trades and marks, second by second. */
function minutes(
  fromMs: number,
  untilMs: number,
  make: (ms: number) => readonly SignalInput[],
): readonly SignalInput[] {
  const inputs: SignalInput[] = []
  for (let ms = fromMs; ms < untilMs; ms += 1000) inputs.push(...make(ms), second(ms + 500))
  return inputs
}

const TENSION = { windowMs: 60_000, minQuote: 1000, intervalHours: 8 }
const buying = (ms: number) => [trade(ms, 'buy', 0.62), trade(ms, 'sell', 0.38)]

describe('funding interval', () => {
  it('is never assumed: it comes from two settlements that follow one another', () => {
    const interval = new FundingInterval()
    interval.accept(mark(0, 0.0001, HOUR), us(0))
    expect(interval.hours).toBeUndefined()
    interval.accept(mark(HOUR + 1000, 0.0001, 5 * HOUR), us(HOUR + 1000))
    expect([interval.hours, interval.settledUs]).toEqual([4, us(HOUR)])
    interval.accept(mark(HOUR + 2000, 0.0001, 5 * HOUR), us(HOUR + 2000))
    expect([interval.hours, interval.settledUs]).toEqual([4, undefined])
    // The venue shortens it.
    interval.accept(mark(5 * HOUR, 0.0001, 6 * HOUR), us(5 * HOUR))
    expect(interval.hours).toBe(1)
  })

  it('is not taken from settlements that may have others between them', () => {
    const interval = new FundingInterval()
    interval.accept(mark(0, 0.0001, HOUR), us(0))
    interval.accept(mark(10 * HOUR, 0.0001, 17 * HOUR), us(10 * HOUR))
    expect([interval.hours, interval.settledUs]).toEqual([undefined, us(HOUR)])
  })

  it('puts its sign in words', () => {
    expect(fundingWords(-0.0003, 8)).toBe('shorts pay longs 0.030 % / 8 h')
    expect(fundingWords(0.0001, 4)).toBe('longs pay shorts 0.010 % / 4 h')
    expect(fundingWords(0, 8)).toContain('nobody pays')
  })
})

describe('deriv.tension', () => {
  it('tells an episode with its sign in words, every term, contrary facts and the score of the vector', () => {
    const run = told(
      derivTension,
      TENSION,
      minutes(0, 90_000, ms => [mark(ms, -0.0003, 2 * HOUR, 50_000 - ms / 1000), ...buying(ms)]),
    )
    const [start] = events(run)
    expect(phases(run)).toEqual(['start'])
    expect(start?.headline).toBe('shorts pay longs 0.030 % / 8 h; 62 % of taker volume is buying; 1 min')
    expect(start?.direction).toBe(1)
    expect(start?.reasons.map(reason => reason.pass)).toEqual([true, true, true])
    expect(start?.against.join()).toContain('the mark price moved')
    expect(start?.quality.state).toBe('ok')
    const last = values(run).at(-1)
    expect(last?.state).toBe('ok')
    expect(last?.value).toBeCloseTo(0.48, 10)
    expect(last?.values).toMatchObject({ payer: 'shorts', state: 'negFundingBuyDominant', rateKind: 'estimated' })
    expect(last?.values?.['annualPercent']).toBeCloseTo(-32.85, 9)
    // Nothing before a whole window.
    expect(
      values(run)
        .filter(value => value.timeUs < us(60_000))
        .every(value => value.state === 'warming'),
    ).toBe(true)
  })

  it('stays warming while the interval is not known, and normalises once it is', () => {
    const params = { windowMs: 10_000, minQuote: 1000 }
    const run = told(derivTension, params, [
      ...minutes(0, 30_000, ms => [mark(ms, -0.0003, 30_000), ...buying(ms)]),
      ...minutes(31_000, 40_000, ms => [mark(ms, -0.0003, 30_000 + 4 * HOUR), ...buying(ms)]),
    ])
    const before = values(run).filter(value => value.timeUs <= us(30_000))
    expect(before.every(value => value.state === 'warming' && value.value === undefined)).toBe(true)
    const last = values(run).at(-1)
    expect(last?.values?.['f8']).toBeCloseTo(-0.0006, 12)
    expect(last?.value).toBeCloseTo(0.8, 10)
  })

  it('holds a state inside its hysteresis, pays funding at a settlement, and ends there when funding no longer qualifies', () => {
    const weak = -0.00009
    const run = told(derivTension, TENSION, [
      ...minutes(0, 70_000, ms => [mark(ms, -0.0003, 80_000), ...buying(ms)]),
      // Below the threshold, above 0.8 of it: it goes on.
      ...minutes(70_000, 80_000, ms => [mark(ms, weak, 80_000), ...buying(ms)]),
      // The same rate after the settlement does not qualify anew.
      ...minutes(81_000, 90_000, ms => [mark(ms, weak, 80_000 + 8 * HOUR), ...buying(ms)]),
    ])
    expect(phases(run)).toEqual(['start', 'end'])
    const end = events(run).at(-1)
    expect(end?.notes.join()).toContain('A settlement has passed')
    expect(end?.values['fundingPaid']).toBeCloseTo(0.00009, 12)
    expect(end?.values['settlements']).toBe(1)
    expect(end?.id).toBe(events(run)[0]?.id)
  })

  it('goes on over a settlement that qualifies, and says so once', () => {
    const run = told(derivTension, TENSION, [
      ...minutes(0, 80_000, ms => [mark(ms, -0.0003, 80_000), ...buying(ms)]),
      ...minutes(81_000, 90_000, ms => [mark(ms, -0.0002, 80_000 + 8 * HOUR), ...buying(ms)]),
    ])
    expect(phases(run)).toEqual(['start', 'update'])
    expect(events(run)[1]?.values['fundingPaid']).toBeCloseTo(0.0003, 12)
  })

  it('ends with a gap in the trades, and needs a whole window again', () => {
    const run = told(derivTension, TENSION, [
      ...minutes(0, 70_000, ms => [mark(ms, -0.0003, HOUR), ...buying(ms)]),
      gap(70_100, 'trade'),
      ...minutes(71_000, 140_000, ms => [mark(ms, -0.0003, HOUR), ...(ms < 75_000 ? [] : buying(ms))]),
    ])
    expect(phases(run)).toEqual(['start', 'end', 'start'])
    expect(events(run)[1]?.quality.state).toBe('gapped')
    expect(events(run)[2]?.timeUs).toBeGreaterThanOrEqual(us(135_000))
  })

  it('says nothing of a market that hardly trades', () => {
    const run = told(
      derivTension,
      { ...TENSION, minQuote: 1e9 },
      minutes(0, 90_000, ms => [mark(ms, -0.0003, HOUR), ...buying(ms)]),
    )
    expect(events(run)).toEqual([])
    expect(values(run).every(value => value.state === 'warming')).toBe(true)
  })
})

describe('deriv.basis', () => {
  it('compares mark and index', () => {
    const [first] = values(told(derivBasis, {}, [mark(0, 0.0001, HOUR, 50_060.01)]))
    expect(first?.value).toBeCloseTo(10, 1)
    expect(first?.state).toBe('ok')
  })

  it('is stale unless both mids are fresh and of one time', () => {
    const expiryTimeUs = us(73 * 24 * HOUR)
    const run = told(derivBasis, { reference: spot, expiryTimeUs }, [
      quote(instrument, 0, 61_200),
      second(500),
      quote(spot, 300, 60_000),
      second(1000),
      second(2000),
      quote(instrument, 2500, 61_200),
      second(3000),
      quote(spot, 2600, 60_000),
      second(3200),
    ])
    expect(values(run).map(value => value.state)).toEqual(['warming', 'ok', 'stale', 'stale', 'ok'])
    const [, ok, stale] = values(run)
    expect(ok?.value).toBeCloseTo(200, 9)
    expect(ok?.values?.['annualisedPercent']).toBeCloseTo(10, 4)
    // The last value is kept, marked.
    expect(stale?.value).toBe(ok?.value)
  })

  it('is gapped after a gap of either leg, invalid while one is crossed', () => {
    const crossed = { ...quote(instrument, 2000, 60_000), bidPrice: 60_010, askPrice: 60_000 }
    const run = told(derivBasis, { reference: spot }, [
      quote(instrument, 0, 60_010),
      quote(spot, 0, 60_000),
      second(500),
      gap(600, 'quote'),
      second(900),
      crossed,
      quote(spot, 2000, 60_000),
      second(2100),
      {
        ...gap(2200, 'quote'),
        kind: 'gap',
        instrument: instrumentId('binance-spot:*'),
        channel: 'quote',
        reason: 'stale',
        healed: false,
        receiveTimeUs: us(2200),
      },
      quote(instrument, 2300, 60_010),
      second(2400),
    ])
    expect(values(run).map(value => value.state)).toEqual(['ok', 'gapped', 'invalid', 'gapped'])
    expect(
      values(run)
        .slice(1)
        .every(value => value.value === undefined),
    ).toBe(true)
  })

  it('never takes two currencies for equal by itself', () => {
    const usd = instrumentId('other:BTCUSD')
    const rate = instrumentId('other:USDTUSD')
    const legs = [quote(instrument, 0, 60_000), quote(usd, 0, 60_000)]
    const fixed = told(derivBasis, { reference: usd, conversion: 'fixed', quoteFx: 1.001 }, [...legs, second(500)])
    expect(values(fixed)[0]?.value).toBeCloseTo(-9.99, 2)
    const market = told(derivBasis, { reference: usd, conversion: 'market', rateInstrument: rate }, [
      ...legs,
      second(400),
      { ...quote(rate, 0, 1), bidPrice: 1.0009, askPrice: 1.0011 },
      second(500),
    ])
    expect(values(market).map(value => value.state)).toEqual(['warming', 'ok'])
    expect(values(market)[1]?.value).toBeCloseTo(-9.99, 2)
    expect(() => makeSignal(derivBasis, BTC_PERPETUAL, { reference: usd, conversion: 'fixed' })).toThrow(/quoteFx/)
    expect(() => makeSignal(derivBasis, BTC_PERPETUAL, { reference: usd, quoteFx: 1 })).toThrow(/conversion "fixed"/)
    expect(() => makeSignal(derivBasis, BTC_PERPETUAL, { reference: usd, conversion: 'market' })).toThrow(
      /rateInstrument/,
    )
    expect(() => makeSignal(derivBasis, BTC_PERPETUAL, { reference: instrument })).toThrow(/another instrument/)
    expect(() => makeSignal(derivBasis, BTC_PERPETUAL, { conversion: 'assumedPar' })).toThrow(/reference/)
  })
})

describe('deriv.oiQuadrant', () => {
  const interest = (ms: number, quantity: number): SignalInput => ({ ...at(ms), kind: 'openInterest', quantity })
  const params = { windowMs: 60_000 }
  const rise = (ms: number) => [mark(ms, 0.0001, HOUR, 50_000 + ms / 100), interest(ms, 1000 + ms / 1000)]

  it('needs a whole window of at least three observations apart, then names where both went', () => {
    const inputs: SignalInput[] = []
    for (let ms = 0; ms <= 120_000; ms += 5000) inputs.push(...rise(ms))
    const run = told(derivOiQuadrant, params, inputs)
    expect(
      values(run)
        .filter(value => value.timeUs < us(60_000))
        .every(value => value.state === 'warming'),
    ).toBe(true)
    const [start] = events(run)
    expect(phases(run)).toEqual(['start'])
    expect(start?.headline).toMatch(/^price up, open interest up \(price \+1\.20 %, open interest \+6\.00 %; 1 min\)$/)
    expect(start?.values['quadrant']).toBe('longBuildUp')
    expect(values(run).at(-1)?.value).toBeCloseTo(1120 / 1060 - 1, 12)
  })

  it('stays warming when open interest comes too rarely for the window', () => {
    const inputs: SignalInput[] = []
    for (let ms = 0; ms <= 300_000; ms += 30_000) inputs.push(...rise(ms))
    expect(values(told(derivOiQuadrant, params, inputs)).every(value => value.state === 'warming')).toBe(true)
  })

  it('ends when it turns neutral, and with a gap', () => {
    const flat = (ms: number) => [mark(ms, 0.0001, HOUR, 51_200), interest(ms, 1120)]
    const inputs: SignalInput[] = []
    for (let ms = 0; ms <= 120_000; ms += 5000) inputs.push(...rise(ms))
    const run = told(derivOiQuadrant, params, [
      ...inputs,
      ...[125_000, 130_000, 150_000, 178_000, 181_000, 184_000].flatMap(flat),
    ])
    expect(phases(run)).toEqual(['start', 'end'])
    const cut = told(derivOiQuadrant, params, [...inputs, gap(121_000, 'openInterest'), ...rise(125_000)])
    expect(phases(cut)).toEqual(['start', 'end'])
    expect(values(cut).at(-1)?.state).toBe('warming')
  })
})

describe('deriv.liqCascade', () => {
  const long = (ms: number, amount: number) => liquidation(ms, 'sell', amount)
  const burst = [long(120_000, 120_000), long(121_500, 200_000), long(123_000, 350_000)]
  const before = [second(0), long(0, 50_000), long(60_000, 40_000)]

  it('tells start, updates and end by event time, totals as lower bounds, the side of the position', () => {
    const run = told(derivLiqCascade, {}, [
      ...before,
      ...burst,
      liquidation(124_000, 'buy', 90_000),
      long(126_000, 400_000),
      second(140_000),
      long(160_000, 30_000),
    ])
    expect(phases(run)).toEqual(['start', 'update', 'end'])
    const [start, , end] = events(run)
    expect(start?.timeUs).toBe(us(123_000))
    expect(start?.values).toMatchObject({ totalQuote: 670_000, count: 3, position: 'long', atLeast: true })
    expect(start?.headline).toBe(
      'long positions of at least 670,000 quote liquidated in 3.0 s (at least 3 forced sell orders); 82 times the base rate; price moved +0.0 bps',
    )
    expect(start?.direction).toBe(-1)
    expect(start?.quality.coverage).toBe('sampled')
    expect(end?.timeUs).toBe(us(141_000))
    expect(end?.values).toMatchObject({ totalQuote: 1_070_000, count: 4, durationMs: 6000 })
    expect(end?.id).toBe(start?.id)
    expect(values(run).at(-1)?.values?.['shortRate']).toBeGreaterThan(0)
  })

  it('ends in silence by the clock of receipt, at the same event time', () => {
    const run = told(derivLiqCascade, {}, [...before, ...burst, second(138_000), second(141_000)])
    expect(phases(run)).toEqual(['start', 'end'])
    expect(events(run)[1]?.timeUs).toBe(us(138_000))
  })

  it('does not say "at least" of a venue that tells every one', () => {
    const full = burst.map(event => ({ ...event, coverage: 'full' as const }))
    const run = told(derivLiqCascade, {}, [second(0), ...full])
    expect(events(run)[0]?.headline).not.toContain('at least')
    expect(events(run)[0]?.notes).toEqual([])
  })

  it('updates at most once per second of event time', () => {
    const many = Array.from({ length: 50 }, (_, index) => long(123_100 + index * 100, 50_000))
    const updates = events(told(derivLiqCascade, {}, [...before, ...burst, ...many])).filter(
      event => event.phase === 'update',
    )
    expect(updates.length).toBe(5)
    const [first, next] = updates
    expect((next?.timeUs ?? 0) - (first?.timeUs ?? 0)).toBeGreaterThanOrEqual(1_000_000)
  })

  it('ends with a gap and is not ok until the fast rate has forgotten it', () => {
    const run = told(derivLiqCascade, {}, [
      ...before,
      ...burst,
      gap(124_000, 'liquidation'),
      long(130_000, 1000),
      long(190_000, 1000),
    ])
    expect(phases(run)).toEqual(['start', 'end'])
    const states = values(run).map(value => value.state)
    expect(states.slice(-3)).toEqual(['gapped', 'warming', 'ok'])
  })

  it('does not take seconds of silence for data while the stream is lost', () => {
    const resync: SignalInput = { kind: 'resync', instrument, receiveTimeUs: us(5000), channel: 'liquidation' }
    const lost = [second(0), long(100, 1000), gap(1000, 'liquidation')]
    const late = [second(6000), second(60_000), long(120_000, 1000)]
    expect(values(told(derivLiqCascade, {}, [...lost, ...late])).at(-1)?.state).toBe('warming')
    expect(values(told(derivLiqCascade, {}, [...lost, resync, ...late])).at(-1)?.state).toBe('ok')
  })

  it('measures against the base that stood before the event', () => {
    const rule = { fastHalfLifeMs: 5000, slowHalfLifeMs: 1_800_000, windowMs: 10_000, onRatio: 10, floorRate: 1 }
    const cascade = new Cascade({ ...rule, minQuote: 1, minCount: 1, endQuietMs: 15_000 })
    expect(cascade.add(0, 100, 1_000_000).baseRate).toBe(1)
    const lift = (1_000_000 * Math.LN2) / 1800
    expect(cascade.add(1_800_000_000, 100, 1_000_000).baseRate).toBeCloseTo(lift / 2, 9)
    // What comes late counts with what would be left of it.
    const late = new Cascade({ ...rule, minQuote: 1, minCount: 1, endQuietMs: 15_000 })
    late.add(5_000_000, 100, 1000)
    late.add(0, 100, 1000)
    expect(late.fastRateAt(5_000_000)).toBeCloseTo(((1000 * Math.LN2) / 5) * 1.5, 9)
  })

  it('gives the same in any chunks, keeps to its own side, and every start has one end', () => {
    const sides = fc.constantFrom('buy' as const, 'sell' as const)
    const stream = fc.array(fc.tuple(fc.nat(6000), sides, fc.integer({ min: 1, max: 400_000 })), { maxLength: 60 })
    fc.assert(
      fc.property(stream, fc.nat(60), (steps, cut) => {
        let ms = 0
        const inputs: SignalInput[] = [second(0)]
        for (const [pause, side, amount] of steps) inputs.push(liquidation((ms += pause), side, amount))
        inputs.push(second(ms + 60_000))
        const whole = told(derivLiqCascade, {}, inputs)
        const prefix = told(derivLiqCascade, {}, inputs.slice(0, cut))
        expect(prefix.outputs).toEqual(whole.outputs.slice(0, prefix.outputs.length))
        const starts = events(whole).filter(event => event.phase === 'start')
        const ends = events(whole).filter(event => event.phase === 'end')
        expect(ends.map(event => event.id).sort()).toEqual(starts.map(event => event.id).sort())
        for (const event of events(whole)) expect(event.direction).toBe(event.values['position'] === 'long' ? -1 : 1)
      }),
      { numRuns: 200 },
    )
  })
})

/** A stream of two channels with gaps anywhere, and what its own rule demands of every value that is `ok`. */
describe('signals without a recording', () => {
  const word = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('a', 'b') },
    { weight: 2, arbitrary: fc.constant('second') },
    { weight: 1, arbitrary: fc.constantFrom('gap a', 'gap b') },
  )
  const steps = fc.array(fc.tuple(fc.integer({ min: 100, max: 5000 }), word, fc.integer({ min: -50, max: 50 })), {
    minLength: 20,
    maxLength: 120,
  })

  function check(
    kind: SignalKind,
    params: SignalParams,
    make: (ms: number, step: string, change: number) => SignalInput,
    demand: (value: SignalValue, gapsUs: readonly number[]) => void,
  ): number {
    let oks = 0
    fc.assert(
      fc.property(steps, fc.nat(120), (list, cut) => {
        let ms = 0
        const inputs = list.map(([pause, step, change]) => make((ms += pause), step, change))
        const whole = told(kind, params, inputs)
        const prefix = told(kind, params, inputs.slice(0, cut))
        expect(prefix.outputs).toEqual(whole.outputs.slice(0, prefix.outputs.length))
        const open = new Set<string>()
        for (const event of events(whole)) {
          if (event.phase === 'start') open.add(event.id)
          else expect(open.has(event.id)).toBe(true)
          if (event.phase === 'end') open.delete(event.id)
        }
        expect(open.size).toBeLessThanOrEqual(1)
        const gapsUs = inputs.flatMap(input => (input.kind === 'gap' ? [input.receiveTimeUs] : []))
        for (const value of values(whole)) {
          if (value.value !== undefined) expect(Number.isFinite(value.value)).toBe(true)
          if (value.state !== 'ok') continue
          oks++
          demand(
            value,
            gapsUs.filter(gapUs => gapUs <= value.receiveTimeUs),
          )
        }
      }),
      { numRuns: 150 },
    )
    return oks
  }

  it('deriv.oiQuadrant: prefix invariant, never ok with a gap in its window', () => {
    const make = (ms: number, step: string, change: number): SignalInput => {
      if (step === 'gap a') return gap(ms, 'openInterest')
      if (step === 'gap b') return gap(ms, 'markPrice')
      if (step === 'second') return second(ms)
      if (step === 'a') return { ...at(ms), kind: 'openInterest', quantity: 1000 + change }
      return mark(ms, 0.0001, HOUR, 50_000 + 10 * change)
    }
    const oks = check(derivOiQuadrant, { windowMs: 20_000, minOiChange: 0.01 }, make, (value, gapsUs) => {
      for (const gapUs of gapsUs) expect(gapUs).toBeLessThanOrEqual(value.timeUs - 20_000_000)
    })
    expect(oks).toBeGreaterThan(20)
  })

  it('deriv.basis of two markets: prefix invariant, never ok with a lost or old leg', () => {
    const make = (ms: number, step: string, change: number): SignalInput => {
      if (step === 'gap a') return gap(ms, 'quote')
      if (step === 'gap b')
        return {
          ...gap(ms, 'quote'),
          kind: 'gap',
          instrument: spot,
          receiveTimeUs: us(ms),
          channel: 'quote',
          reason: 'stale',
          healed: false,
        }
      if (step === 'second') return second(ms + 100)
      return quote(step === 'a' ? instrument : spot, ms, 60_000 + change)
    }
    const oks = check(derivBasis, { reference: spot, freshMs: 9000 }, make, value => {
      expect(value.quality.ageMs).toBeLessThanOrEqual(9000)
      expect(value.values?.['apartMs']).toBeLessThanOrEqual(9000)
      expect(value.quality.gaps).toBe(0)
    })
    expect(oks).toBeGreaterThan(20)
  })

  it('deriv.liqCascade: prefix invariant, never ok while the fast rate may miss something', () => {
    const make = (ms: number, step: string, change: number): SignalInput => {
      if (step.startsWith('gap')) return gap(ms, 'liquidation')
      if (step === 'second') return second(ms)
      return liquidation(ms, 'sell', 100_000 * (51 + change))
    }
    const params = { fastHalfLifeMs: 500, windowMs: 5000, endQuietMs: 8000 }
    const oks = check(derivLiqCascade, params, make, (value, gapsUs) => {
      for (const gapUs of gapsUs) expect(value.receiveTimeUs - gapUs).toBeGreaterThanOrEqual(5_000_000)
    })
    expect(oks).toBeGreaterThan(20)
  })
})
