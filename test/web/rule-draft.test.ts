import { describe, expect, it } from 'vitest'
import { readRule } from '../../src/alert/rule-reader.ts'
import { DRAFT_KINDS, definitionOf, draftOf, newDraft, type RuleDraft } from '../../web/src/panels/alerts/rule-draft.ts'

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
