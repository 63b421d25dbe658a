import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameReader } from './frame-reader.ts'

interface Seen {
  readonly messages: string[]
  readonly controls: string[]
  readonly violations: number[]
}

function reader(maxMessageBytes = 1 << 20): { readonly seen: Seen; readonly reader: FrameReader } {
  const seen: Seen = { messages: [], controls: [], violations: [] }
  const frames = new FrameReader(
    {
      message: (bytes, start, end) => seen.messages.push(bytes.toString('utf8', start, end)),
      ping: payload => seen.controls.push(`ping ${payload.toString('utf8')}`),
      pong: payload => seen.controls.push(`pong ${payload.toString('utf8')}`),
      close: (code, reason) => seen.controls.push(`close ${code} ${reason}`),
      violation: code => seen.violations.push(code),
    },
    maxMessageBytes,
  )
  return { seen, reader: frames }
}

/** One unmasked server frame. */
function frame(first: number, payload: string | Buffer): Buffer {
  const body = Buffer.from(payload)
  if (body.length < 126) return Buffer.concat([Buffer.from([first, body.length]), body])
  if (body.length < 65_536) {
    const head = Buffer.from([first, 126, 0, 0])
    head.writeUInt16BE(body.length, 2)
    return Buffer.concat([head, body])
  }
  const head = Buffer.alloc(10)
  head[0] = first
  head[1] = 127
  head.writeBigUInt64BE(BigInt(body.length), 2)
  return Buffer.concat([head, body])
}

const closeFrame = (code: number, reason: string): Buffer => {
  const head = Buffer.alloc(2)
  head.writeUInt16BE(code)
  return frame(0x88, Buffer.concat([head, Buffer.from(reason)]))
}

describe('frame reader', () => {
  it('reads messages of every length form', () => {
    const { seen, reader: frames } = reader()
    const texts = ['', 'a', 'x'.repeat(125), 'x'.repeat(126), 'x'.repeat(65_535), 'x'.repeat(65_536)]
    frames.push(Buffer.concat(texts.map(text => frame(0x81, text))))
    expect(seen.messages).toEqual(texts)
  })

  it('gives the same messages wherever the bytes are cut', () => {
    const bytes = Buffer.concat([
      frame(0x81, 'first'),
      frame(0x01, 'se'),
      frame(0x89, 'ping'),
      frame(0x00, 'co'),
      frame(0x80, 'nd'),
      frame(0x81, 'y'.repeat(300)),
      closeFrame(1000, 'bye'),
    ])
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 20 }), cuts => {
        const { seen, reader: frames } = reader()
        const places = [0, ...[...new Set(cuts)].sort((a, b) => a - b), bytes.length]
        for (let i = 1; i < places.length; i++) frames.push(Buffer.from(bytes.subarray(places[i - 1], places[i])))
        expect(seen.messages).toEqual(['first', 'second', 'y'.repeat(300)])
        expect(seen.controls).toEqual(['ping ping', 'close 1000 bye'])
        expect(seen.violations).toEqual([])
      }),
    )
  })

  it.each([
    ['a reserved bit', frame(0xc1, 'x'), 1002],
    ['an unknown opcode', frame(0x83, 'x'), 1002],
    ['an unknown control opcode', frame(0x8b, 'x'), 1002],
    ['a masked frame', Buffer.from([0x81, 0x81, 1, 2, 3, 4, 5]), 1002],
    ['a fragmented ping', frame(0x09, 'x'), 1002],
    ['a long ping', frame(0x89, 'x'.repeat(126)), 1002],
    ['a continuation without a beginning', frame(0x80, 'x'), 1002],
    ['a message inside a fragmented one', Buffer.concat([frame(0x01, 'a'), frame(0x81, 'b')]), 1002],
    ['a close code that may not travel', closeFrame(1006, ''), 1002],
    ['a close frame of one byte', frame(0x88, 'x'), 1002],
    ['a close reason that is no UTF-8', frame(0x88, Buffer.from([0x03, 0xe8, 0xff, 0xfe])), 1007],
    ['a message above the limit', frame(0x81, 'x'.repeat(2000)), 1009],
    ['fragments above the limit', Buffer.concat([frame(0x01, 'x'.repeat(600)), frame(0x80, 'x'.repeat(600))]), 1009],
    ['a length of 2^63', Buffer.from([0x81, 127, 0x80, 0, 0, 0, 0, 0, 0, 0]), 1009],
  ])('F:H12 ends at %s with the right code and reads nothing after it', (_name, bytes, code) => {
    const { seen, reader: frames } = reader(1000)
    frames.push(bytes)
    frames.push(frame(0x81, 'later'))
    expect(seen.violations).toEqual([code])
    expect(seen.messages).toEqual([])
  })

  it('F:H12 ends a flood of one-byte fragments', () => {
    const { seen, reader: frames } = reader()
    frames.push(frame(0x01, 'x'))
    for (let i = 0; i < 20_000; i++) frames.push(frame(0x00, 'x'))
    expect(seen.violations).toEqual([1009])
  })

  it('tells a close without a code as 1005', () => {
    const { seen, reader: frames } = reader()
    frames.push(frame(0x88, ''))
    expect(seen.controls).toEqual(['close 1005 '])
  })
})
