import { describe, expect, it } from 'vitest'
import { CLIENTS, open } from './client.ts'
import { frame } from './scripted-server.ts'

describe.each(CLIENTS)('fragmentation: %s', (_name, make) => {
  it('joins a text that is cut at every byte, inside letters too', async () => {
    const line = await open(make)
    const text = 'aé币😀z'
    const body = Buffer.from(text)
    for (let cut = 0; cut <= body.length; cut++) {
      line.server.write(frame(0x01, body.subarray(0, cut)))
      line.server.write(frame(0x80, body.subarray(cut)))
    }
    await line.until('all', () => line.messages.length === body.length + 1)
    expect(new Set(line.texts)).toEqual(new Set([text]))
  })

  it('joins many fragments, empty ones too, and text and binary stay apart', async () => {
    const line = await open(make)
    const parts = Array.from({ length: 500 }, (_, index) => frame(0x00, index % 3 === 0 ? '' : `${index},`))
    line.server.write(Buffer.concat([frame(0x01, 'start,'), ...parts, frame(0x80, 'end')]))
    line.server.write(Buffer.concat([frame(0x02, Buffer.from([0xff])), frame(0x80, Buffer.from([0xfe]))]))
    await line.until('both', () => line.messages.length === 2)
    expect(line.texts[0]?.startsWith('start,1,2,4,')).toBe(true)
    expect(line.texts[0]?.endsWith('end')).toBe(true)
    expect(line.messages[1]).toEqual(Buffer.from([0xff, 0xfe]))
  })

  it('answers control frames between fragments at once', async () => {
    const line = await open(make)
    line.server.write(
      Buffer.concat([frame(0x01, 'a'), frame(0x89, 'one'), frame(0x00, 'b'), frame(0x8a, ''), frame(0x89, 'two')]),
    )
    await line.until('the pongs', () => line.server.payloads(10).length === 2)
    expect(line.texts).toEqual([])
    line.server.write(frame(0x80, 'c'))
    await line.until('the message', () => line.messages.length === 1)
    expect(line.texts).toEqual(['abc'])
    expect(line.server.payloads(10)).toEqual(['one', 'two'])
    expect(line.log).toEqual(['opened', 'pinged', 'ponged', 'pinged'])
  })

  it.each([
    ['a continuation without a beginning', [frame(0x80, 'x')]],
    ['a continuation that does not end, without a beginning', [frame(0x00, 'x')]],
    ['a text inside a fragmented text', [frame(0x01, 'a'), frame(0x81, 'b')]],
    ['a beginning inside a fragmented text', [frame(0x01, 'a'), frame(0x01, 'b')]],
    ['a binary inside a fragmented text', [frame(0x01, 'a'), frame(0x82, 'b')]],
    ['a continuation after the end', [frame(0x01, 'a'), frame(0x80, 'b'), frame(0x80, 'c')]],
    ['a fragmented ping', [frame(0x09, 'x'), frame(0x80, 'y')]],
    ['a fragmented close', [frame(0x08, '')]],
  ])('F:H12 ends with 1002 at %s', async (_what, frames) => {
    const line = await open(make)
    line.server.write(Buffer.concat([...frames, frame(0x81, 'later')]))
    await line.until('our close frame', () => line.server.closeCodes.length > 0)
    expect(line.server.closeCodes).toEqual([1002])
    expect(line.texts.filter(text => text === 'later')).toEqual([])
    await line.until('the end', () => line.log.includes('closed'))
  })
})
