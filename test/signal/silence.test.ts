import { describe, expect, it } from 'vitest'
import { epochUs } from '../../src/model/time.ts'
import { createSignal } from '../../src/signal/catalogue.ts'
import { createSignals } from '../../src/signal/engine.ts'
import type { Signal, SignalInput, SignalOutput, SignalValue } from '../../src/signal/signal.ts'
import { streamKey } from '../../src/signal/stream-key.ts'
import { contract, quote, START_MS, trade } from './signal-feeding.ts'

const HOUR_MS = 3_600_000
const isValue = (output: SignalOutput): output is SignalValue => output.kind === 'signal'

/** An engine whose seconds are told by hand, and what was said. */
function engineOf(signal: Signal, behind?: () => ReadonlySet<string>) {
  const said: SignalValue[] = []
  const engine = createSignals({ signals: [signal], onOutput: output => isValue(output) && said.push(output), behind })
  return {
    said,
    take: (...inputs: readonly SignalInput[]) => {
      for (const input of inputs) engine.accept(input)
    },
    /** Our clock shows this, and nothing came. */
    second: (ms: number) => engine.advance(epochUs(ms * 1000)),
    states: () => said.map(({ state }) => state),
  }
}

/** Received by a clock that is ahead by so much. */
const ahead = (ms: number, byMs: number) => ({ receiveTimeUs: epochUs((ms + byMs) * 1000) })

describe('what silence proves', () => {
  it.each([
    ['ahead', HOUR_MS],
    ['behind', -HOUR_MS],
  ])('I6: a slice is over by the exchange’s clock, whether ours is an hour %s', (_, byMs) => {
    const on = engineOf(createSignal('flow.volume', contract))
    on.take(trade(START_MS - 500, 1, 1, 'buy', ahead(START_MS - 500, byMs)))
    on.take(trade(START_MS + 100, 1, 2, 'buy', ahead(START_MS + 150, byMs)))
    on.said.length = 0
    for (const at of [1000, 2000, 3000]) on.second(START_MS + byMs + at)
    expect(on.said).toEqual([])
    // A second, two seconds for what is late, and the way to us.
    on.second(START_MS + byMs + 4000)
    expect(on.said.map(({ value, state }) => [value, state])).toEqual([[2, 'ok']])
  })

  it('I7: nothing while a stream is behind: a slice ends when the trades have come', () => {
    const behind = new Set<string>()
    for (const signal of [
      createSignal('flow.volume', contract),
      createSignal('candle.ohlcv', contract, { origin: 'trade', interval: '1s' }),
      createSignal('flow.footprint', contract, { interval: '1s' }),
    ]) {
      behind.clear()
      const on = engineOf(signal, () => behind)
      const isOver = ({ state, values }: SignalValue): boolean => state === 'ok' && values?.['final'] !== false
      on.take(trade(START_MS - 500, 10, 1, 'buy'), trade(START_MS + 100, 10, 2, 'buy'))
      on.said.length = 0
      behind.add(streamKey(contract.id, 'trade'))
      for (let at = 1000; at <= 9000; at += 1000) on.second(START_MS + at)
      expect([signal.id, on.said.filter(isOver)]).toEqual([signal.id, []])
      behind.clear()
      const late = { recovered: true, receiveTimeUs: epochUs((START_MS + 9500) * 1000) } as const
      on.take(trade(START_MS + 300, 10, 3, 'sell', late), trade(START_MS + 1200, 10, 1, 'buy', late))
      const [first] = on.said.filter(isOver)
      expect([signal.id, first?.quality.n]).toEqual([signal.id, 2])
    }
  })

  it('I7: no second of the mid while quotes are behind', () => {
    const behind = new Set<string>()
    const on = engineOf(createSignal('vol.realised', contract, { windowMs: 2000 }), () => behind)
    for (let at = 0; at < 4000; at += 500) on.take(quote(START_MS + at, 100 + at / 1000, 101 + at / 1000))
    on.said.length = 0
    behind.add(streamKey(contract.id, 'quote'))
    for (const at of [4000, 5000, 6000, 7000]) on.second(START_MS + at)
    expect(on.states().filter(state => state === 'ok')).toEqual([])
  })

  it('I7: a value becomes stale in time when our clock is set back by an hour', () => {
    const on = engineOf(createSignal('book.spread', contract))
    on.take(quote(START_MS, 100, 101))
    expect(on.states()).toEqual(['ok'])
    const now = START_MS - HOUR_MS
    for (const at of [0, 1000, 2000, 3000, 4000]) on.second(now + at)
    expect(on.states()).toEqual(['ok', 'stale'])
    // And is told by seconds from then on, once each.
    on.take(quote(START_MS + 5000, 100, 101, ahead(START_MS + 5000, -HOUR_MS)))
    for (const at of [6000, 7000, 8000, 9000]) on.second(now + at)
    expect(on.states()).toEqual(['ok', 'stale', 'ok', 'stale'])
  })

  it('I6: what was stamped before our clock was set back, and waited, tells of no second to come', () => {
    let nowMs = START_MS
    const said: SignalValue[] = []
    const engine = createSignals({
      signals: [createSignal('flow.volume', contract, { bucketMs: 5000 })],
      onOutput: output => isValue(output) && said.push(output),
      nowUs: () => epochUs(nowMs * 1000),
    })
    engine.accept(trade(START_MS - 500, 1, 1, 'buy'))
    engine.accept(trade(START_MS + 100, 1, 2, 'buy'))
    said.length = 0
    nowMs -= HOUR_MS
    engine.accept(trade(START_MS + 200, 1, 3, 'buy', ahead(START_MS + 1200, -HOUR_MS)))
    engine.accept(trade(START_MS + 300, 1, 4, 'buy', ahead(START_MS + 350, 0)))
    engine.accept(trade(START_MS + 400, 1, 5, 'buy', ahead(START_MS + 1300, -HOUR_MS)))
    expect(said).toEqual([])
    engine.accept(trade(START_MS + 5100, 1, 1, 'buy', ahead(START_MS + 5150, -HOUR_MS)))
    expect(said.map(({ value, state, revised }) => [value, state, revised])).toEqual([[14, 'ok', undefined]])
  })

  it('I6: a trade that comes into a slot that was told to be empty is told at once', () => {
    const on = engineOf(createSignal('candle.ohlcv', contract, { origin: 'trade', interval: '1s' }))
    on.take(trade(START_MS - 500, 9, 1, 'buy'), trade(START_MS + 100, 10, 1, 'buy'))
    for (let at = 1000; at <= 6000; at += 1000) on.second(START_MS + at)
    const final = (): readonly SignalValue[] => on.said.filter(({ values }) => values?.['final'] === true)
    expect(final().at(-1)?.values).toMatchObject({ synthetic: true, close: 10 })
    const late = { recovered: true, receiveTimeUs: epochUs((START_MS + 6500) * 1000) } as const
    on.take(trade(START_MS + 1500, 12, 2, 'sell', late))
    const slot = final().filter(({ values }) => values?.['openTimeUs'] === (START_MS + 1000) * 1000)
    expect(slot.at(-1)).toMatchObject({ revised: true, value: 12, values: { synthetic: false, volume: 2 } })
  })
})
