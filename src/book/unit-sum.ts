import { POWERS_OF_TEN } from '../model/number.ts'

const MOST_DECIMALS = 15

/** Adds decimal quantities without the drift of binary fractions: as integers in the finest unit that occurred. */
export class UnitSum {
  private units = 0
  private decimals = 0
  /** Set when integers no longer hold the sum exactly; from then on it is an ordinary float64 sum. */
  private rough: number | undefined

  add(quantity: number): void {
    if (this.rough !== undefined) {
      this.rough += quantity
      return
    }
    while (this.decimals < MOST_DECIMALS && !isWhole(quantity, this.decimals)) {
      this.decimals++
      this.units *= 10
    }
    const sum = this.units + Math.round(quantity * (POWERS_OF_TEN[this.decimals] ?? 1))
    if (sum <= Number.MAX_SAFE_INTEGER) this.units = sum
    else this.rough = this.value + quantity
  }

  get value(): number {
    return this.rough ?? this.units / (POWERS_OF_TEN[this.decimals] ?? 1)
  }
}

function isWhole(quantity: number, decimals: number): boolean {
  const factor = POWERS_OF_TEN[decimals] ?? 1
  return Math.round(quantity * factor) / factor === quantity
}
