import type { ExternalPoint, PointDetails } from '../../external/point.ts'
import { nameOf } from '../../external/point-in-time.ts'
import type { Block } from './block-chain.ts'

/** What is measured of one block. */
export interface BlockPoint {
  readonly series: string
  readonly key: string | undefined
  readonly value: number
  readonly unit: string
  readonly details: PointDetails
}

/**
 * What was told of each height, so that a reorganisation becomes a revision of the same height and nothing is told twice. The
 * moment of a height is its first block's own time, moved behind the height before where miners' clocks disagree.
 */
export class ToldPoints {
  private readonly confirmations: number
  private readonly heights = new Map<
    number,
    { readonly effectiveTimeUs: number; readonly points: Map<string, ExternalPoint> }
  >()

  /** @param confirmations blocks, its own included, from which on a block's points are final */
  constructor(confirmations: number) {
    this.confirmations = confirmations
  }

  /** The points of a block, new or changed; nothing of what was told in the same words before. */
  tell(block: Block, measured: readonly BlockPoint[], tipNumber: number, nowUs: number): readonly ExternalPoint[] {
    let height = this.heights.get(block.number)
    if (height === undefined) {
      const beforeUs = this.heights.get(block.number - 1)?.effectiveTimeUs ?? 0
      height = { effectiveTimeUs: Math.max(block.timeUs, beforeUs + 1), points: new Map() }
      this.heights.set(block.number, height)
    }
    const isFinal = this.isFinal(block.number, tipNumber)
    const points: ExternalPoint[] = []
    for (const { series, key, value, unit, details: own } of measured) {
      const name = nameOf(series, key)
      const before = height.points.get(name)
      const details = { ...own, blockNumber: block.number, blockHash: block.hash, blockTimeUs: block.timeUs }
      if (before !== undefined && before.value === value && sameDetails(before.details, details)) continue
      const revision = before === undefined ? 0 : before.revision + 1
      const times = { effectiveTimeUs: height.effectiveTimeUs, publishedTimeUs: nowUs }
      const point: ExternalPoint = { series, key, value, unit, ...times, revision, isFinal, details }
      height.points.set(name, point)
      points.push(point)
    }
    return points
  }

  /** Points that have become final by this tip; each is told once more, as such. */
  confirm(tipNumber: number, nowUs: number): readonly ExternalPoint[] {
    const points: ExternalPoint[] = []
    for (const [number, height] of this.heights) {
      if (!this.isFinal(number, tipNumber)) continue
      for (const [name, before] of height.points) {
        if (before.isFinal) continue
        const point = { ...before, revision: before.revision + 1, isFinal: true, publishedTimeUs: nowUs }
        height.points.set(name, point)
        points.push(point)
      }
    }
    return points
  }

  /** Whether anything was told of a height. */
  has(number: number): boolean {
    return this.heights.has(number)
  }

  forgetBelow(number: number): void {
    for (const height of this.heights.keys()) if (height < number) this.heights.delete(height)
  }

  private isFinal(number: number, tipNumber: number): boolean {
    return tipNumber - number + 1 >= this.confirmations
  }
}

function sameDetails(a: PointDetails | undefined, b: PointDetails): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
