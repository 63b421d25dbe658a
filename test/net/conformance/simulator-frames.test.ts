import { describe, expect, it } from 'vitest'
import { textFrame } from '../../../src/sim/wire/frame.ts'
import { CLIENTS, open } from './client.ts'

/** The simulator reads with `ws` and writes with its own frames. */
describe.each(CLIENTS)('frames of the simulator: %s', (_name, make) => {
  it.each([0, 1, 125, 126, 127, 65_535, 65_536, 70_000])('a text of %i bytes', async length => {
    const line = await open(make)
    const text = '币'.repeat(Math.floor(length / 3)) + 'x'.repeat(length % 3)
    line.server.write(textFrame(text))
    line.server.write(textFrame('next'))
    await line.until('both messages', () => line.messages.length === 2)
    expect(line.texts).toEqual([text, 'next'])
  })
})
