/** A running sum that keeps what rounding takes away (Neumaier). */
export class CompensatedSum {
  private total = 0
  private lost = 0

  get value(): number {
    return this.total + this.lost
  }

  add(value: number): void {
    const { total } = this
    const next = total + value
    this.lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total
    this.total = next
  }

  clear(): void {
    this.total = 0
    this.lost = 0
  }
}
