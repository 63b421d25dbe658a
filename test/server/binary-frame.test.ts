import { describe, expect, it } from 'vitest'
import {
  encodeLadder,
  encodeTape,
  readHeader,
  readLadder,
  readTape,
  stampFrame,
} from '../../src/server/binary-frame.ts'

const header = {
  type: 'delta',
  id: 4_000_000_000,
  seq: 9,
  tsExch: 1_780_000_000_000_001,
  tsRecv: 3,
  tsSent: 4,
} as const

function viewOf(frame: Uint8Array): DataView {
  return new DataView(frame.slice().buffer)
}

describe('binary frames', () => {
  it('bring a ladder across unchanged, header included', () => {
    const level = { price: 62_000.1, quantity: 0.001, bought: 2, sold: 0 }
    const data = {
      sequence: 2 ** 52,
      step: 0.1,
      bestBid: 62_000.1,
      bestAsk: 62_000.2,
      imbalance5: Number.NaN,
      imbalance20: -0.5,
      weightedMid: 62_000.15,
      horizonBid: Number.NaN,
      horizonAsk: 70_000,
      bids: [level],
      asks: [level, { ...level, price: 62_000.3 }],
    }
    const view = viewOf(stampFrame(encodeLadder(data), header))
    expect(readHeader(view)).toEqual({ ...header, view: 'ladder' })
    expect(readLadder(view)).toEqual(data)
  })

  it('bring a tape across unchanged, and the shared frame stays unstamped', () => {
    const rows = [{ timeUs: 1_780_000_000_000_001, price: 1e-8, quantity: 5, quote: 7, flags: 3 }]
    const data = { count: 10, buyCount: 4, buyQuote: 1.5, sellQuote: 2.5, sinceUs: 6, firstIndex: 7, skipped: 8, rows }
    const shared = encodeTape(data)
    const view = viewOf(stampFrame(shared, { ...header, type: 'snapshot' }))
    expect(readHeader(view)).toMatchObject({ type: 'snapshot', view: 'tape', id: header.id })
    expect(readTape(view)).toEqual(data)
    expect(readHeader(viewOf(shared))).toBeUndefined()
  })

  it('are not mistaken for something else', () => {
    expect(readHeader(new DataView(new ArrayBuffer(8)))).toBeUndefined()
    expect(readHeader(new DataView(new ArrayBuffer(64)))).toBeUndefined()
  })
})
