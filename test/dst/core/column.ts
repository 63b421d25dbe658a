const CHUNK = 4096
const SHIFT = 12

/**
 * A list of numbers that only grows, as the memory of everything that an exchange ever did: hours of it are kept outside of
 * the engine's own heap, whose collector would walk through them, and without ever being copied to a larger place.
 */
export class Column {
  length = 0
  private readonly chunks: Float64Array[] = []
  private last = new Float64Array(0)

  push(value: number): void {
    const at = this.length & (CHUNK - 1)
    if (at === 0) {
      this.last = new Float64Array(CHUNK)
      this.chunks.push(this.last)
    }
    this.last[at] = value
    this.length++
  }

  /** Undefined outside of the list. */
  at(index: number): number | undefined {
    return index < this.length ? this.chunks[index >> SHIFT]?.[index & (CHUNK - 1)] : undefined
  }

  set(index: number, value: number): void {
    const chunk = this.chunks[index >> SHIFT]
    if (chunk !== undefined && index < this.length) chunk[index & (CHUNK - 1)] = value
  }

  /** Where a value stands last; -1 when nowhere. */
  lastIndexOf(value: number): number {
    for (let index = this.length - 1; index >= 0; index--) if (this.at(index) === value) return index
    return -1
  }
}
