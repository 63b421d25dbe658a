import { OrderStatistics } from '../order-statistics.ts'

/** Sorts trades by value: 0 below the median of those before, 2 above their 99th percentile, 1 between. */
export class SizeClasses {
  private readonly most: number
  private readonly quotes: Float64Array
  private readonly ordered = new OrderStatistics()
  private next = 0

  constructor(most: number) {
    this.most = most
    this.quotes = new Float64Array(most)
  }

  /** The class of a trade against those before it; the first of all stands in the middle. */
  classify(quote: number): 0 | 1 | 2 {
    const median = this.ordered.quantile(0.5) ?? quote
    const large = this.ordered.quantile(0.99) ?? quote
    if (this.ordered.count === this.most) this.ordered.remove(this.quotes[this.next] ?? 0)
    this.quotes[this.next] = quote
    this.ordered.add(quote)
    this.next = this.next + 1 === this.most ? 0 : this.next + 1
    if (quote > large) return 2
    return quote < median ? 0 : 1
  }

  clear(): void {
    this.ordered.clear()
    this.next = 0
  }
}
