/** A source of chance in [0, 1), seeded so that a run can be repeated. */
export type Random = () => number

/** The mulberry32 generator: 32 bits of state, period 2^32, good enough for jitter and simulated markets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** Unseeded, for production jitter. */
export const systemRandom: Random = Math.random
