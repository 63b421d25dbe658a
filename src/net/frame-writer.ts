import { randomFillSync } from 'node:crypto'

export const OPCODE = { text: 0x1, close: 0x8, ping: 0x9, pong: 0xa } as const

/** Masks come from a pool: one call of the system's generator serves a thousand frames. */
const pool = Buffer.alloc(4096)
let poolUsed = pool.length

/** One final client frame, masked as RFC 6455 §5.3 demands. */
export function clientFrame(opcode: number, payload: Uint8Array): Buffer {
  const length = payload.length
  const headerBytes = length < 126 ? 6 : length < 65_536 ? 8 : 14
  const frame = Buffer.allocUnsafe(headerBytes + length)
  frame[0] = 0x80 | opcode
  if (length < 126) frame[1] = 0x80 | length
  else if (length < 65_536) {
    frame[1] = 0x80 | 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 0x80 | 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  if (poolUsed + 4 > pool.length) {
    randomFillSync(pool)
    poolUsed = 0
  }
  const mask = poolUsed
  poolUsed += 4
  pool.copy(frame, headerBytes - 4, mask, mask + 4)
  for (let i = 0; i < length; i++) frame[headerBytes + i] = (payload[i] ?? 0) ^ (pool[mask + (i & 3)] ?? 0)
  return frame
}

/** A close frame's payload: the code alone, because nobody at a venue reads a reason. */
export function closePayload(code: number): Buffer {
  const payload = Buffer.alloc(2)
  payload.writeUInt16BE(code, 0)
  return payload
}
