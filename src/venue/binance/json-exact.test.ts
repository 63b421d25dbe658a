import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DecodeError } from '../../model/error.ts'
import { parseExactBytes, parseExactText } from './json-exact.ts'

describe('parseExactBytes', () => {
  it('F:H01 gives integers beyond 2^53 as text and everything else as JSON.parse does', () => {
    const text =
      '{"a":4611875134427365377,"b":[-12345678901234567890,9007199254740991,9007199254740992],"c":"4611875134427365377","d":1.2345678901234567,"e":"\\"12345678901234567","f":12345678901234567e2}'
    const expected = {
      a: '4611875134427365377',
      b: ['-12345678901234567890', 9007199254740991, '9007199254740992'],
      c: '4611875134427365377',
      d: 1.2345678901234567,
      e: '"12345678901234567',
      f: Number('12345678901234567e2'),
    }
    expect(parseExactBytes(Buffer.from(text))).toEqual(expected)
    expect(parseExactText(text)).toEqual(expected)
  })

  it('agrees with JSON.parse on every value without long integers', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), value => {
        const text = JSON.stringify(value)
        if (/\d{16}/.test(text)) return
        expect(parseExactBytes(Buffer.from(text))).toEqual(JSON.parse(text))
      }),
    )
  })

  it('refuses what is no JSON, also when a long integer stands in it', () => {
    for (const text of [
      '{"a":012345678901234567}',
      '{"a":12345678901234567',
      '["12345678901234567]',
      '{"a":--12345678901234567}',
      '',
    ]) {
      expect(() => parseExactBytes(Buffer.from(text)), text).toThrow(DecodeError)
    }
    const endless = `{"id":12345678901234567,"text":"${'\\"'.repeat(3_000_000)}`
    expect(() => parseExactBytes(Buffer.from(endless))).toThrow(DecodeError)
  })

  it('F:H07 keys such as __proto__ are data', () => {
    const value = parseExactBytes(Buffer.from('{"__proto__":{"polluted":true}}'))
    expect(Object.keys(value ?? {})).toEqual(['__proto__'])
    expect(Object.getPrototypeOf({})).not.toHaveProperty('polluted')
  })
})
