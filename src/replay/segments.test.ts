import { describe, expect, it } from 'vitest'
import { type Carrier, segmentsOf } from './segments.ts'

/** Lines stand for seconds. */
function carrier(
  connection: number,
  open: number,
  last: number,
  data: readonly number[],
  end?: 'ended' | 'closed',
): Carrier {
  return {
    connection,
    openLine: open,
    openUs: open * 1e6,
    lastLine: last,
    lastUs: last * 1e6,
    isEnded: end !== undefined,
    isClosed: end === 'closed',
    firstData: data.at(0),
    lastData: data.at(-1),
  }
}

const END = Number.POSITIVE_INFINITY

describe('by which sockets a group of streams came', () => {
  it('one socket that nobody ended lasts to the end of the recording, one that was lost does not', () => {
    expect(segmentsOf([carrier(0, 0, 90, [1, 80])])).toEqual([{ connection: 0, from: 0, to: END, isJoined: false }])
    expect(segmentsOf([carrier(0, 0, 90, [1, 80], 'closed')])[0]?.to).toBe(END)
    expect(segmentsOf([carrier(0, 0, 90, [1, 80], 'ended')])[0]?.to).toBe(90)
  })

  it('one behind the other is a cut', () => {
    expect(segmentsOf([carrier(1, 60, 90, [70]), carrier(0, 0, 50, [1, 40])])).toEqual([
      { connection: 0, from: 0, to: 50, isJoined: false },
      { connection: 1, from: 60, to: END, isJoined: false },
    ])
  })

  it('two that brought the same at once are joined, and so is a quiet one that was replaced in time', () => {
    expect(segmentsOf([carrier(0, 0, 50, [1, 48], 'closed'), carrier(1, 40, 90, [42, 80])])).toEqual([
      { connection: 0, from: 0, to: 50, isJoined: false },
      { connection: 1, from: 42, to: END, isJoined: true },
    ])
    expect(segmentsOf([carrier(0, 0, 50, [1, 2], 'closed'), carrier(1, 40, 90, [70])])).toEqual([
      { connection: 0, from: 0, to: 50, isJoined: false },
      { connection: 1, from: 40, to: END, isJoined: true },
    ])
  })

  it('a stream that was moved to another socket while its own lived on is a cut', () => {
    expect(segmentsOf([carrier(0, 0, 900, [1, 20]), carrier(1, 30, 900, [31, 800])])).toEqual([
      { connection: 0, from: 0, to: 30, isJoined: false },
      { connection: 1, from: 31, to: END, isJoined: false },
    ])
  })

  it('a socket that brought nothing beyond another one is not needed', () => {
    expect(segmentsOf([carrier(0, 0, 90, [1, 80]), carrier(1, 10, 50, [11, 40], 'ended')])).toHaveLength(1)
  })
})
