import type { Bar } from '../../../../src/server/protocol.ts'

/** Index of the bar that contains this time; undefined before the first one. */
export function barAt(bars: readonly Bar[], seconds: number): number | undefined {
  let low = 0
  let high = bars.length - 1
  if (high < 0 || seconds < (bars[0]?.[0] ?? 0)) return undefined
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((bars[middle]?.[0] ?? 0) <= seconds) low = middle
    else high = middle - 1
  }
  return low
}
