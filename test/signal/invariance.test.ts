import { describe, expect, it } from 'vitest'
import type { GapEvent } from '../../src/model/event.ts'
import { epochUs } from '../../src/model/time.ts'
import { createSignal, signalCatalogue } from '../../src/signal/catalogue.ts'
import { createSignals } from '../../src/signal/engine.ts'
import type { Signal, SignalInput, SignalOutput, SignalValue } from '../../src/signal/signal.ts'
import { capturesFolder, isMissing } from '../support/shared-files.ts'
import { INVARIANCE_CASES, type InvarianceCase, makeCase, nameOfCase } from './invariance-table.ts'
import { type RecordedEvent as Event, recordedEvents } from './recorded-events.ts'
import { BTC_PERPETUAL } from './recorded-inputs.ts'

/** What one signal says, as text, with how many inputs had been shown by then. */
interface Run {
  readonly outputs: readonly SignalOutput[]
  readonly text: readonly string[]
  readonly after: readonly number[]
}

/** `tick` stands for a live timer: it is called before every input. */
function run(signal: Signal, events: readonly SignalInput[], tick?: (engine: Engine, next: SignalInput) => void): Run {
  const outputs: SignalOutput[] = []
  const text: string[] = []
  const after: number[] = []
  let shown = 0
  const engine = createSignals({
    signals: [signal],
    onOutput: output => {
      outputs.push(output)
      text.push(JSON.stringify(output))
      after.push(shown)
    },
    onError: error => {
      throw error
    },
  })
  for (const event of events) {
    tick?.(engine, event)
    shown++
    engine.accept(event)
  }
  for (const { errors, lastError } of engine.status()) expect([errors, lastError]).toEqual([0, undefined])
  return { outputs, text, after }
}

type Engine = ReturnType<typeof createSignals>

/** mulberry32 */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const channelOf = (event: Event): string => {
  if (event.kind === 'kline') return `kline:${event.interval}`
  return event.kind === 'trade' || event.kind === 'gap' || event.kind === 'resync' ? event.channel : event.kind
}

interface Hole {
  /** Exchange time of the last input before it and the first behind it. */
  readonly fromUs: number
  readonly toUs: number
  /** How many inputs had been shown before it was told. */
  readonly toldAfter: number
}

/** Takes pieces of a channel out at random places, and says so. */
function withHoles(events: readonly Event[], channel: InvarianceCase['channel'], seed: number) {
  const random = chance(seed)
  const own = events.flatMap((event, at) => (channelOf(event) === channel ? [at] : []))
  const starts = Array.from({ length: 3 }, () => Math.floor((0.1 + 0.7 * random()) * own.length)).sort((a, b) => a - b)
  const lost = new Set<number>()
  const gaps = new Map<number, GapEvent>()
  const holes: Hole[] = []
  for (const start of starts) {
    const count = 1 + Math.floor(random() * own.length * 0.03)
    const first = own[start]
    const next = own[start + count]
    const before = own[start - 1]
    if (first === undefined || next === undefined || before === undefined || lost.has(first) || lost.has(before))
      continue
    for (const at of own.slice(start, start + count)) lost.add(at)
    const { instrument, receiveTimeUs } = events[next] ?? events[first] ?? never()
    gaps.set(next, { kind: 'gap', instrument, channel, receiveTimeUs, reason: 'sequence', healed: false })
    const [last, following] = [events[before], events[next]]
    // A candle tells everything since it opened, however many of its updates were lost.
    const toUs = following?.kind === 'kline' ? following.openTimeUs : timeOf(following)
    if (toUs > timeOf(last)) holes.push({ fromUs: timeOf(last), toUs, toldAfter: next })
  }
  const broken: Event[] = []
  const shownBefore = new Map<number, number>()
  for (const [at, event] of events.entries()) {
    const gap = gaps.get(at)
    shownBefore.set(at, broken.length)
    if (lost.has(at)) continue
    if (gap !== undefined) broken.push(gap)
    broken.push(event)
  }
  return { broken, holes: holes.map(hole => ({ ...hole, toldAfter: shownBefore.get(hole.toldAfter) ?? 0 })) }
}

const timeOf = (event: Event | undefined): number => Number(event?.exchangeTimeUs ?? event?.receiveTimeUs)

function never(): never {
  throw new Error('unreachable')
}

const isOk = (output: SignalOutput): output is SignalValue => output.kind === 'signal' && output.state === 'ok'

const skip = isMissing(capturesFolder)

describe.skipIf(skip)('every signal on a recording (needs the captures folder)', () => {
  const events = skip ? [] : recordedEvents()

  it('the table knows every signal of trade flow, volatility and candles', () => {
    const own = [...signalCatalogue.keys()].filter(id => /^(flow|vol|candle)\./.test(id))
    expect([...new Set(INVARIANCE_CASES.map(({ id }) => id))].sort()).toEqual(own.sort())
  })

  it.each(INVARIANCE_CASES.map(wanted => [nameOfCase(wanted), wanted] as const))(
    '%s: later inputs change nothing said before, and a live timer tells what a replay does',
    (_name, wanted) => {
      const whole = run(makeCase(wanted, BTC_PERPETUAL), events)
      expect(whole.outputs.filter(isOk).length).toBeGreaterThan(3)
      for (const output of whole.outputs) expectSound(output)
      const random = chance(7)
      for (let cut = 0; cut < 3; cut++) {
        const at = Math.floor(random() * events.length)
        const prefix = run(makeCase(wanted, BTC_PERPETUAL), events.slice(0, at))
        expectEqual(
          prefix.text,
          whole.text.filter((_, index) => (whole.after[index] ?? 0) <= at),
        )
      }
      // A timer that fires now and then between two inputs, late or in time, is not to be seen.
      let nowUs = 0
      const live = run(makeCase(wanted, BTC_PERPETUAL), events, (engine, next) => {
        const untilUs = next.receiveTimeUs
        if (nowUs > 0 && random() < 0.5) engine.advance(epochUs(nowUs + Math.floor(random() * (untilUs - nowUs + 1))))
        nowUs = untilUs
      })
      expectEqual(live.text, whole.text)
    },
    60_000,
  )

  it.each(INVARIANCE_CASES.map(wanted => [nameOfCase(wanted), wanted] as const))(
    '%s: is not ok while what it rests on has a hole',
    (_name, wanted) => {
      for (const seed of [1, 2, 3]) {
        const { broken, holes } = withHoles(events, wanted.channel, seed)
        const { outputs, after } = run(makeCase(wanted, BTC_PERPETUAL), broken)
        for (const [index, output] of outputs.entries()) {
          if (!isOk(output)) continue
          const fromUs = wanted.restsOnSinceUs(output)
          expect(Number.isFinite(fromUs)).toBe(true)
          for (const hole of holes) {
            // A slice that ended before the hole was told had nothing missing then, and is told again as revised otherwise.
            const isTouched = hole.fromUs < output.timeUs && hole.toUs > fromUs
            const wasKnown = (after[index] ?? 0) > hole.toldAfter
            if (isTouched && wasKnown) expect([nameOfCase(wanted), seed, output, hole]).toEqual('not ok')
          }
        }
        expect(outputs.some(output => output.kind === 'signal' && output.state === 'gapped')).toBe(true)
      }
    },
    60_000,
  )

  it.each(['flow.volume', 'flow.cvd', 'candle.ohlcv', 'candle.rsi'])(
    '%s: what is brought later is counted after all',
    id => {
      const wanted = INVARIANCE_CASES.find(entry => entry.id === id && entry.channel === 'rawTrade') ?? never()
      const trades = events.filter(event => event.kind === 'trade')
      const from = Math.floor(trades.length / 2)
      const lost = new Set<Event>(trades.slice(from, from + 60))
      const [first, last] = [trades[from] ?? never(), trades[from + 59] ?? never()]
      const behind = trades[from + 60] ?? never()
      // Their candle is over by then, whatever the clocks of the recording say.
      const backUs = (behind.exchangeTimeUs ?? 0) + 6_000_000
      const back = trades.find(({ exchangeTimeUs }) => (exchangeTimeUs ?? 0) >= backUs) ?? never()
      const { instrument } = behind
      const broken = events.flatMap((event): readonly Event[] => {
        if (lost.has(event)) return []
        const { receiveTimeUs } = event
        if (event === behind) {
          const span = { from: first.id, to: last.id }
          return [
            {
              kind: 'gap',
              instrument,
              channel: 'rawTrade',
              receiveTimeUs,
              reason: 'disconnect',
              healed: false,
              ...span,
            },
            event,
          ]
        }
        if (event !== back) return [event]
        return [event, ...[...lost].map(missing => recovered(missing, receiveTimeUs))]
      })
      const whole = run(makeCase(wanted, BTC_PERPETUAL), events)
      const healed = run(makeCase(wanted, BTC_PERPETUAL), broken)
      const revised = healed.outputs.filter(output => output.kind === 'signal' && output.revised === true)
      expect(revised.length).toBeGreaterThan(0)
      expect(healed.outputs.some(output => output.kind === 'signal' && output.state === 'gapped')).toBe(true)
      // The newest word on every moment is the same as if nothing had ever been missing.
      const said = newest(healed)
      const wantedValues = newest(whole)
      let compared = 0
      for (const [key, value] of wantedValues) {
        const got = said.get(key)
        if (got === undefined) continue
        compared++
        if (value.timeUs <= (back.exchangeTimeUs ?? 0) && id === 'flow.cvd') continue
        expect([key, got.state]).toEqual([key, value.state])
        expect(Math.abs((got.value ?? 0) - (value.value ?? 0))).toBeLessThan(
          1e-9 * Math.max(1, Math.abs(value.value ?? 0)),
        )
      }
      expect(compared).toBeGreaterThan(10)
    },
    60_000,
  )
})

describe.skipIf(skip)('trades that come out of order (needs the captures folder)', () => {
  const events = skip ? [] : recordedEvents().filter(event => event.kind === 'trade')

  it.each([
    ['flow.volume', { trades: 'rawTrade' }],
    ['flow.footprint', { trades: 'rawTrade', interval: '10s' }],
    ['candle.ohlcv', { interval: '5s', origin: 'rawTrade' }],
  ] as const)(
    '%s: the newest word on every slice is the same, if they are not too late',
    (id, params) => {
      const random = chance(11)
      // Each may be overtaken by what was traded up to a second after it.
      const late = events
        .map(event => ({ event, atUs: timeOf(event) + Math.floor(random() * 1_000_000) }))
        .sort((a, b) => a.atUs - b.atUs)
        .map(({ event }, at): Event => ({ ...event, receiveTimeUs: events[at]?.receiveTimeUs ?? event.receiveTimeUs }))
      const make = (): Signal => createSignal(id, BTC_PERPETUAL, params)
      const end = (inputs: readonly Event[]): readonly Event[] => {
        const last = inputs.at(-1) ?? never()
        const later = {
          exchangeTimeUs: epochUs(timeOf(last) + 30_000_000),
          receiveTimeUs: epochUs(last.receiveTimeUs + 30_000_000),
        }
        return last.kind === 'trade' ? [...inputs, { ...last, ...later, id: '999999999999' }] : inputs
      }
      const [inOrder, shuffled] = [run(make(), end(events)), run(make(), end(late))]
      const [wanted, got] = [newest(inOrder), newest(shuffled)]
      expect(shuffled.outputs.some(output => output.kind === 'signal' && output.revised === true)).toBe(true)
      let compared = 0
      for (const [key, value] of wanted) {
        if (value.state !== 'ok' || value.timeUs > timeOf(events.at(-1))) continue
        const other = got.get(key)
        expect([key, other?.state, other?.quality.n]).toEqual([key, 'ok', value.quality.n])
        expect(Math.abs((other?.value ?? Number.NaN) - (value.value ?? 0))).toBeLessThan(1e-9)
        for (const name of ['open', 'high', 'low', 'close']) {
          if (id === 'candle.ohlcv')
            expect([key, name, other?.values?.[name]]).toEqual([key, name, value.values?.[name]])
        }
        compared++
      }
      expect(compared).toBeGreaterThan(5)
    },
    60_000,
  )
})

/** Text by text, which is quicker than to look for a difference where there is none. */
function expectEqual(got: readonly string[], wanted: readonly string[]): void {
  for (const [at, text] of wanted.entries()) if (got[at] !== text) expect([at, got[at]]).toEqual([at, text])
  expect(got).toHaveLength(wanted.length)
}

function recovered(event: Event, receiveTimeUs: Event['receiveTimeUs']): Event {
  return { ...event, receiveTimeUs, recovered: true }
}

/** The last value said of each moment; of candles, of each that is final. */
function newest({ outputs }: Run): ReadonlyMap<string, SignalValue> {
  const found = new Map<string, SignalValue>()
  for (const output of outputs) {
    if (output.kind !== 'signal' || output.values?.['final'] === false || output.state === 'stale') continue
    found.set(String(output.values?.['openTimeUs'] ?? output.timeUs), output)
  }
  return found
}

function expectSound(output: SignalOutput): void {
  if (output.kind === 'signal' && output.value !== undefined) expect(Number.isFinite(output.value)).toBe(true)
  for (const value of Object.values(output.values ?? {})) {
    if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true)
  }
  if (output.kind === 'signal' && output.state === 'warming') expect(output.value).toBeUndefined()
}
