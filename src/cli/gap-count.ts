import type { MarketEvent } from '../model/event.ts'

/**
 * What `--strict` judges: gaps that nothing made good. A missing trade stays missing until it is healed from REST; a book
 * is whole again with its resync.
 */
export class GapCount {
  private readonly open = new Map<string, number>()

  get unhealed(): number {
    return [...this.open.values()].reduce((sum, count) => sum + count, 0)
  }

  see(event: MarketEvent): void {
    if (event.kind === 'resync') this.open.delete(`${event.instrument}|${event.channel}`)
    if (event.kind !== 'gap' || event.healed) return
    const key = `${event.instrument}|${event.channel}`
    this.open.set(key, (this.open.get(key) ?? 0) + 1)
  }
}
