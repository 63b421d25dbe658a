import { describe, expect, it } from 'vitest'
import { CLIENTS, open } from './client.ts'
import { frame } from './scripted-server.ts'

describe.each(CLIENTS)('pings: %s', (_name, make) => {
  it.each([
    ['empty', Buffer.alloc(0)],
    ['a time', Buffer.from('1790000000000')],
    ['no text', Buffer.from([0x00, 0xff, 0xfe, 0x80])],
    ['125 bytes', Buffer.alloc(125, 0xa5)],
  ])('F:A06 echoes the payload: %s', async (_what, payload) => {
    const line = await open(make)
    line.server.write(frame(0x89, payload))
    await line.until('the pong', () => line.server.frames.length > 0)
    await line.settle()
    expect(line.server.frames).toHaveLength(1)
    expect(line.server.frames[0]).toMatchObject({ opcode: 10, isFinal: true, isMasked: true })
    expect(line.server.frames[0]?.payload.equals(payload)).toBe(true)
  })

  it('F:A06 F:A07 one pong for each ping, in order, and none unasked', async () => {
    const line = await open(make)
    const payloads = Array.from({ length: 40 }, (_, index) => `ping ${index}`)
    line.server.write(Buffer.concat(payloads.map(payload => frame(0x89, payload))))
    line.server.write(frame(0x8a, 'a pong nobody asked for'))
    await line.until('the pongs', () => line.server.frames.length >= 40)
    await line.settle()
    expect(line.server.payloads(10)).toEqual(payloads)
    expect(line.server.frames).toHaveLength(40)
    expect(line.log.filter(entry => entry === 'pinged')).toHaveLength(40)
    expect(line.log.filter(entry => entry === 'ponged')).toHaveLength(1)
  })

  it('F:A06 the pong leaves before anything the owner sends because of the same read', async () => {
    const line = await open(make)
    line.server.write(Buffer.concat([frame(0x89, 'p'), frame(0x81, 'data')]))
    await line.until('the message', () => line.messages.length === 1)
    line.socket.send('answer')
    await line.until('both', () => line.server.frames.length === 2)
    expect(line.server.frames.map(({ opcode }) => opcode)).toEqual([10, 1])
  })

  it('our own ping is empty, and its pong is told', async () => {
    const line = await open(make)
    line.socket.ping()
    await line.until('the ping', () => line.server.frames.length === 1)
    expect(line.server.frames[0]).toMatchObject({ opcode: 9, isFinal: true, isMasked: true })
    line.server.write(frame(0x8a, line.server.frames[0]?.payload ?? ''))
    await line.until('the pong', () => line.log.includes('ponged'))
  })

  it('F:H12 ends with 1002 at a ping of 126 bytes', async () => {
    const line = await open(make)
    line.server.write(frame(0x89, Buffer.alloc(126)))
    await line.until('our close frame', () => line.server.closeCodes.length > 0)
    expect(line.server.closeCodes).toEqual([1002])
    expect(line.server.payloads(10)).toEqual([])
  })
})

describe('pings: socketDial alone', () => {
  const make = CLIENTS.find(([name]) => name === 'socketDial')?.[1]

  it('F:M11 a server that floods pings and reads nothing is given up; the waiting pongs stay bounded', async () => {
    if (make === undefined) throw new Error('no client')
    const line = await open(make)
    line.server.pause()
    const flood = Buffer.concat(Array.from({ length: 1000 }, () => frame(0x89, Buffer.alloc(125))))
    for (let round = 0; round < 100 && !line.log.includes('closed'); round++) {
      line.server.write(flood)
      await line.settle()
    }
    expect(line.log.at(-1)).toBe('closed')
    expect(line.cause?.message).toMatch(/unread/)
    expect(line.log.length).toBeLessThan(12_000)
  })
})
