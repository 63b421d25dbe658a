import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BookLevels } from '../../model/book-levels.ts'
import { parseDecimal } from '../../model/number.ts'
import { LevelScanner } from './level-scanner.ts'

function scannerAt(text: string): LevelScanner {
  const scan = new LevelScanner()
  scan.bytes = Buffer.from(`${text}}`)
  return scan
}

/** What a decimal text says, undefined when it is for the JSON decoder. */
function decimal(text: string): number | undefined {
  const scan = scannerAt(`"${text}"`)
  const units = scan.decimal()
  return units < 0 || scan.at !== scan.bytes.length - 1 ? undefined : units / 10 ** scan.scale
}

function integer(text: string): number | undefined {
  const scan = scannerAt(text)
  const value = scan.integer()
  return value < 0 || scan.at !== scan.bytes.length - 1 ? undefined : value
}

const digits = (most: number): fc.Arbitrary<string> =>
  fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: most }).map(list => list.join(''))

describe('LevelScanner', () => {
  it('reads every decimal as parseDecimal does, and leaves to JSON what that refuses', () => {
    fc.assert(
      fc.property(
        digits(18),
        fc.constantFrom('', '.'),
        digits(12),
        fc.constantFrom('', '0', '00000000'),
        (a, point, b, zeros) => {
          const text = point === '' ? a : `${a}.${b}${zeros}`
          let expected: number | undefined
          try {
            expected = parseDecimal(text)
          } catch {
            expected = undefined
          }
          const read = decimal(text)
          // Leading zeros may push a short number beyond what is read from bytes; it must then be refused, never misread.
          if (read === undefined && expected !== undefined) expect(text.replace('.', '').length).toBeGreaterThan(15)
          else expect(read).toBe(expected)
        },
      ),
      { numRuns: 20_000 },
    )
  })

  it('reads the decimals that venues send', () => {
    const texts = [
      '61800.20',
      '0.00000632',
      '28165.47000000',
      '23734.00000000',
      '12345678901.00000000',
      '0.000',
      '5',
      '5.',
    ]
    for (const text of texts) expect(decimal(text), text).toBe(Number(text))
    for (const text of [
      '',
      '.',
      '.5',
      '-1',
      '1e5',
      '1.2.3',
      ' 1',
      '0x1',
      '1234567.123456789',
      '0.00000000000000000000001',
    ]) {
      expect(decimal(text), text).toBeUndefined()
    }
  })

  it('F:H01 reads integers up to 2^53 - 1 as JSON does, and nothing beyond', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 20n }), value => {
        expect(integer(String(value))).toBe(value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined)
      }),
      { numRuns: 5000 },
    )
    expect(integer('9007199254740991')).toBe(9007199254740991)
    for (const text of ['9007199254740992', '01', '00', '', '-1', '1.0', '1e3'])
      expect(integer(text), text).toBeUndefined()
  })

  it('reads levels of one scale and grows with them', () => {
    const levels = new BookLevels()
    const list = Array.from({ length: 200 }, (_, index) => `["${(100 + index).toFixed(2)}","${index % 3}.5"]`)
    const scan = scannerAt(`[${list.join(',')}]`)
    expect(scan.levels(levels, -1)).toBe(2)
    expect([levels.count, levels.prices[199], levels.quantities[199]]).toEqual([200, 29900, 1.5])
    expect(scannerAt('[]').levels(levels, 5)).toBe(5)
    for (const odd of ['[["1.0","1"],["1","1"]]', '[["1","1"]', '[["1","1",[]]]', '[1]', '[["1","1"],]', '{}']) {
      expect(scannerAt(odd).levels(new BookLevels(), -1), odd).toBe(-2)
    }
  })
})
