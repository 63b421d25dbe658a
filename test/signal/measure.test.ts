import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { epochUs } from '../../src/model/time.ts'
import { createSignal } from '../../src/signal/catalogue.ts'
import { cumulativeDelta, flowCvd } from '../../src/signal/flow/cvd.ts'
import { OrderStatistics } from '../../src/signal/order-statistics.ts'
import { SeenIds } from '../../src/signal/seen-ids.ts'
import type { SignalInput } from '../../src/signal/signal.ts'
import { CheckedParams } from '../../src/signal/signal-params.ts'
import { intervalMs, TimeBuckets } from '../../src/signal/time-bucket.ts'
import { TimeWindow } from '../../src/signal/time-window.ts'
import { contract, feed, gap, inverse, quote, START_MS, trade } from './signal-feeding.ts'

const states = (signal: ReturnType<typeof createSignal>, inputs: readonly SignalInput[], untilMs?: number) =>
  feed(signal, inputs, untilMs).values.map(value => value.state)

describe('what all signals share', () => {
  it('silence makes a value stale once, and the next input makes it ok again', () => {
    const inputs = [trade(START_MS, 1, 1, 'buy'), trade(START_MS + 25_000, 1, 2, 'buy')]
    const { values } = feed(createSignal('flow.cvd', contract), inputs, START_MS + 60_000)
    expect(values.map(value => [value.state, value.value])).toEqual([
      ['ok', 1],
      ['stale', 1],
      ['ok', 3],
      ['stale', 3],
    ])
    expect(values[1]?.quality.ageMs).toBeGreaterThan(10_000)
    expect(values[1]?.quality.ageMs).toBeLessThan(11_100)
    // Nobody wonders about a minute without a trade of a small coin.
    const rare = createSignal('flow.cvd', { ...contract, base: 'NEXO' })
    expect(states(rare, inputs, START_MS + 60_000)).toEqual(['ok', 'ok'])
  })

  it('duplicates count once, special prints never, and late ones are counted as left out', () => {
    const once = trade(START_MS, 1, 1, 'buy')
    const block = trade(START_MS + 1, 1, 50, 'buy', { special: 'block' })
    const late = trade(START_MS - 100, 1, 7, 'buy')
    const next = trade(START_MS + 3000, 1, 2, 'buy')
    const { values, last } = feed(createSignal('flow.cvd', contract), [once, once, block, next, late, once, next])
    expect(values).toHaveLength(2)
    expect(last?.value).toBe(3)
    const more = [once, next, late, trade(START_MS + 3001, 1, 1, 'sell')]
    expect(feed(createSignal('flow.cvd', contract), more).last?.quality.lateDropped).toBe(1)
    const patient = createSignal('flow.cvd', contract, { latenessMs: Number.POSITIVE_INFINITY })
    expect(feed(patient, more).last?.value).toBe(9)
  })

  it('nonsense is invalid, and has no value', () => {
    const { last } = feed(createSignal('flow.cvd', contract), [
      trade(START_MS, 1, 1, 'buy'),
      trade(START_MS, 1, -1, 'buy'),
    ])
    expect([last?.state, last?.value]).toEqual(['invalid', undefined])
  })

  it('a gap is told at once; a healed one changes nothing', () => {
    const before = trade(START_MS, 1, 1, 'buy')
    const after = trade(START_MS + 10, 1, 1, 'buy')
    const healed = [
      before,
      gap(START_MS + 5, { healed: true }),
      trade(START_MS + 6, 1, 1, 'sell', { recovered: true }),
      after,
    ]
    expect(states(createSignal('flow.cvd', contract), healed)).toEqual(['ok', 'ok', 'ok'])
    expect(states(createSignal('flow.cvd', contract), [before, gap(START_MS + 5), after])).toEqual([
      'ok',
      'gapped',
      'gapped',
    ])
    // A gap of a channel it is not fed with, or before it had begun, is none of its business.
    expect(
      states(createSignal('flow.cvd', contract), [gap(START_MS), before, gap(START_MS, { channel: 'book' }), after]),
    ).toEqual(['ok', 'ok'])
  })

  it('cumulative delta stays gapped until it is anchored anew', () => {
    const midnight = Math.ceil(START_MS / 86_400_000) * 86_400_000
    const inputs = [trade(START_MS, 1, 1, 'buy'), gap(START_MS + 5), trade(START_MS + 10, 1, 1, 'buy')]
    const session = feed(createSignal('flow.cvd', contract), [...inputs, trade(midnight + 1, 1, 4, 'sell')])
    expect(session.values.map(value => value.state).filter(state => state !== 'stale')).toEqual([
      'ok',
      'gapped',
      'gapped',
      'ok',
    ])
    expect([session.last?.value, session.last?.values?.['isPartial']]).toEqual([-4, false])
    const manual = cumulativeDelta(contract, new CheckedParams('flow.cvd', flowCvd.params, { anchor: 'manual' }))
    expect(feed(manual, inputs).last?.state).toBe('gapped')
    manual.anchorAt(epochUs((START_MS + 20) * 1000))
    const anew = feed(manual, [trade(START_MS + 15, 1, 9, 'buy'), trade(START_MS + 30, 1, 2, 'buy')]).last
    expect([anew?.state, anew?.value]).toEqual(['ok', 2])
  })

  it('a signal that forgets begins anew behind a gap', () => {
    const quotes = Array.from({ length: 12 }, (_, at) => quote(START_MS + at * 1000, 100 + (at % 2), 101 + (at % 2)))
    const trades = Array.from({ length: 12 }, (_, at) => trade(START_MS + at * 1000 + 1, 100, 1, 'buy'))
    const inputs = quotes.flatMap((entry, at) => [entry, trades[at] ?? entry])
    const signal = createSignal('flow.markout', contract, { horizonsMs: '1000' })
    const { values } = feed(signal, [...inputs.slice(0, 12), gap(START_MS + 5500), ...inputs.slice(12)])
    const at = values.findIndex(value => value.state === 'gapped')
    expect(values[at - 1]?.quality.n).toBeGreaterThan(2)
    expect(values[at]?.value).toBeUndefined()
    expect(values[at + 1]?.quality.n).toBeLessThan(3)
  })

  it('counts contracts of an inverse market in coins', () => {
    const { id } = inverse
    const inputs = [trade(START_MS, 50_000, 100, 'buy', { instrument: id })]
    expect(feed(createSignal('flow.cvd', inverse), inputs).last?.value).toBe(0.2)
  })

  it('takes ids that come again after a venue began to count anew', () => {
    const old = [1, 2, 3].map(id => trade(START_MS + id, 1, 1, 'buy', { id: String(id) }))
    const anew = [1, 2].map(id => trade(START_MS + 10 + id, 1, 1, 'buy', { id: String(id) }))
    const signal = () => createSignal('flow.cvd', contract)
    expect(feed(signal(), [...old, ...anew]).last?.value).toBe(3)
    expect(feed(signal(), [...old, gap(START_MS + 9, { reason: 'venue' }), ...anew]).last?.value).toBe(5)
  })

  it('leaves out fills of retail price improvement on request', () => {
    const inputs = [
      trade(START_MS, 1, 5, 'buy', { normalQuantity: 2 }),
      trade(START_MS + 1, 1, 5, 'sell', { normalQuantity: 0 }),
      trade(START_MS + 2, 1, 1, 'buy'),
    ]
    expect(feed(createSignal('flow.cvd', contract), inputs).last?.value).toBe(1)
    expect(feed(createSignal('flow.cvd', contract, { excludeRpi: true }), inputs).last?.value).toBe(3)
    const { last } = feed(createSignal('flow.volume', contract, { excludeRpi: true, windowMs: 1 }), inputs)
    expect(last?.values?.['buyBase']).toBe(1)
  })

  it('the size of the last 24 hours is what buckets of equal volume are made of', () => {
    const hour = 3_600_000
    const from = (Math.floor(START_MS / 86_400_000) - 1) * 86_400_000
    const hours = Array.from({ length: 24 }, (_, at) => {
      const openTimeUs = epochUs((from + at * hour) * 1000)
      const base = {
        kind: 'kline',
        instrument: contract.id,
        interval: '1h',
        openTimeUs,
        receiveTimeUs: openTimeUs,
      } as const
      return { ...base, open: 1, high: 1, low: 1, close: 1, volume: 100, quoteVolume: 100, closed: true }
    })
    const signal = createSignal('flow.vpin', contract, { window: 1 })
    expect(signal.history).toEqual([{ interval: '1h', candles: 48 }])
    const early = feed(createSignal('flow.vpin', contract, { window: 1 }), [trade(START_MS, 1, 1000, 'buy')]).last
    expect(early?.state).toBe('warming')
    const { last } = feed(signal, [...hours, trade(START_MS, 1, 48, 'buy')])
    expect([last?.values?.['bucketVolume'], last?.value]).toEqual([48, 1])
    // The day after was twice as lively: the bucket that is open keeps its size, the next one has the new one.
    const today = hours.map(candle => ({
      ...candle,
      openTimeUs: epochUs(candle.openTimeUs + 24 * hour * 1000),
      volume: 200,
    }))
    const trades = [trade(START_MS, 1, 40, 'buy'), trade(from + 48 * hour + 1, 1, 200, 'sell')]
    const again = createSignal('flow.vpin', contract, { window: 1 })
    const sizes = feed(again, [...hours, ...trades.slice(0, 1), ...today, ...trades.slice(1)]).values
    expect(sizes.map(value => value.values?.['bucketVolume']).filter(size => size !== undefined)).toEqual([48, 96, 96])
  })
})

describe('rolling window', () => {
  const entries = fc.array(fc.tuple(fc.nat(400), fc.double({ min: -1e9, max: 1e9, noNaN: true })), { maxLength: 300 })

  it('holds what a plain list would, whatever comes late', () => {
    fc.assert(
      fc.property(entries, steps => {
        const window = new TimeWindow(50, 1)
        let list: (readonly [number, number])[] = []
        let now = Number.NEGATIVE_INFINITY
        let base = 0
        for (const [offset, value] of steps) {
          base += 5000
          const at = base - offset * 100
          now = Math.max(now, at)
          list.push([at, value])
          list = list.filter(([time]) => time > now - 50_000)
          window.push(at, value)
          const exact = list.reduce((sum, [, part]) => sum + part, 0)
          expect(window.count).toBe(list.length)
          expect(Math.abs(window.sum(0) - exact)).toBeLessThan(1e-4)
          const times = Array.from({ length: window.count }, (_, index) => window.timeAt(index))
          expect(times).toEqual(list.map(([time]) => time).sort((a, b) => a - b))
        }
      }),
      { seed: 7, numRuns: 80 },
    )
  })

  it('does not drift in a million updates of very different sizes', () => {
    const window = new TimeWindow(1000, 1)
    const last: number[] = []
    for (let step = 0; step < 1_000_000; step++) {
      const value = step % 1000 === 0 ? 1e9 : ((step * 7919) % 1009) / 997
      window.push(step * 2000, value)
      if (step >= 999_500) last.push(value)
    }
    const exact = last.reduce((sum, value) => sum + value, 0)
    expect(window.count).toBe(500)
    expect(Math.abs(window.sum(0) / exact - 1)).toBeLessThan(1e-12)
  })
})

describe('slices of time', () => {
  it('begin at whole multiples of their size, weeks on Monday', () => {
    const us = (text: string): number => Date.parse(text) * 1000
    const openOf = (interval: string, text: string): string => {
      return new Date(new TimeBuckets(intervalMs(interval)).openOf(us(text)) / 1000).toISOString()
    }
    expect(openOf('5m', '2023-11-14T22:13:20Z')).toBe('2023-11-14T22:10:00.000Z')
    expect(openOf('1d', '2023-11-14T22:13:20Z')).toBe('2023-11-14T00:00:00.000Z')
    expect(openOf('1w', '2023-11-14T22:13:20Z')).toBe('2023-11-13T00:00:00.000Z')
    expect(openOf('1w', '2023-11-13T00:00:00Z')).toBe('2023-11-13T00:00:00.000Z')
    expect(openOf('1w', '2023-11-12T23:59:59.999Z')).toBe('2023-11-06T00:00:00.000Z')
    for (const wrong of ['', 'm', '0m', '1M', '1.5h', '01m']) expect(() => intervalMs(wrong)).toThrow(`was "${wrong}"`)
  })
})

describe('ids seen before', () => {
  it('are known in whatever order they come', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60), { maxLength: 200 }), ids => {
        const seen = new SeenIds()
        const plain = new Set<number>()
        for (const id of ids) {
          expect(seen.add(String(id))).toBe(!plain.has(id))
          plain.add(id)
        }
      }),
      { seed: 7 },
    )
    const texts = new SeenIds()
    expect([texts.add('a-1'), texts.add('a-2'), texts.add('a-1')]).toEqual([true, true, false])
  })
})

describe('order statistics', () => {
  it('agree with sorting', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 80 }),
        fc.nat(),
        (values, drop) => {
          const ordered = new OrderStatistics()
          for (const value of values) ordered.add(value)
          const rest = values.length > 1 ? values.filter((_, at) => at !== drop % values.length) : values
          if (values.length > 1) ordered.remove(values[drop % values.length] ?? 0)
          const median = middleOf(rest)
          expect(ordered.median()).toBe(median)
          expect(ordered.medianDistance(median)).toBe(middleOf(rest.map(value => Math.abs(value - median))))
          expect(ordered.below(7)).toBe(rest.filter(value => value < 7).length)
        },
      ),
      { seed: 7 },
    )
  })
})

function middleOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const upper = sorted[sorted.length >> 1] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[(sorted.length >> 1) - 1] ?? 0) + upper) / 2
}
