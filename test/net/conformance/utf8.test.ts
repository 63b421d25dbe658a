import { describe, expect, it } from 'vitest'
import { CLIENTS, open } from './client.ts'
import { frame } from './scripted-server.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

const VALID: readonly (readonly [string, Buffer])[] = [
  ['Greek', hex('ce ba e1 bd b9 cf 83 ce bc ce b5')],
  ['the first of two bytes', hex('c2 80')],
  ['the last of two bytes', hex('df bf')],
  ['the first of three bytes', hex('e0 a0 80')],
  ['before the surrogates', hex('ed 9f bf')],
  ['after the surrogates', hex('ee 80 80')],
  ['the last of three bytes', hex('ef bf bf')],
  ['the first of four bytes', hex('f0 90 80 80')],
  ['U+10FFFF', hex('f4 8f bf bf')],
  ['a byte order mark', hex('ef bb bf 7b 7d')],
  ['NUL', hex('00')],
]

const INVALID: readonly (readonly [string, Buffer])[] = [
  ['a lone continuation byte', hex('80')],
  ['FE', hex('fe')],
  ['FF', hex('ff')],
  ['an overlong slash in two bytes', hex('c0 af')],
  ['an overlong slash in three bytes', hex('e0 80 af')],
  ['an overlong slash in four bytes', hex('f0 80 80 af')],
  ['an overlong NUL', hex('c0 80')],
  ['the first surrogate', hex('ed a0 80')],
  ['the last surrogate', hex('ed bf bf')],
  ['a pair of surrogates', hex('ed a0 80 ed b0 80')],
  ['U+110000', hex('f4 90 80 80')],
  ['five bytes', hex('f8 88 80 80 80')],
  ['six bytes', hex('fc 84 80 80 80 80')],
  ['a letter that is cut', hex('e5 b8')],
  ['a letter that is cut by ASCII', hex('e5 b8 61')],
  [
    'good text with one bad byte',
    Buffer.concat([Buffer.from('x'.repeat(500)), hex('ff'), Buffer.from('y'.repeat(500))]),
  ],
]

describe.each(CLIENTS)('UTF-8: %s', (_name, make) => {
  it.each(VALID)('takes %s, whole and cut between any two bytes', async (_what, body) => {
    const line = await open(make)
    line.server.write(frame(0x81, body))
    for (let cut = 1; cut < body.length; cut++) {
      line.server.write(Buffer.concat([frame(0x01, body.subarray(0, cut)), frame(0x80, body.subarray(cut))]))
    }
    await line.until('all', () => line.messages.length === Math.max(1, body.length))
    for (const message of line.messages) expect(message.equals(body)).toBe(true)
  })

  it.each(INVALID)('F:H12 ends with 1007 at %s, whole', async (_what, body) => {
    const line = await open(make)
    line.server.write(Buffer.concat([frame(0x81, 'good é'), frame(0x81, body), frame(0x81, 'later')]))
    await line.until('our close frame', () => line.server.closeCodes.length > 0)
    await line.until('the end', () => line.log.includes('closed'))
    expect(line.server.closeCodes).toEqual([1007])
    expect(line.texts).toEqual(['good é'])
  })

  it.each(INVALID)('F:H12 ends with 1007 at %s, in fragments', async (_what, body) => {
    const line = await open(make)
    const cut = Math.ceil(body.length / 2)
    line.server.write(Buffer.concat([frame(0x01, body.subarray(0, cut)), frame(0x00, body.subarray(cut)), frame(0x80)]))
    await line.until('our close frame', () => line.server.closeCodes.length > 0)
    expect(line.server.closeCodes).toEqual([1007])
    expect(line.texts).toEqual([])
  })

  it('a letter that is cut by the end of one message is not made whole by the next', async () => {
    const line = await open(make)
    line.server.write(Buffer.concat([frame(0x81, hex('e5 b8')), frame(0x81, hex('81'))]))
    await line.until('our close frame', () => line.server.closeCodes.length > 0)
    expect(line.server.closeCodes).toEqual([1007])
    expect(line.texts).toEqual([])
  })
})
