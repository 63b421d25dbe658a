import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatRecordedLine, parseRecordedLine, type RecordedLine } from './recorded-line.ts'

const note = fc.option(
  fc.oneof(
    fc.record({ kind: fc.constant('ended' as const), cause: fc.string() }),
    fc.record({ kind: fc.constant('closed' as const), cause: fc.string() }),
    fc.constant({ kind: 'continues' as const }),
    fc.record({ kind: fc.constant('lost' as const), lines: fc.nat() }),
    fc.record({ kind: fc.constant('status' as const), status: fc.integer({ min: 100, max: 599 }) }),
  ),
  { nil: undefined },
)
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.json(), fc.constant('{"a":"\\u00e9\\n\\\\"}'))
const line = fc.record({
  timeUs: fc.option(fc.integer({ min: 0, max: 4e15 }), { nil: undefined }),
  connection: fc.string(),
  isInbound: fc.boolean(),
  url: fc.option(fc.webUrl(), { nil: undefined }),
  text,
  note,
})

describe('a recorded line', () => {
  it('is what was written, whatever stands in it', () => {
    fc.assert(
      fc.property(line, (written: RecordedLine) => {
        const raw = formatRecordedLine(written)
        expect(raw.indexOf('\n')).toBe(raw.length - 1)
        expect(parseRecordedLine(raw.slice(0, -1))).toEqual(written)
      }),
      { numRuns: 1000 },
    )
  })

  it('in any order of its members and with any spaces says the same', () => {
    const usual = '{"t":1680652800004.107,"conn":"ws","dir":"in","msg":"{\\"a\\":1}"}'
    const other = '{ "msg": "{\\"a\\":1}", "dir": "in", "conn": "ws", "t": 1680652800004.107 }'
    expect(parseRecordedLine(other)).toEqual(parseRecordedLine(usual))
    expect(parseRecordedLine(usual)).toMatchObject({ timeUs: 1_680_652_800_004_107, text: '{"a":1}' })
  })

  it.each([
    '',
    'null',
    '[]',
    '{"t":1,"conn":"ws","dir":"in"}',
    '{"t":1,"conn":"ws","dir":"up","msg":""}',
    '{"t":"1","conn":"ws","dir":"in","msg":""}',
    '{"t":1,"conn":"ws","dir":"in","msg":"a"b"}',
    '{"t":1,"conn":"ws","dir":"in","msg":"cut',
  ])('%j is none', raw => {
    expect(parseRecordedLine(raw)).toBeUndefined()
  })
})
