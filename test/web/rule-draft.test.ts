import { describe, expect, it } from 'vitest'
import { readRule } from '../../src/alert/rule-reader.ts'
import {
  BEGINNINGS,
  DRAFT_KINDS,
  definitionOf,
  draftOf,
  newDraft,
  type RuleDraft,
  SOURCES,
  signalDraft,
} from '../../web/src/panels/alerts/rule-draft.ts'

const BTC = 'binance-usdm:BTCUSDT'
const CHANNELS = ['screen', 'bell']

function drafts(): readonly RuleDraft[] {
  return DRAFT_KINDS.flatMap(kind => {
    const draft = newDraft(kind, BTC, CHANNELS, '60000.5')
    return kind === 'liquidation' ? [draft, { ...draft, source: 'liquidation.notional' }] : [draft]
  })
}

describe('the form of a rule', () => {
  it('makes rules that the server takes', () => {
    for (const draft of drafts()) {
      const rule = readRule(definitionOf(draft, []), CHANNELS)
      expect(rule).toMatchObject({ instruments: [BTC], severity: 'warn', channels: CHANNELS, cooldownMs: 60_000 })
      expect(rule.name).not.toBe('')
    }
    const price = readRule(
      definitionOf({ ...newDraft('price', BTC, [], '60000.5'), comparison: 'crossUp', forS: '2' }, []),
      [],
    )
    expect(price).toMatchObject({ forMs: 2000, condition: { kind: 'crossUp', target: 60_000.5 } })
    const silence = readRule(definitionOf(newDraft('silence', BTC, [], ''), []), [])
    expect(silence.condition).toMatchObject({ kind: 'noDataFor', ms: 10_000 })
  })

  it('opens what it has made, unchanged', () => {
    for (const draft of drafts()) {
      const definition = definitionOf(draft, [])
      const opened = draftOf(definition)
      if (opened === undefined) throw new Error(`${draft.kind} was not opened`)
      expect(opened.kind).toBe(draft.kind)
      expect(definitionOf(opened, [])).toEqual(definition)
    }
  })

  it('keeps what it does not show, and reads durations in words', () => {
    const written = {
      id: 'one',
      name: 'One',
      instrument: BTC,
      source: 'trade.price',
      condition: { below: 5 },
      for: '2s',
      cooldown: '1m',
      maxPerHour: 3,
    }
    const opened = draftOf(written)
    if (opened === undefined) throw new Error('not opened')
    expect(opened).toMatchObject({ forS: '2', cooldownS: '60', comparison: 'below', level: '5' })
    const definition = definitionOf({ ...opened, level: '6' }, ['one'])
    expect(definition).toMatchObject({
      id: 'one',
      maxPerHour: 3,
      condition: { below: 6 },
      forMs: 2000,
      cooldownMs: 60_000,
    })
    expect(() => readRule(definition, [])).not.toThrow()
  })

  it('is filled from an event of a signal, with the options it was computed with', () => {
    const origin = {
      type: 'deriv.tension',
      instrument: BTC,
      direction: -1,
      level: 0.123456,
      params: { intervalHours: 4 },
    } as const
    const draft = signalDraft(origin, CHANNELS)
    expect(draft).toMatchObject({ kind: 'signal', comparison: 'beginsDown', level: '0.1235' })
    const definition = definitionOf(draft, [])
    expect(definition).toMatchObject({
      source: 'deriv.tension',
      instrument: BTC,
      params: { intervalHours: 4 },
      condition: { event: 'start', direction: 'down' },
      channels: CHANNELS,
    })
    const rule = readRule(definition, CHANNELS)
    expect(rule).toMatchObject({ source: { kind: 'signal', params: { intervalHours: 4 } } })
    expect(rule.condition).toMatchObject({ kind: 'event', phase: 'start', direction: -1 })
    // Options of one signal are none of another.
    expect(definitionOf({ ...draft, source: 'vol.burst' }, [])).not.toHaveProperty('params')
    expect(definitionOf({ ...draft, comparison: 'above' }, [])).toMatchObject({ condition: { above: 0.1235 } })
  })

  it('makes a rule of every signal it offers, which opens as it was', () => {
    for (const [source] of SOURCES.signal) {
      for (const comparison of [...BEGINNINGS, 'above', 'crossDown'] as const) {
        const definition = definitionOf({ ...newDraft('signal', BTC, [], ''), source, comparison }, [])
        expect(() => readRule(definition, [])).not.toThrow()
        const opened = draftOf(definition)
        if (opened === undefined) throw new Error(`${source} ${comparison} was not opened`)
        expect(definitionOf(opened, [])).toEqual(definition)
      }
    }
  })

  it('does not open what is more than it can say', () => {
    const base = { id: 'one', instrument: BTC, source: 'trade.price' }
    expect(draftOf({ ...base, condition: { all: [{ above: 1 }] } })).toBeUndefined()
    expect(draftOf({ ...base, condition: { above: 1, rearm: 0.5 } })).toBeUndefined()
    expect(draftOf({ ...base, source: 'account.fill', condition: { above: 1 } })).toBeUndefined()
    expect(draftOf(undefined)).toBeUndefined()
  })

  it('finds an id that no other rule has', () => {
    const draft = { ...newDraft('price', BTC, [], '1'), name: 'Über 60 000!' }
    expect(definitionOf(draft, [])['id']).toBe('ber-60-000')
    expect(definitionOf(draft, ['ber-60-000', 'ber-60-000-2'])['id']).toBe('ber-60-000-3')
    expect(definitionOf({ ...draft, name: '警報' }, [])['id']).toBe('rule')
  })
})
