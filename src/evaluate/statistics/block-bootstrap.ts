import { seededRandom } from '../../net/random.ts'
import { quantile } from './moments.ts'

/** With fewer blocks an interval would only pretend to be one. */
export const LEAST_BLOCKS = 10

export interface Timed {
  readonly timeUs: number
  readonly value: number
}

export interface BootstrapOptions {
  /** At least the horizon: what overlaps in time stays together. */
  readonly blockUs: number
  readonly seed: number
  /** @default 2000 */
  readonly draws?: number
  /** @default 0.95 */
  readonly confidence?: number
}

export interface Interval {
  readonly low: number
  readonly high: number
  readonly blocks: number
}

/**
 * Interval of a mean when neighbours in time depend on one another: time is cut into blocks, blocks are drawn with
 * replacement, and the mean of all values in them is taken. Absent with fewer than ten blocks that hold something.
 */
export function blockBootstrap(values: readonly Timed[], options: BootstrapOptions): Interval | undefined {
  const blocks = blocksOf(values, options.blockUs)
  if (blocks.length < LEAST_BLOCKS) return undefined
  const { seed, draws = 2000, confidence = 0.95 } = options
  const random = seededRandom(seed)
  const means: number[] = []
  for (let draw = 0; draw < draws; draw++) {
    let sum = 0
    let count = 0
    for (let at = 0; at < blocks.length; at++) {
      const block = blocks[Math.floor(random() * blocks.length)]
      sum += block?.sum ?? 0
      count += block?.count ?? 0
    }
    means.push(sum / count)
  }
  const low = quantile(means, (1 - confidence) / 2)
  const high = quantile(means, (1 + confidence) / 2)
  return low === undefined || high === undefined ? undefined : { low, high, blocks: blocks.length }
}

interface Block {
  sum: number
  count: number
}

/** Aligned to the epoch, so that an interval does not hang on where a recording begins; in the order of time. */
function blocksOf(values: readonly Timed[], blockUs: number): readonly Block[] {
  const found = new Map<number, Block>()
  for (const { timeUs, value } of [...values].sort((a, b) => a.timeUs - b.timeUs)) {
    const key = Math.floor(timeUs / blockUs)
    const block = found.get(key) ?? { sum: 0, count: 0 }
    found.set(key, block)
    block.sum += value
    block.count++
  }
  return [...found.values()]
}
