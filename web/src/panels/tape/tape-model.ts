import { TAPE_GAP, TAPE_LIQUIDATION, type TapeData, type TapeRow } from '../../../../src/server/binary-frame.ts'
import type { PanelData } from '../../link/messages.ts'

/** Rows kept, oldest leave first. */
const KEPT = 4096

export type TapeTotals = Pick<TapeData, 'count' | 'buyCount' | 'buyQuote' | 'sellQuote' | 'sinceUs'>

/** The newest prints in typed arrays, and totals that count every print whether it is kept, shown or filtered. */
export class TapeModel {
  totals: TapeTotals | undefined
  /** Rows ever received; the newest stands at `(written - 1) % KEPT`. */
  written = 0
  skipped = 0
  isDirty = true
  private readonly times = new Float64Array(KEPT)
  private readonly prices = new Float64Array(KEPT)
  private readonly quantities = new Float64Array(KEPT)
  private readonly quotes = new Float64Array(KEPT)
  private readonly flags = new Uint8Array(KEPT)
  private minimum = 0
  /** Numbers of the rows that pass the filter, oldest first. */
  private shown: number[] = []
  /** Rows at and after this one are not shown while paused. */
  private pausedAt: number | undefined

  clear(): void {
    this.totals = undefined
    this.written = 0
    this.skipped = 0
    this.shown = []
    this.pausedAt = undefined
    this.isDirty = true
  }

  get isPaused(): boolean {
    return this.pausedAt !== undefined
  }

  /** Prints that came since the pause and pass the filter. */
  get waiting(): number {
    const { pausedAt } = this
    if (pausedAt === undefined) return 0
    let index = this.shown.length
    while (index > 0 && (this.shown[index - 1] ?? 0) >= pausedAt) index--
    return this.shown.length - index
  }

  accept(message: PanelData): void {
    if (message.content.as !== 'tape') return
    const { data } = message.content
    if (message.isSnapshot) {
      this.written = 0
      this.shown = []
      this.pausedAt = undefined
    }
    const { count, buyCount, buyQuote, sellQuote, sinceUs } = data
    this.totals = { count, buyCount, buyQuote, sellQuote, sinceUs }
    this.skipped += data.skipped
    for (const row of data.rows) this.push(row)
    this.expire()
    this.isDirty = true
  }

  filter(minimum: number): void {
    this.minimum = minimum
    this.shown = []
    for (let index = Math.max(0, this.written - KEPT); index < this.written; index++) {
      if (this.passes(index)) this.shown.push(index)
    }
    this.isDirty = true
  }

  pause(isPaused: boolean): void {
    this.pausedAt = isPaused ? this.written : undefined
    this.isDirty = true
  }

  /** Row `offset` from the newest shown one; undefined beyond the oldest. */
  row(offset: number): TapeRow | undefined {
    const index = this.shown[this.shown.length - 1 - this.waiting - offset]
    return index === undefined ? undefined : this.read(index)
  }

  get shownCount(): number {
    return this.shown.length - this.waiting
  }

  private read(index: number): TapeRow {
    const at = index % KEPT
    return {
      timeUs: this.times[at] ?? 0,
      price: this.prices[at] ?? 0,
      quantity: this.quantities[at] ?? 0,
      quote: this.quotes[at] ?? 0,
      flags: this.flags[at] ?? 0,
    }
  }

  private push(row: TapeRow): void {
    const at = this.written % KEPT
    this.times[at] = row.timeUs
    this.prices[at] = row.price
    this.quantities[at] = row.quantity
    this.quotes[at] = row.quote
    this.flags[at] = row.flags
    if (this.passes(this.written)) this.shown.push(this.written)
    this.written++
  }

  /** Gaps and forced orders are always shown. */
  private passes(index: number): boolean {
    const at = index % KEPT
    return (this.quotes[at] ?? 0) >= this.minimum || ((this.flags[at] ?? 0) & (TAPE_GAP | TAPE_LIQUIDATION)) !== 0
  }

  private expire(): void {
    const oldest = this.written - KEPT
    let gone = 0
    while (gone < this.shown.length && (this.shown[gone] ?? 0) < oldest) gone++
    if (gone > 0) this.shown.splice(0, gone)
  }
}
