/**
 * Levels of one side of a delta or snapshot, flat and reusable: price and quantity of level i stand at `prices[i]` and
 * `quantities[i]`. Prices are exact integers in units of 10^-scale, which is what the book is keyed by.
 */
export class BookLevels {
  count = 0
  /** Price in units of 10^-scale, an integer below 2^53. */
  prices = new Float64Array(64)
  /** Absolute quantity; 0 removes the level. */
  quantities = new Float64Array(64)

  clear(): void {
    this.count = 0
  }

  push(priceUnits: number, quantity: number): void {
    if (this.count === this.prices.length) this.grow()
    this.prices[this.count] = priceUnits
    this.quantities[this.count] = quantity
    this.count++
  }

  private grow(): void {
    const prices = new Float64Array(this.prices.length * 2)
    const quantities = new Float64Array(prices.length)
    prices.set(this.prices)
    quantities.set(this.quantities)
    this.prices = prices
    this.quantities = quantities
  }
}

/** A change of a book. Decoders reuse one object: whoever keeps it beyond the call copies it. */
export interface BookDelta {
  /** First and last update id of the change. */
  first: number
  last: number
  /** Last update id of the change before this one, where the venue chains by it; -1 otherwise. */
  previous: number
  /** Digits behind the point of every price in `bids` and `asks`. */
  scale: number
  /** Microseconds since 1970; 0 when the venue sends none. */
  exchangeTimeUs: number
  readonly bids: BookLevels
  readonly asks: BookLevels
}

/** The whole book at one sequence, to its depth limit per side. */
export interface BookSnapshot {
  readonly sequence: number
  readonly scale: number
  readonly exchangeTimeUs: number
  readonly bids: BookLevels
  readonly asks: BookLevels
  /** True when the side had fewer levels than asked for: nothing lies beyond the last one. */
  readonly isBidComplete: boolean
  readonly isAskComplete: boolean
}
