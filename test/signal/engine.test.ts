import { describe, expect, it } from 'vitest'
import { instrumentId } from '../../src/model/instrument.ts'
import { epochUs } from '../../src/model/time.ts'
import { createSignal, signalCatalogue } from '../../src/signal/catalogue.ts'
import { createSignals } from '../../src/signal/engine.ts'
import type { Signal, SignalInput, SignalOutput } from '../../src/signal/signal.ts'
import { contract, gap, inverse, kline, quote, START_MS, trade } from './signal-feeding.ts'

/** Writes down what it is fed with. */
function spy(more: Partial<Signal> = {}): Signal & { readonly fed: SignalInput[] } {
  const fed: SignalInput[] = []
  return {
    id: 'test.spy',
    instruments: [contract.id],
    params: {},
    needs: ['trade'],
    accept: input => void fed.push(input),
    fed,
    ...more,
  }
}

const kinds = (inputs: readonly SignalInput[]): readonly string[] => inputs.map(input => input.kind)

describe('engine', () => {
  it('feeds each signal with what it needs of its own instruments', () => {
    const [trades, quotes, other] = [spy(), spy({ needs: ['quote', 'kline:5m'] }), spy({ instruments: [inverse.id] })]
    const engine = createSignals({ signals: [trades, quotes, other], onOutput: () => undefined })
    engine.accept(trade(START_MS, 1, 1, 'buy'))
    engine.accept(trade(START_MS, 1, 1, 'buy', { channel: 'rawTrade' }))
    engine.accept(quote(START_MS, 1, 2))
    engine.accept(kline(START_MS - 60_000, 1))
    engine.accept(gap(START_MS))
    engine.accept(gap(START_MS, { channel: 'quote' }))
    expect(kinds(trades.fed)).toEqual(['trade', 'gap'])
    expect(kinds(quotes.fed)).toEqual(['quote', 'gap'])
    expect(other.fed).toEqual([])
    expect(engine.needs()).toEqual([
      { instrument: contract.id, need: 'trade' },
      { instrument: contract.id, need: 'quote' },
      { instrument: contract.id, need: 'kline:5m' },
      { instrument: inverse.id, need: 'trade' },
    ])
  })

  it('tells every whole second once and in order, whether a timer runs or not', () => {
    const [live, replayed] = [spy(), spy()]
    const inputs = [
      trade(START_MS, 1, 1, 'buy'),
      trade(START_MS + 2600, 1, 1, 'buy'),
      trade(START_MS + 2700, 1, 1, 'buy'),
    ]
    const replay = createSignals({ signals: [replayed], onOutput: () => undefined })
    for (const input of inputs) replay.accept(input)
    const engine = createSignals({ signals: [live], onOutput: () => undefined })
    // Before the first input no second means anything.
    engine.advance(epochUs((START_MS - 5000) * 1000))
    for (const [at, input] of inputs.entries()) {
      if (at === 1) for (const ms of [900, 1000, 1001, 2500, 1200]) engine.advance(epochUs((START_MS + ms) * 1000))
      engine.accept(input)
    }
    expect(live.fed).toEqual(replayed.fed)
    expect(kinds(live.fed)).toEqual(['trade', 'second', 'second', 'trade', 'trade'])
  })

  it('leaves the seconds of an absurd jump out, and counts them', () => {
    const signal = spy()
    const engine = createSignals({ signals: [signal], onOutput: () => undefined })
    engine.accept(trade(1000, 1, 1, 'buy'))
    engine.accept(trade(START_MS, 1, 1, 'buy'))
    expect(kinds(signal.fed)).toEqual(['trade', 'second', 'trade'])
    expect(engine.skippedSeconds).toBe(START_MS / 1000 - 2)
  })

  it('contains what a signal or a listener throws: counted, reported, and nobody else suffers', () => {
    const errors: unknown[] = []
    const outputs: SignalOutput[] = []
    const broken = spy({
      accept: () => {
        throw new Error('broken signal')
      },
    })
    const cvd = createSignal('flow.cvd', contract)
    const engine = createSignals({
      signals: [broken, cvd],
      onOutput: output => {
        outputs.push(output)
        throw new Error('broken listener')
      },
      onError: (error, signal) => errors.push([signal.id, String(error)]),
    })
    for (const price of [1, 2, 3]) engine.accept(trade(START_MS, price, 1, 'buy'))
    expect(outputs.map(output => output.kind === 'signal' && output.value)).toEqual([1, 2, 3])
    expect(engine.status().map(({ errors: count, lastError, inputs }) => [count, lastError, inputs])).toEqual([
      [3, 'broken signal', 3],
      [3, 'broken listener', 3],
    ])
    expect(errors).toHaveLength(6)
    engine.remove(broken)
    expect(engine.status()).toHaveLength(1)
  })

  it('a gap of a stream of the whole market concerns every instrument of the venue', () => {
    const signal = spy({ needs: ['liquidation'] })
    const engine = createSignals({ signals: [signal], onOutput: () => undefined })
    engine.accept({ ...gap(START_MS, { channel: 'liquidation' }), instrument: instrumentId('binance-usdm:*') })
    engine.accept({ ...gap(START_MS, { channel: 'liquidation' }), instrument: instrumentId('binance-coinm:*') })
    expect(kinds(signal.fed)).toEqual(['gap'])
  })
})

describe('catalogue', () => {
  it('makes every signal with its defaults, and tells what each option means', () => {
    expect(signalCatalogue.size).toBeGreaterThan(20)
    for (const [id, kind] of signalCatalogue) {
      const signal = createSignal(id, contract)
      expect(signal.id).toBe(id)
      expect(signal.needs.length).toBeGreaterThan(0)
      expect(kind.meaning).toMatch(/\.$/)
      expect(kind.unit).not.toBe('')
      for (const [name, spec] of Object.entries(kind.params))
        expect([id, name, spec.meaning]).toEqual([id, name, expect.stringMatching(/\S/)])
    }
  })

  it('names the option that is wrong, what was expected and what was received', () => {
    expect(() => createSignal('flow.cdv', contract)).toThrow('Did you mean "flow.cvd"')
    expect(() => createSignal('flow.volume', contract, { bucketMS: 5 })).toThrow('unknown option "bucketMS"')
    expect(() => createSignal('flow.volume', contract, { bucketMs: 0.5 })).toThrow(
      'flow.volume.bucketMs: expected a whole number of at least 1 (ms), was 0.5.',
    )
    expect(() => createSignal('flow.cvd', contract, { anchor: 'weekly' })).toThrow(
      'expected one of session, rolling, manual',
    )
    expect(() => createSignal('vol.burst', contract, { offRatio: 4 })).toThrow('expected less than onRatio (3), was 4')
    expect(() => createSignal('flow.footprint', contract, { ticks: 3 })).toThrow('was 3')
    expect(() => createSignal('flow.markout', contract, { horizonsMs: 'soon' })).toThrow('was "soon"')
  })
})
