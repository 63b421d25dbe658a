import { describe, expect, it } from 'vitest'
import { CLIENTS, dial, open } from './client.ts'
import { closeFrame, frame } from './scripted-server.ts'

describe.each(CLIENTS)('closing: %s', (_name, make) => {
  it.each([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])(
    'code %i is answered with the same code, told once, and nothing follows',
    async code => {
      const line = await open(make)
      line.server.write(Buffer.concat([frame(0x81, 'before'), closeFrame(code, 'a reason ✓'), frame(0x81, 'after')]))
      await line.until('the end', () => line.log.includes('closed'))
      await line.until('our close frame', () => line.server.closeCodes.length > 0)
      line.socket.send('too late')
      line.socket.ping()
      line.socket.close()
      await line.settle()
      expect(line.texts).toEqual(['before'])
      expect(line.server.closeCodes).toEqual([code])
      expect(line.server.faults).toEqual([])
      expect(line.server.isEnded).toBe(true)
      expect(line.cause).toMatchObject({ code: 'SOCKET_CLOSED', closeCode: code })
      expect(line.cause?.message).toContain('a reason ✓')
      expect(line.log).toEqual(['opened', 'closed'])
    },
  )

  it('an empty close frame is 1005, and answered with an empty one', async () => {
    const line = await open(make)
    line.server.write(frame(0x88))
    await line.until('our close frame', () => line.server.closeCodes.length > 0)
    await line.until('the end', () => line.log.includes('closed'))
    expect(line.server.closeCodes).toEqual([1005])
    expect(line.cause).toMatchObject({ closeCode: 1005 })
  })

  it.each([0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535])(
    'F:H12 code %i may not travel: 1002',
    async code => {
      const line = await open(make)
      line.server.write(closeFrame(code))
      await line.until('our close frame', () => line.server.closeCodes.length > 0)
      await line.until('the end', () => line.log.includes('closed'))
      expect(line.server.closeCodes).toEqual([1002])
    },
  )

  it.each([
    ['one byte', frame(0x88, 'x'), 1002],
    [
      'a reason that is no UTF-8',
      closeFrame(1000, Buffer.from([0xce, 0xba, 0xe1, 0xbd, 0xb9, 0xed, 0xa0, 0x80])),
      1007,
    ],
    [
      'a reason that makes it 126 bytes',
      frame(0x88, Buffer.concat([Buffer.from([3, 232]), Buffer.alloc(124, 0x61)])),
      1002,
    ],
  ])('F:H12 a close frame with %s', async (_what, bytes, code) => {
    const line = await open(make)
    line.server.write(bytes)
    await line.until('our close frame', () => line.server.closeCodes.length > 0)
    await line.until('the end', () => line.log.includes('closed'))
    expect(line.server.closeCodes).toEqual([code])
  })

  it('a close frame after 123 bytes of reason is whole', async () => {
    const line = await open(make)
    line.server.write(closeFrame(1001, 'r'.repeat(123)))
    await line.until('the end', () => line.log.includes('closed'))
    expect(line.cause?.message).toContain('r'.repeat(123))
  })

  it('closing says 1000 once, and ends when the server answers', async () => {
    const line = await open(make)
    line.server.closesAfterClose = false
    line.socket.send('last words')
    line.socket.close()
    line.socket.close()
    await line.until('our close frame', () => line.server.closeCodes.length > 0)
    expect(line.server.payloads(1)).toEqual(['last words'])
    line.server.write(closeFrame(1000))
    line.server.end()
    await line.until('the end', () => line.log.includes('closed'))
    expect(line.server.closeCodes).toEqual([1000])
    expect(line.server.faults).toEqual([])
    expect(line.log).toEqual(['opened', 'closed'])
  })

  it('both sides close at once: one close frame each', async () => {
    const line = await open(make)
    line.server.write(closeFrame(1001))
    line.socket.close()
    await line.until('the end', () => line.log.includes('closed'))
    await line.until('our close frame', () => line.server.closeCodes.length > 0)
    await line.settle()
    expect(line.server.closeCodes).toHaveLength(1)
    expect(line.log).toEqual(['opened', 'closed'])
  })

  it('a pending large message is still whole before the close frame', async () => {
    const line = await open(make)
    line.socket.send('x'.repeat(500_000))
    line.socket.close()
    await line.until('our close frame', () => line.server.closeCodes.length > 0)
    expect(line.server.payloads(1).map(text => text.length)).toEqual([500_000])
  })

  it('a connection that ends without a close frame is 1006', async () => {
    for (const how of ['end', 'destroy'] as const) {
      const line = await open(make)
      line.server.write(frame(0x81, 'data'))
      await line.until('the data', () => line.messages.length === 1)
      line.server[how]()
      await line.until('the end', () => line.log.includes('closed'))
      expect(line.cause).toMatchObject({ closeCode: 1006 })
      expect(line.log).toEqual(['opened', 'closed'])
    }
  })

  it('F:I02 giving up at once, at any moment, is told once and nothing follows', async () => {
    for (let turns = 0; turns < 8; turns++) {
      const line = dial(make)
      line.server.write(frame(0x81, 'data'))
      for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate)
      line.socket.terminate()
      await line.until('the end', () => line.log.includes('closed'))
      const before = line.log.length
      line.socket.send('x')
      line.socket.ping()
      line.socket.close()
      line.socket.terminate()
      await line.settle()
      expect(line.log).toHaveLength(before)
      expect(line.log.at(-1)).toBe('closed')
    }
  })

  it('an owner that gives up inside a message gets no other one of the same read', async () => {
    const line = dial(make)
    const { messages } = line
    const push = messages.push.bind(messages)
    messages.push = (...items) => {
      line.socket.terminate()
      return push(...items)
    }
    await line.until('the upgrade', () => line.log.length > 0)
    line.server.write(Buffer.concat(Array.from({ length: 50 }, (_, index) => frame(0x81, String(index)))))
    await line.until('the end', () => line.log.includes('closed'))
    await line.settle()
    expect(line.texts).toEqual(['0'])
  })
})
