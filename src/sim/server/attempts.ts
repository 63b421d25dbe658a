import { WindowCounter } from './window-counter.ts'

const windowMs = 300_000

/** Upgrade attempts per address, as the venue counts them. */
export class Attempts {
  private readonly limit: number
  private readonly byAddress = new Map<string, WindowCounter>()

  constructor(limit: number) {
    this.limit = limit
  }

  /** Counts an attempt; false when it is one too many. */
  admit(address: string, nowMs: number): boolean {
    let counter = this.byAddress.get(address)
    if (counter === undefined) {
      if (this.byAddress.size >= 10_000) this.byAddress.clear()
      counter = new WindowCounter(windowMs)
      this.byAddress.set(address, counter)
    }
    return counter.add(nowMs) <= this.limit
  }
}
