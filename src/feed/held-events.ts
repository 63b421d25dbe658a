import type { TradeEvent } from '../model/event.ts'

/** Events that wait for the ones before them, by id. Live and fetched copies of one event are the same event: the first stays. */
export class HeldEvents {
  /** The highest id that waits or waited; -1 when none did. */
  highest = -1
  private readonly byId = new Map<number, TradeEvent>()
  /** Undefined when it must be looked for. */
  private lowest: number | undefined = Number.POSITIVE_INFINITY

  get size(): number {
    return this.byId.size
  }

  /** The lowest id that waits; infinity when none does. */
  get first(): number {
    this.lowest ??= Math.min(...this.byId.keys())
    return this.lowest
  }

  has(id: number): boolean {
    return this.byId.has(id)
  }

  add(id: number, event: TradeEvent): void {
    this.byId.set(id, event)
    if (this.lowest !== undefined && id < this.lowest) this.lowest = id
    if (id > this.highest) this.highest = id
  }

  get(id: number): TradeEvent | undefined {
    return this.byId.get(id)
  }

  take(id: number): TradeEvent | undefined {
    const event = this.byId.get(id)
    this.byId.delete(id)
    if (id === this.lowest) this.lowest = undefined
    return event
  }
}
