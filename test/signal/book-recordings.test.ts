import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { epochUs } from '../../src/model/time.ts'
import { bookKinds } from '../../src/signal/book/catalogue.ts'
import { fitMicroprice } from '../../src/signal/book/microprice-fit.ts'
import { bookOfi } from '../../src/signal/book/ofi-signal.ts'
import type { Touch } from '../../src/signal/book/touch.ts'
import { derivativeKinds } from '../../src/signal/derivative/catalogue.ts'
import { FundingInterval } from '../../src/signal/derivative/funding-interval.ts'
import type { Signal, SignalInput, SignalOutput } from '../../src/signal/signal.ts'
import { makeSignal, type SignalInstrument, type SignalKind } from '../../src/signal/signal-kind.ts'
import { capturesFolder, isMissing } from '../support/shared-files.ts'
import { BOOK_CASES as CASES, type BookCase as Case } from './book-cases.ts'
import { BTC_INVERSE, BTC_PERPETUAL, Recorded, Told } from './recorded-inputs.ts'

const KINDS: ReadonlyMap<string, SignalKind> = new Map([...bookKinds, ...derivativeKinds].map(kind => [kind.id, kind]))

const nameOf = ({ id, params }: Case): string => `${id} ${JSON.stringify(params)}`

function make(wanted: Case, instrument: SignalInstrument): Signal {
  const kind = KINDS.get(wanted.id)
  if (kind === undefined) throw new Error(`no signal ${wanted.id}`)
  return makeSignal(kind, instrument, wanted.params)
}

function digest(outputs: readonly SignalOutput[]): string {
  const hash = createHash('sha256')
  for (const output of outputs) hash.update(JSON.stringify(output))
  return hash.digest('hex')
}

/** No number of a value is NaN or infinite, nothing absent is said to be `ok` without a reason, figures lie in their range. */
function expectSound(output: SignalOutput): void {
  const figures = [output.kind === 'signal' ? output.value : output.strength, ...Object.values(output.values ?? {})]
  for (const figure of figures)
    if (typeof figure === 'number' && !Number.isFinite(figure)) expect.unreachable(JSON.stringify(output))
  if (output.kind === 'signalEvent') {
    expect(output.headline).toMatch(/\d/)
    expect(output.reasons.length).toBeGreaterThan(0)
    expect(output.strength).toBeGreaterThanOrEqual(0)
    expect(output.strength).toBeLessThanOrEqual(1)
    expect(output.reliability).toBeNull()
  } else if ((output.state === 'warming' || output.state === 'invalid') && output.value !== undefined)
    expect.unreachable(JSON.stringify(output))
}

/** mulberry32: gaps fall where a seed says. */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Takes pieces out of channels, says so, and says when they go on. */
class Holes {
  private readonly random: () => number
  private readonly take: (input: SignalInput) => void
  private readonly open = new Map<string, { readonly untilUs: number; readonly isAnnounced: boolean }>()
  gaps = 0

  constructor(seed: number, take: (input: SignalInput) => void) {
    this.random = chance(seed)
    this.take = take
  }

  show(input: SignalInput): void {
    if (input.kind === 'second' || input.kind === 'gap' || input.kind === 'resync' || input.kind === 'kline') {
      this.take(input)
      return
    }
    const channel = input.kind === 'bookState' ? 'book' : input.kind === 'trade' ? input.channel : input.kind
    const { instrument, receiveTimeUs } = input
    const hole = this.open.get(channel)
    if (hole !== undefined && receiveTimeUs < hole.untilUs) return
    if (hole !== undefined) {
      this.open.delete(channel)
      if (hole.isAnnounced) this.take({ kind: 'resync', instrument, receiveTimeUs, channel })
    }
    if (this.random() < (channel === 'markPrice' ? 0.05 : 0.0004)) {
      this.gaps++
      const untilUs = receiveTimeUs + 4_000_000 * this.random()
      this.open.set(channel, { untilUs, isAnnounced: this.random() < 0.5 })
      this.take({ kind: 'gap', instrument, receiveTimeUs, channel, reason: 'sequence', healed: false })
      return
    }
    this.take(input)
  }
}

/** From when on each channel is whole, as the inputs themselves tell. */
class Wholeness {
  private readonly since = new Map<string, number>()

  show(input: SignalInput): void {
    if (input.kind === 'gap') this.since.set(input.channel, Number.POSITIVE_INFINITY)
    if (input.kind === 'second' || input.kind === 'gap' || input.kind === 'resync' || input.kind === 'kline') return
    const channel = input.kind === 'bookState' ? 'book' : input.kind === 'trade' ? input.channel : input.kind
    if (input.kind === 'bookState' && input.book.state !== 'synced') return
    const timeUs = input.exchangeTimeUs ?? input.receiveTimeUs
    const before = this.since.get(channel)
    if (before === undefined || before === Number.POSITIVE_INFINITY) this.since.set(channel, timeUs)
  }

  at(channel: string): number {
    return this.since.get(channel) ?? Number.POSITIVE_INFINITY
  }
}

const skip = isMissing(capturesFolder)

describe.skipIf(skip)('signals on a recording (needs the captures folder)', () => {
  const recorded = skip ? undefined : new Recorded('binance-usdm/btcusdt-20230404', 30_000)
  const settling = skip ? undefined : new Recorded('binance-usdm/btcusdt-20230404')
  const inverse = skip ? undefined : new Recorded('binance-coinm/btcusd_perp-20240808', 12_000)

  it('say the same one by one, beside others and played twice; later inputs change nothing said before', () => {
    const cut = 15_000
    const runs = [0, 1].map(() => CASES.map(wanted => new Told(make(wanted, BTC_PERPETUAL))))
    recorded?.play(input => {
      for (const told of runs[0] ?? []) told.show(input)
    })
    let shown = 0
    // The second time in pieces of changing size, one signal after the other, and only up to the cut.
    recorded?.play(input => {
      if (shown++ < cut) for (const told of [...(runs[1] ?? [])].reverse()) told.show(input)
    })
    for (const [index, wanted] of CASES.entries()) {
      const [whole, prefix] = [runs[0]?.[index], runs[1]?.[index]]
      if (whole === undefined || prefix === undefined) throw new Error('unreachable')
      const before = whole.outputs.filter((_, at) => (whole.after[at] ?? 0) <= cut)
      expect(prefix.outputs.length, nameOf(wanted)).toBe(before.length)
      expect(digest(prefix.outputs), nameOf(wanted)).toBe(digest(before))
      const isOk = (output: SignalOutput): boolean => output.kind === 'signal' && output.state === 'ok'
      expect(whole.outputs.filter(isOk).length, `${nameOf(wanted)} never became ok`).toBeGreaterThan(5)
      for (const output of whole.outputs) expectSound(output)
    }
  }, 120_000)

  it('count contracts of an inverse market in its own coins', () => {
    const ids = ['book.ofi', 'book.mlofi', 'book.cost', 'book.fate', 'book.imbalance']
    const cases = CASES.filter(wanted => ids.includes(wanted.id))
    const told = cases.map(wanted => new Told(make(wanted, BTC_INVERSE)))
    inverse?.play(input => {
      for (const one of told) one.show(input)
    })
    for (const [index, wanted] of cases.entries()) {
      const values = (told[index]?.outputs ?? []).filter(output => output.kind === 'signal' && output.state === 'ok')
      expect(values.length, nameOf(wanted)).toBeGreaterThan(5)
      for (const output of values) expectSound(output)
      // A hundred thousand dollars of contracts are a bitcoin or two, not a thousand.
      if (wanted.id === 'book.ofi')
        for (const { values: figures } of values) expect(Number(figures?.['averageDepth'])).toBeLessThan(500)
    }
  }, 120_000)

  it.each([1, 2, 3])(
    'are never ok on input with a hole in it (seed %i)',
    seed => {
      const told = CASES.map(wanted => ({ wanted, signal: make(wanted, BTC_PERPETUAL), oks: 0 }))
      const whole = new Wholeness()
      const holes = new Holes(seed, input => {
        whole.show(input)
        for (const one of told) {
          const needsIt =
            input.kind === 'second' ||
            one.signal.needs.some(
              need =>
                need ===
                (input.kind === 'bookState'
                  ? 'book'
                  : input.kind === 'trade' || input.kind === 'gap' || input.kind === 'resync'
                    ? input.channel
                    : input.kind),
            )
          if (!needsIt) continue
          one.signal.accept(input, {
            emit: output => {
              if (output.kind !== 'signal' || output.state !== 'ok') return
              one.oks++
              for (const need of one.signal.needs) {
                const sinceUs = whole.at(need)
                // Of the mark price only the newest counts.
                const windowMs = need === 'markPrice' ? 0 : one.wanted.windowMs
                const fromUs = output.timeUs - windowMs * 1000
                // The lateness allowance: channels of one venue differ by some milliseconds.
                if (!(sinceUs <= fromUs + 50_000))
                  expect.unreachable(
                    `${nameOf(one.wanted)} is ok at ${output.timeUs}, but ${need} is whole only since ${sinceUs}`,
                  )
              }
            },
          })
        }
      })
      recorded?.play(input => holes.show(input))
      expect(holes.gaps).toBeGreaterThan(5)
      for (const { wanted, oks } of told) expect(oks, nameOf(wanted)).toBeGreaterThan(0)
    },
    120_000,
  )

  it('see the funding interval in a recorded settlement, which nobody told them', () => {
    const interval = new FundingInterval()
    const settlements: (number | undefined)[] = []
    settling?.play(input => {
      if (input.kind !== 'markPrice') return
      interval.accept(input, input.exchangeTimeUs ?? 0)
      if (interval.settledUs !== undefined) settlements.push(interval.settledUs)
    })
    expect(interval.hours).toBe(8)
    expect(settlements).toEqual([1_680_652_800_000_000])
  }, 60_000)

  it('find in real quotes what the literature found: pressure explains the same second, not the next; thin sides give way', () => {
    const flow = new Told(makeSignal(bookOfi, BTC_PERPETUAL, { windowMs: 1000 }))
    const mids: (readonly [timeUs: number, mid: number])[] = []
    const quotes: Touch[] = []
    settling?.play(input => {
      flow.show(input)
      if (input.kind !== 'quote') return
      mids.push([input.exchangeTimeUs ?? 0, (input.bidPrice + input.askPrice) / 2])
      quotes.push(input)
    })
    const same: (readonly [number, number])[] = []
    const next: (readonly [number, number])[] = []
    let lastUs = 0
    for (const output of flow.outputs) {
      if (output.kind !== 'signal' || output.state !== 'ok' || output.timeUs - lastUs < 1_000_000) continue
      lastUs = output.timeUs
      const [before, now, after] = [-1, 0, 1].map(step => midAt(mids, lastUs + step * 1_000_000))
      if (before === undefined || now === undefined || after === undefined || output.value === undefined) continue
      same.push([output.value, now - before])
      next.push([output.value, after - now])
    }
    expect(same.length).toBeGreaterThan(400)
    expect(rSquared(same)).toBeGreaterThan(0.3)
    expect(rSquared(next)).toBeLessThan(0.1)
    const ofOneTick = fitMicroprice(quotes, { tick: 0.1, minQuotes: 40_000 })?.adjustments.slice(0, 10) ?? []
    expect(ofOneTick).toHaveLength(10)
    for (const [bucket, value] of ofOneTick.entries())
      if (bucket > 0) expect(Number(value)).toBeGreaterThan(Number(ofOneTick[bucket - 1]))
  }, 60_000)

  it('know nothing of a book that cannot be read, and call a crossed one invalid', () => {
    const told = CASES.filter(({ id }) => id.startsWith('book.')).map(wanted => new Told(make(wanted, BTC_PERPETUAL)))
    let shown = 0
    let isCrossed = false
    recorded?.play(input => {
      shown++
      // One crossed state each of quotes and books, in the middle of a recording.
      isCrossed = shown >= 22_000 && shown < 22_200
      for (const one of told) one.show(isCrossed ? crossed(input) : input)
    })
    for (const one of told) {
      const during = one.outputs.filter((_, at) => (one.after[at] ?? 0) >= 22_000 && (one.after[at] ?? 0) < 22_200)
      const states = during.flatMap(output => (output.kind === 'signal' ? [output.state] : []))
      expect(states, JSON.stringify(during[0])).toContain('invalid')
      const firstBad = states.indexOf('invalid')
      expect(states.slice(firstBad)).not.toContain('ok')
    }
  }, 120_000)
})

function crossed(input: SignalInput): SignalInput {
  if (input.kind === 'quote')
    return { ...input, bidPrice: input.askPrice + 1, receiveTimeUs: epochUs(input.receiveTimeUs) }
  if (input.kind !== 'bookState') return input
  const { book } = input
  const best = book.best()
  if (best === undefined) return input
  return {
    ...input,
    book: {
      instrument: book.instrument,
      state: book.state,
      sequence: book.sequence,
      exchangeTimeUs: book.exchangeTimeUs,
      receiveTimeUs: book.receiveTimeUs,
      stats: book.stats,
      bestBid: () => best.askPrice + 1,
      bestAsk: () => best.askPrice,
      best: () => ({ ...best, bidPrice: best.askPrice + 1 }),
      levels: count => book.levels(count),
      depthTo: (side, price) => book.depthTo(side, price),
      costOf: (side, quantity) => book.costOf(side, quantity),
      horizon: () => book.horizon(),
      size: () => book.size(),
    },
  }
}

/** Last known mid at a time. */
function midAt(mids: readonly (readonly [timeUs: number, mid: number])[], timeUs: number): number | undefined {
  let low = 0
  let high = mids.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((mids[middle]?.[0] ?? 0) <= timeUs) low = middle + 1
    else high = middle
  }
  return mids[low - 1]?.[1]
}

function rSquared(pairs: readonly (readonly [number, number])[]): number {
  const mean = (side: 0 | 1): number => pairs.reduce((sum, pair) => sum + pair[side], 0) / pairs.length
  const [meanX, meanY] = [mean(0), mean(1)]
  let [xy, xx, yy] = [0, 0, 0]
  for (const [x, y] of pairs) {
    xy += (x - meanX) * (y - meanY)
    xx += (x - meanX) ** 2
    yy += (y - meanY) ** 2
  }
  return xy ** 2 / (xx * yy)
}
