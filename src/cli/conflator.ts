import type { SignalOutput, SignalValue } from '../signal/signal.ts'

/**
 * Of the values of one signal within a slice of receive time only the newest is told, at the end of the slice; events are
 * told at once, behind the values before them. Slices are of receive time, so that a recording gives the same lines again.
 */
export class Conflator {
  private readonly everyUs: number
  private readonly tell: (output: SignalOutput) => void
  private readonly pending = new Map<string, SignalValue>()
  private slice = 0

  /** @param everyMs 0 tells every value */
  constructor(everyMs: number, tell: (output: SignalOutput) => void) {
    this.everyUs = everyMs * 1000
    this.tell = tell
  }

  take(output: SignalOutput): void {
    if (this.everyUs === 0) {
      this.tell(output)
      return
    }
    this.advance(output.receiveTimeUs)
    if (output.kind === 'signalEvent') {
      this.flush()
      this.tell(output)
      return
    }
    const key = keyOf(output)
    // A state that changes is news of its own: it is never hidden behind the next value.
    const before = this.pending.get(key)
    if (before !== undefined && before.state !== output.state) this.tell(before)
    this.pending.delete(key)
    this.pending.set(key, output)
  }

  /** Time has passed, with or without an output. */
  advance(receiveTimeUs: number): void {
    if (this.everyUs === 0) return
    const slice = Math.floor(receiveTimeUs / this.everyUs)
    if (slice <= this.slice) return
    this.slice = slice
    this.flush()
  }

  flush(): void {
    for (const value of this.pending.values()) this.tell(value)
    this.pending.clear()
  }
}

/** One signal with its options on one instrument. */
export function keyOf(value: SignalValue): string {
  return `${value.instrument} ${value.signal} ${JSON.stringify(value.params)}`
}
