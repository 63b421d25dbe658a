import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { valueLine } from '../../src/cli/signal-text.ts'
import { instrumentId } from '../../src/model/instrument.ts'
import { epochUs } from '../../src/model/time.ts'
import type { SignalValue } from '../../src/signal/signal.ts'

const VALUE: SignalValue = {
  kind: 'signal',
  signal: 'deriv.basis',
  instrument: instrumentId('venue:BTCUSDT'),
  params: {},
  timeUs: epochUs(1),
  receiveTimeUs: epochUs(1),
  value: 1.25,
  unit: 'bps',
  state: 'ok',
  quality: { n: 3, sinceUs: epochUs(1), lateDropped: 0, gaps: 0, ageMs: 0 },
}

describe('a signal as a row', () => {
  it('has its value, unit, state and quality', () => {
    expect(stripVTControlCharacters(valueLine(VALUE, ''))).toMatch(/^ {2}deriv\.basis +1\.25 bps {2}ok +n 3$/)
  })

  it('that cannot be had says why', () => {
    const { value: _, ...rest } = VALUE
    const refused: SignalValue = {
      ...rest,
      state: 'warming',
      unit: '',
      reason: 'markPrice was refused: no such stream',
    }
    const line = stripVTControlCharacters(valueLine(refused, ''))
    expect(line).toMatch(/— {2}refused markPrice was refused: no such stream$/)
  })
})
