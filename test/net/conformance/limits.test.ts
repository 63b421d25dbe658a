import { describe, expect, it } from 'vitest'
import { CLIENTS, open } from './client.ts'
import { frame } from './scripted-server.ts'

function header64(length: bigint): Buffer {
  const head = Buffer.alloc(10)
  head[0] = 0x81
  head[1] = 127
  head.writeBigUInt64BE(length, 2)
  return head
}

describe.each(CLIENTS)('limits: %s', (_name, make) => {
  it('takes a message of exactly the limit', async () => {
    const line = await open(make, { maxFrameBytes: 70_000 })
    line.server.write(frame(0x81, 'x'.repeat(70_000)))
    line.server.write(Buffer.concat([frame(0x01, 'x'.repeat(35_000)), frame(0x80, 'x'.repeat(35_000))]))
    await line.until('both', () => line.messages.length === 2)
    expect(line.texts.map(text => text.length)).toEqual([70_000, 70_000])
  })

  it.each([
    ['one byte above it', frame(0x81, 'x'.repeat(1001))],
    ['far above it, by its header alone', header64(1n << 40n)],
    ['2^53', header64(1n << 53n)],
    ['2^63', header64(1n << 63n)],
    ['2^64 - 1', header64((1n << 64n) - 1n)],
    ['two fragments above it', Buffer.concat([frame(0x01, 'x'.repeat(600)), frame(0x80, 'x'.repeat(600))])],
  ])('F:H12 ends with 1009 at a message of more than the limit: %s', async (_what, bytes) => {
    const line = await open(make, { maxFrameBytes: 1000 })
    line.server.write(Buffer.concat([frame(0x81, 'ok'), bytes]))
    await line.until('our close frame', () => line.server.closeCodes.length > 0)
    await line.until('the end', () => line.log.includes('closed'))
    expect(line.server.closeCodes).toEqual([1009])
    expect(line.texts).toEqual(['ok'])
  })

  it.each([
    ['one byte each', 'x'],
    ['empty', ''],
  ])('F:H12 F:M11 a million fragments, %s: ended, memory bounded', async (_what, part) => {
    const line = await open(make, { maxFrameBytes: 16 * 1024 * 1024 })
    const before = process.memoryUsage().rss
    line.server.write(frame(0x01, part))
    const block = Buffer.concat(Array.from({ length: 1000 }, () => frame(0x00, part)))
    for (let round = 0; round < 1000 && !line.log.includes('closed'); round++) {
      line.server.write(block)
      if (round % 10 === 9) await new Promise(setImmediate)
    }
    await line.until('the end', () => line.log.includes('closed'))
    expect(line.messages).toEqual([])
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024)
  })
})
