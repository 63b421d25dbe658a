import type { Side } from '../../model/event.ts'
import { normalShare } from '../normal-distribution.ts'

/** A bucket of equal volume that is full. */
export interface VolumeBucket {
  readonly volume: number
  readonly buy: number
  readonly sell: number
  /** Last price minus the last price of the bucket before; of the first one minus its own first price. */
  readonly priceChange: number
  /** Exchange time of its first fill. */
  readonly firstUs: number
}

/** |Vb - Vs| by the takers' own sides, over the volume: 0 to 1; undefined of nothing. */
export function signedImbalance(buckets: readonly VolumeBucket[]): number | undefined {
  let imbalance = 0
  let volume = 0
  for (const bucket of buckets) {
    imbalance += Math.abs(bucket.buy - bucket.sell)
    volume += bucket.volume
  }
  return volume > 0 ? imbalance / volume : undefined
}

/**
 * The same by bulk classification: Φ(ΔP / σ) of a bucket was bought, σ being the population standard deviation of ΔP over these
 * buckets. Undefined where all price changes are equal.
 */
export function bulkImbalance(
  buckets: readonly Pick<VolumeBucket, 'volume' | 'priceChange'>[],
): { readonly sigma: number; readonly vpin: number } | undefined {
  const n = buckets.length
  const mean = buckets.reduce((sum, bucket) => sum + bucket.priceChange, 0) / n
  const sigma = Math.sqrt(buckets.reduce((sum, bucket) => sum + (bucket.priceChange - mean) ** 2, 0) / n)
  if (!(sigma > 0)) return undefined
  let imbalance = 0
  let volume = 0
  for (const bucket of buckets) {
    imbalance += bucket.volume * Math.abs(2 * normalShare(bucket.priceChange / sigma) - 1)
    volume += bucket.volume
  }
  return volume > 0 ? { sigma, vpin: imbalance / volume } : undefined
}

/** What is missing for a bucket to be full, relative to its size, is taken for rounding below this. */
const FULL = 1e-12

/** Fills buckets of equal volume; a trade is split where one ends. */
export class VolumeBuckets {
  private buy = 0
  private sell = 0
  /** Size of the bucket that is being filled: it keeps the one it began with. */
  private volume = 0
  private firstUs = 0
  private firstPrice = 0
  private lastPrice: number | undefined

  /** Calls `full` for each bucket that the trade fills. `size` may change from bucket to bucket. */
  add(
    side: Side,
    base: number,
    price: number,
    timeUs: number,
    size: () => number,
    full: (b: VolumeBucket) => void,
  ): void {
    let rest = base
    while (rest > 0) {
      if (this.buy + this.sell === 0) {
        this.firstUs = timeUs
        this.firstPrice = price
        this.volume = size()
      }
      const { volume } = this
      const room = volume - this.buy - this.sell
      const part = Math.min(rest, room)
      if (side === 'buy') this.buy += part
      else this.sell += part
      rest -= part
      if (room - part > volume * FULL) return
      const { buy, sell, firstUs } = this
      const priceChange = price - (this.lastPrice ?? this.firstPrice)
      this.lastPrice = price
      this.buy = 0
      this.sell = 0
      full({ volume, buy, sell, priceChange, firstUs })
    }
  }
}
