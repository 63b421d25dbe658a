import { OrderStatistics } from '../order-statistics.ts'

/** What makes the median distance of a normal distribution its standard deviation, and the same of the mean distance. */
const OF_MEDIAN_DISTANCE = 1.4826
const OF_MEAN_DISTANCE = 1.253314

export interface PrintJudgement {
  /** In quote currency. */
  readonly median: number
  /** Of logarithms. */
  readonly mad: number
  readonly scale: number
  /** Absent when all prints before were of one size. */
  readonly z: number | undefined
  /** Share of the prints before that were smaller, equal ones by half. */
  readonly percentile: number
}

/** Sizes of the prints before, as logarithms of their value. */
export class PrintBaseline {
  private readonly most: number
  private readonly sizes: Float64Array
  private readonly ordered = new OrderStatistics()
  private next = 0

  constructor(most: number) {
    this.most = most
    this.sizes = new Float64Array(most)
  }

  get count(): number {
    return this.ordered.count
  }

  add(quote: number): void {
    const size = Math.log(quote)
    if (this.ordered.count === this.most) this.ordered.remove(this.sizes[this.next] ?? 0)
    this.sizes[this.next] = size
    this.ordered.add(size)
    this.next = this.next + 1 === this.most ? 0 : this.next + 1
  }

  clear(): void {
    this.ordered.clear()
    this.next = 0
  }

  /** z = (ln N - median) / (1.4826 × MAD); with the mean distance where the median one is 0; undefined of nothing. */
  judge(quote: number): PrintJudgement | undefined {
    const { ordered } = this
    const median = ordered.median()
    if (median === undefined) return undefined
    const size = Math.log(quote)
    const mad = ordered.medianDistance(median)
    const scale = mad > 0 ? OF_MEDIAN_DISTANCE * mad : OF_MEAN_DISTANCE * ordered.meanDistance(median)
    const z = scale > 0 ? (size - median) / scale : undefined
    return { median: Math.exp(median), mad, scale, z, percentile: ordered.rank(size) ?? 0 }
  }
}
