/** Periods of the octaves, seconds, from ten days to two seconds. */
const PERIODS = [864_000, 172_800, 43_200, 14_400, 3600, 1200, 300, 90, 30, 8, 2]
const DAILY_MOVE = 0.02

/** A number in [-1, 1] that belongs to this seed, octave and lattice point. */
function lattice(seed: number, octave: number, point: number): number {
  let hash = Math.imul(point ^ Math.imul(seed + 1, 0x9e37_79b1), 0x85eb_ca6b) ^ Math.imul(octave + 11, 0xc2b2_ae35)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b_3c6d)
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a_2d39)
  return ((hash ^ (hash >>> 15)) >>> 0) / 0x8000_0000 - 1
}

/** A price as a pure function of time: history and the live market are one path, whoever asks first. */
export function pricePath(seed: number, base: number, timeUs: number): number {
  const seconds = timeUs / 1e6
  let log = 0
  PERIODS.forEach((period, octave) => {
    const at = seconds / period
    const point = Math.floor(at)
    const part = at - point
    const smooth = part * part * (3 - 2 * part)
    const a = lattice(seed, octave, point)
    const b = lattice(seed, octave, point + 1)
    log += (a + (b - a) * smooth) * DAILY_MOVE * Math.sqrt(period / 86_400)
  })
  return base * Math.exp(log)
}

/** Activity of the market at a time, around 1. */
export function activityAt(seed: number, timeUs: number): number {
  const minute = Math.floor(timeUs / 60_000_000)
  return (
    0.4 +
    1.2 * ((lattice(seed, 21, minute) + 1) / 2) ** 2 +
    0.5 * ((lattice(seed, 22, Math.floor(minute / 15)) + 1) / 2)
  )
}
