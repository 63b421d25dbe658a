import { deflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { CLIENTS, open } from './client.ts'
import { closeFrame, frame, goodAnswer } from './scripted-server.ts'

describe.each(CLIENTS)('framing: %s', (_name, make) => {
  it.each([0, 1, 125, 126, 127, 128, 65_535, 65_536, 131_072])('reads a text of %i bytes', async length => {
    const line = await open(make)
    const text = 'x'.repeat(length)
    line.server.write(frame(0x81, text))
    line.server.write(frame(0x81, 'next'))
    await line.until('both messages', () => line.texts.length === 2)
    expect(line.texts).toEqual([text, 'next'])
  })

  it.each([0, 125, 126, 65_535, 65_536])(
    'reads a binary message of %i bytes, which need not be UTF-8',
    async length => {
      const line = await open(make)
      const body = Buffer.alloc(length, 0xfe)
      line.server.write(frame(0x82, body))
      await line.until('the message', () => line.messages.length === 1)
      expect(line.messages[0]?.equals(body)).toBe(true)
    },
  )

  it.each([0, 1, 125, 126, 65_535, 65_536])('sends a text of %i bytes, masked and whole', async length => {
    const line = await open(make)
    line.socket.send('é'.repeat(length))
    await line.until('the frame', () => line.server.frames.length === 1)
    expect(line.server.frames[0]).toMatchObject({ opcode: 1, isFinal: true, isMasked: true })
    expect(line.server.payloads(1)).toEqual(['é'.repeat(length)])
  })

  it('masks each frame anew', async () => {
    const line = await open(make)
    for (let index = 0; index < 50; index++) line.socket.send('same text')
    await line.until('the frames', () => line.server.frames.length === 50)
    expect(new Set(line.server.frames.map(({ mask }) => mask.toString('hex'))).size).toBeGreaterThan(45)
  })

  const broken: readonly (readonly [string, Buffer])[] = [
    ['RSV1', frame(0xc1, 'x')],
    ['RSV2', frame(0xa1, 'x')],
    ['RSV3', frame(0x91, 'x')],
    ['RSV1 on a ping', frame(0xc9, 'x')],
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map(opcode => [`opcode ${opcode}`, frame(0x80 | opcode, 'x')] as const),
    ['a masked text', Buffer.from([0x81, 0x81, 1, 2, 3, 4, 5])],
    ['a masked ping', Buffer.from([0x89, 0x80, 1, 2, 3, 4])],
  ]

  it.each(broken)('F:H12 ends with 1002 at %s, and hands on what came before', async (_what, bytes) => {
    const line = await open(make)
    line.server.write(Buffer.concat([frame(0x81, 'before'), bytes, frame(0x81, 'after')]))
    await line.until('the end', () => line.log.includes('closed'))
    expect(line.texts).toEqual(['before'])
    await line.until('our close frame', () => line.server.closeCodes.length > 0)
    expect(line.server.closeCodes).toEqual([1002])
    expect(line.server.faults).toEqual([])
    expect(line.log.filter(entry => entry === 'closed')).toHaveLength(1)
  })

  it('F:H11 a compressed frame was never agreed on: it is refused before anything is inflated', async () => {
    const line = await open(make)
    const bomb = deflateRawSync(Buffer.alloc(64 * 1024 * 1024))
    const before = process.memoryUsage().arrayBuffers
    line.server.write(frame(0xc1, bomb))
    await line.until('the end', () => line.log.includes('closed'))
    await line.until('our close frame', () => line.server.closeCodes.length > 0)
    expect(line.server.closeCodes).toEqual([1002])
    expect(line.texts).toEqual([])
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024)
  })

  it('reads the same wherever the reads are cut: in two, at every byte', async () => {
    const bytes = Buffer.concat([
      frame(0x81, 'first'),
      frame(0x01, 'hé'),
      frame(0x89, 'ping'),
      frame(0x00, 'l'),
      frame(0x80, 'lö'),
      frame(0x81, '币安人生'.repeat(20)),
      frame(0x82, Buffer.alloc(200, 0xff)),
      frame(0x81, 'y'.repeat(70_000)).subarray(0, 14),
    ])
    const tail = frame(0x81, 'y'.repeat(70_000)).subarray(14)
    for (let cut = 1; cut < bytes.length; cut++) {
      const line = await open(make)
      line.server.write(bytes.subarray(0, cut))
      await new Promise(setImmediate)
      line.server.write(Buffer.concat([bytes.subarray(cut), tail, closeFrame(1000, 'bye')]))
      await line.until('the end', () => line.log.includes('closed'))
      expect(line.texts.map(text => text.length)).toEqual([5, 5, 80, 200, 70_000])
      expect(line.texts[1]).toBe('héllö')
      expect(line.server.payloads(10)).toEqual(['ping'])
      line.server.destroy()
    }
  }, 120_000)

  it('reads one byte at a time', async () => {
    const line = await open(make)
    const bytes = Buffer.concat([frame(0x81, 'ab'), frame(0x89, 'p'), frame(0x81, 'z'.repeat(300)), closeFrame(1001)])
    for (let at = 0; at < bytes.length; at++) {
      line.server.write(bytes.subarray(at, at + 1))
      await Promise.resolve()
    }
    await line.until('the end', () => line.log.includes('closed'))
    expect(line.texts).toEqual(['ab', 'z'.repeat(300)])
    expect(line.server.payloads(10)).toEqual(['p'])
    expect(line.cause).toMatchObject({ closeCode: 1001 })
  })

  it('reads a thousand messages of one read', async () => {
    const line = await open(make)
    const texts = Array.from({ length: 1300 }, (_, index) => `${index} ${'é'.repeat(index % 40)}`)
    line.server.write(Buffer.concat(texts.map(text => frame(0x81, text))))
    await line.until('all', () => line.messages.length === texts.length)
    expect(line.texts).toEqual(texts)
  })

  it('frames that came with the upgrade are read', async () => {
    const line = await open(make, {
      answer: accept => Buffer.concat([Buffer.from(goodAnswer(accept)), frame(0x81, 'one'), frame(0x89, 'two')]),
    })
    await line.until('the pong', () => line.server.payloads(10).length === 1)
    expect(line.texts).toEqual(['one'])
    expect(line.log).toEqual(['opened', 'pinged'])
  })
})
