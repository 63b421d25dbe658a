import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/model/error.ts'
import { instrumentId } from '../../src/model/instrument.ts'
import { epochUs } from '../../src/model/time.ts'
import { compositeSignal } from '../../src/signal/composite.ts'
import { parseComposite } from '../../src/signal/composite-config.ts'
import type {
  Signal,
  SignalEvent,
  SignalInput,
  SignalOutput,
  SignalState,
  SignalValue,
} from '../../src/signal/signal.ts'
import { BTC_PERPETUAL, Told } from './recorded-inputs.ts'

const { id: instrument } = BTC_PERPETUAL

/** A part whose words the test puts into its mouth: each second takes the next of its list. */
function scripted(
  id: string,
  script: readonly (readonly [SignalState, number | undefined] | 'start' | 'end')[],
): Signal {
  let at = 0
  const base = (timeUs: number): SignalValue => ({
    kind: 'signal',
    signal: id,
    instrument,
    params: {},
    timeUs: epochUs(timeUs),
    receiveTimeUs: epochUs(timeUs),
    unit: 'ratio',
    state: 'ok',
    quality: { n: 1, sinceUs: epochUs(1), lateDropped: 0, gaps: 0, ageMs: 0 },
  })
  return {
    id,
    instruments: [instrument],
    params: {},
    needs: ['trade'],
    accept(input, outlet) {
      const step = script[at++]
      if (step === undefined || input.kind !== 'second') return
      const said = base(input.receiveTimeUs)
      if (step === 'start' || step === 'end') outlet.emit(episode(said, step))
      else
        outlet.emit({
          ...said,
          state: step[0],
          ...(step[1] === undefined ? {} : { value: step[1], values: { depth: step[1] * 2 } }),
        })
    },
  }
}

function episode(said: SignalValue, phase: 'start' | 'end'): SignalOutput {
  const { signal, params, timeUs, receiveTimeUs, quality } = said
  return {
    kind: 'signalEvent',
    id: 'one',
    type: signal,
    instruments: [instrument],
    params,
    timeUs,
    receiveTimeUs,
    phase,
    direction: 0,
    strength: 0,
    headline: '',
    reasons: [],
    against: [],
    notes: [],
    values: {},
    quality: { ...quality, state: 'ok' },
    evidence: { fromUs: timeUs, toUs: timeUs, streams: [] },
    reliability: null,
  }
}

function run(
  config: unknown,
  scripts: Readonly<Record<string, Parameters<typeof scripted>[1]>>,
  seconds: number,
): Told {
  const create = (id: string): Signal => scripted(id, scripts[id] ?? [])
  const told = new Told(compositeSignal(config, { instrument: BTC_PERPETUAL, create }))
  for (let second = 1; second <= seconds; second++) {
    const input: SignalInput = { kind: 'second', receiveTimeUs: epochUs(second * 1_000_000) }
    told.show(input)
  }
  return told
}
const values = (told: Told): readonly SignalValue[] =>
  told.outputs.flatMap(output => (output.kind === 'signal' ? [output] : []))
const events = (told: Told): readonly SignalEvent[] =>
  told.outputs.flatMap(output => (output.kind === 'signalEvent' ? [output] : []))

const parts = { a: { signal: 'x.a' }, b: { signal: 'x.b' } }
const ok = (value: number) => ['ok', value] as const

describe('composite signals', () => {
  it('tell when the rule holds, and each of its terms alone beside it', () => {
    const config = {
      id: 'both',
      direction: 1,
      parts,
      rule: {
        all: [
          { part: 'a', above: 1 },
          { part: 'b', path: 'depth', atLeast: 4 },
        ],
      },
    }
    const told = run(config, { 'x.a': [ok(2), ok(2), ok(0)], 'x.b': [ok(1), ok(2), ok(2)] }, 3)
    expect(
      values(told).map(value => [value.value, value.values?.['only.a-value'], value.values?.['only.b-depth']]),
    ).toEqual([
      [0, true, false],
      [1, true, true],
      [0, false, true],
    ])
    expect(events(told).map(event => `${event.type} ${event.phase}`)).toEqual([
      'composite.both/a-value start',
      'composite.both start',
      'composite.both/b-depth start',
      'composite.both end',
      'composite.both/a-value end',
    ])
    const whole = events(told).find(event => event.type === 'composite.both')
    expect(whole?.headline).toBe('2 of 2 terms hold: a.value above 1 (2); b.depth at least 4 (4)')
    expect(whole?.direction).toBe(1)
    expect(whole?.reasons).toHaveLength(2)
    expect(events(told)[0]?.notes.join()).toContain('alone')
  })

  it('cannot say what depends on a part that has no value to be trusted, and says the rest', () => {
    const all = {
      id: 'all',
      parts,
      rule: {
        all: [
          { part: 'a', above: 1 },
          { part: 'b', above: 1 },
        ],
      },
    }
    const any = {
      id: 'any',
      parts,
      rule: {
        any: [
          { part: 'a', above: 1 },
          { part: 'b', above: 1 },
        ],
      },
    }
    const scripts = {
      'x.a': [ok(2), ok(2), ['gapped', 2], ok(0)],
      'x.b': [['warming', undefined], ok(2), ok(2), ['stale', 2]],
    } as const
    expect(values(run(all, scripts, 4)).map(value => [value.state, value.value])).toEqual([
      ['warming', undefined],
      ['ok', 1],
      ['gapped', undefined],
      ['ok', 0],
    ])
    expect(values(run(any, scripts, 4)).map(value => [value.state, value.value])).toEqual([
      ['ok', 1],
      ['ok', 1],
      ['ok', 1],
      ['stale', undefined],
    ])
    const end = events(run(all, scripts, 4)).find(event => event.type === 'composite.all' && event.phase === 'end')
    expect(end?.notes.join()).toContain('no value that can be trusted')
  })

  it('weigh figures, negate, and read episodes', () => {
    const config = {
      id: 'mixed',
      parts,
      rule: {
        all: [
          {
            name: 'blend',
            sum: [
              { part: 'a', weight: 1 },
              { part: 'b', weight: -0.5 },
            ],
            above: 1,
          },
          { not: { name: 'running', part: 'b', episode: true } },
        ],
      },
    }
    const told = run(
      config,
      { 'x.a': [ok(2), ok(3), ok(3), ok(3), ok(3)], 'x.b': [ok(3), ok(3), 'start', 'end', ok(5)] },
      5,
    )
    expect(
      values(told).map(value => [value.values?.['only.blend'], value.values?.['only.running'], value.value]),
    ).toEqual([
      [false, false, 0],
      [true, false, 1],
      [true, true, 0],
      [true, false, 1],
      [false, false, 0],
    ])
  })

  it('feed their parts with what each needs, of the instruments they name', () => {
    const spot = instrumentId('binance-spot:BTCUSDT')
    const config = {
      id: 'two',
      parts: {
        here: { signal: 'book.spread' },
        there: { signal: 'book.imbalance', instrument: spot, params: { measure: 'levels', levels: 1 } },
      },
      rule: {
        any: [
          { part: 'here', above: 5 },
          { part: 'there', above: 0 },
        ],
      },
    }
    const signal = compositeSignal(config, {
      instrument: BTC_PERPETUAL,
      instrumentOf: () => ({ ...BTC_PERPETUAL, id: spot }),
    })
    expect(signal.instruments).toEqual([instrument, spot])
    expect(signal.needs).toEqual(['quote', 'book'])
    expect(signal.params).toMatchObject({ 'here.signal': 'book.spread', 'there.levels': 1 })
    const told = new Told(signal)
    const at = { exchangeTimeUs: epochUs(1), receiveTimeUs: epochUs(1) }
    told.show({ kind: 'quote', instrument, bidPrice: 100, bidQuantity: 1, askPrice: 101, askQuantity: 1, ...at })
    told.show({ kind: 'quote', instrument: spot, bidPrice: 100, bidQuantity: 1, askPrice: 100, askQuantity: 1, ...at })
    expect(values(told).map(value => value.value)).toEqual([1])
  })

  it.each([
    [[], 'composite: expected an object'],
    [{ id: 'x', parts, rule: { part: 'a', above: 1 } }, 'composite.parts.b: expected a part that the rule uses'],
    [{ id: '1', parts, rule: {} }, 'composite.id: expected a name'],
    [{ id: 'x', parts: {}, rule: {} }, 'composite.parts: expected 1 to 32 parts'],
    [{ id: 'x', parts: { a: { signal: 5 } }, rule: {} }, 'composite.parts.a.signal: expected a text'],
    [{ id: 'x', parts, rule: { all: [] } }, 'composite.rule.all: expected a list with at least one entry'],
    [
      { id: 'x', parts, rule: { all: [{ part: 'c', above: 1 }] } },
      'composite.rule.all[0].part: expected one of a, b, was "c"',
    ],
    [{ id: 'x', parts, rule: { part: 'a' } }, 'composite.rule: expected one of above, below'],
    [{ id: 'x', parts, rule: { part: 'a', above: 1, below: 2 } }, 'was "above and below"'],
    [{ id: 'x', parts, rule: { part: 'a', above: 'high' } }, 'composite.rule.above: expected a number'],
    [{ id: 'x', parts, rule: { part: 'a', abowe: 1 } }, 'Did you mean "above"'],
    [
      {
        id: 'x',
        parts,
        rule: {
          all: [
            { part: 'a', above: 1 },
            { part: 'a', above: 2 },
          ],
        },
      },
      'expected a name of its own',
    ],
    [
      { id: 'x', parts, rule: { sum: [{ part: 'a', weight: 'x' }], above: 1 } },
      'composite.rule.sum[0].weight: expected a number',
    ],
    [{ id: 'x', direction: 2, parts, rule: {} }, 'composite.direction: expected 1, -1 or 0'],
    [
      { id: 'x', parts: { a: { signal: 'y', params: { n: [] } } }, rule: {} },
      'composite.parts.a.params.n: expected a number',
    ],
  ])('refuse %j', (config, message) => {
    expect(() => parseComposite(config)).toThrow(ConfigError)
    expect(() => parseComposite(config)).toThrow(message)
  })

  it.each([
    [
      { part: 'cvd', path: 'cdv', above: 1 },
      'composite.rule.path: expected a figure of flow.cvd that is a number (value, cvd, anchorTimeUs), received "cdv".',
    ],
    [{ not: { sum: [{ part: 'cvd', path: 'cdv', weight: 1 }], above: 1 } }, 'composite.rule.not.sum[0].path: expected'],
    [
      { any: [{ part: 'cvd', path: 'tradeKind', above: 1 }] },
      'composite.rule.any[0].path: expected a figure of flow.cvd',
    ],
    [{ part: 'cvd', path: 'tradeKind', atLeast: 1 }, 'received "tradeKind", which is a text'],
    [{ part: 'cvd', path: 'isPartial', equals: 1 }, 'received "isPartial", which is true or false'],
    [{ part: 'cvd', equals: 'raw' }, 'that is a text (tradeKind), received "value", which is a number'],
    [{ sum: [{ part: 'cvd', path: 'isPartial', weight: 1 }], above: 1 }, 'that is a number (value, cvd'],
  ])('refuse a figure that the part does not have: %j', (rule, message) => {
    const config = { id: 'x', parts: { cvd: { signal: 'flow.cvd' } }, rule }
    expect(() => parseComposite(config)).toThrow(ConfigError)
    expect(() => parseComposite(config)).toThrow(message)
  })

  it('read the figures that there are under the options of the part', () => {
    const rule = {
      all: [
        { part: 'a', path: 'level7', above: 1 },
        { part: 'b', path: 'locked', equals: true },
      ],
    }
    const config = (levels: number) => ({
      id: 'x',
      parts: { a: { signal: 'book.mlofi', params: { levels } }, b: { signal: 'book.spread' } },
      rule,
    })
    expect(parseComposite(config(7)).terms.map(({ name }) => name)).toEqual(['a-level7', 'b-locked'])
    expect(() => parseComposite(config(6))).toThrow('received "level7"')
    const wrong = { id: 'x', parts: { a: { signal: 'flow.cvd', params: { anchr: 1 } } }, rule: { part: 'a', above: 1 } }
    expect(() => parseComposite(wrong)).toThrow('composite.parts.a flow.cvd: unknown option "anchr"')
  })

  it('name an unknown signal of the catalogue', () => {
    const config = { id: 'x', parts: { a: { signal: 'flow.cvdd' } }, rule: { part: 'a', above: 1 } }
    expect(() => compositeSignal(config, { instrument: BTC_PERPETUAL })).toThrow(/flow\.cvd/)
  })
})
