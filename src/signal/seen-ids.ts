/** Most runs of ids, and most ids that are no numbers, that are remembered. */
const MOST = 4096

/**
 * Remembers which ids came before. Ids that follow one another cost one run, however many they are; of others the newest are
 * remembered.
 */
export class SeenIds {
  private readonly first: number[] = []
  private readonly last: number[] = []
  private readonly texts = new Set<string>()

  /** True the first time. */
  add(id: string): boolean {
    const number = Number(id)
    return Number.isSafeInteger(number) ? this.addNumber(number) : this.addText(id)
  }

  private addNumber(id: number): boolean {
    const { first, last } = this
    const newest = last.length - 1
    const end = last[newest] ?? Number.NEGATIVE_INFINITY
    if (id === end + 1) {
      last[newest] = id
      return true
    }
    if (id > end) {
      this.insert(newest + 1, id)
      return true
    }
    let run = newest
    while (run >= 0 && id < (first[run] ?? 0)) run--
    if (run >= 0 && id <= (last[run] ?? 0)) return false
    this.join(run, id)
    return true
  }

  /** Between run `before` and the next one. */
  private join(before: number, id: number): void {
    const { first, last } = this
    const touchesBefore = before >= 0 && last[before] === id - 1
    const touchesAfter = first[before + 1] === id + 1
    if (touchesBefore && touchesAfter) {
      last[before] = last[before + 1] ?? id
      first.splice(before + 1, 1)
      last.splice(before + 1, 1)
    } else if (touchesBefore) last[before] = id
    else if (touchesAfter) first[before + 1] = id
    else this.insert(before + 1, id)
  }

  private insert(at: number, id: number): void {
    this.first.splice(at, 0, id)
    this.last.splice(at, 0, id)
    if (this.first.length <= 2 * MOST) return
    this.first.splice(0, MOST)
    this.last.splice(0, MOST)
  }

  private addText(id: string): boolean {
    if (this.texts.has(id)) return false
    this.texts.add(id)
    if (this.texts.size > MOST) {
      for (const oldest of this.texts) {
        this.texts.delete(oldest)
        break
      }
    }
    return true
  }
}
