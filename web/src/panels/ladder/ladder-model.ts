import type { LadderData, LadderLevel } from '../../../../src/server/binary-frame.ts'
import type { PanelData } from '../../link/messages.ts'

const CHANGE_SHOWN_MS = 500

export interface LadderRow {
  /** Price in steps: rows are compared as integers. */
  readonly index: number
  readonly price: number
  readonly side: 'bid' | 'ask'
  readonly quantity: number
  /** Resting from the touch to this row. */
  readonly cumulative: number
  readonly bought: number
  readonly sold: number
}

/** The book as rows of a fixed price, and which of them changed a moment ago. */
export class LadderModel {
  data: LadderData | undefined
  rows: ReadonlyMap<number, LadderRow> = new Map()
  /** Changes of the last half second: +1 added, -1 removed. */
  readonly changes = new Map<number, { readonly direction: 1 | -1; readonly atMs: number }>()
  isDirty = true

  clear(): void {
    this.data = undefined
    this.rows = new Map()
    this.changes.clear()
    this.isDirty = true
  }

  accept(message: PanelData): void {
    if (message.content.as !== 'ladder') return
    const { data } = message.content
    const isSameGrid = this.data?.step === data.step
    const before = this.rows
    this.data = data
    this.rows = new Map([...rowsOf(data.bids, 'bid', data.step), ...rowsOf(data.asks, 'ask', data.step)])
    if (isSameGrid) this.compare(before)
    else this.changes.clear()
    this.isDirty = true
  }

  get bidIndex(): number | undefined {
    const bid = this.data?.bids[0]
    return bid === undefined || this.data === undefined ? undefined : Math.round(bid.price / this.data.step)
  }

  get askIndex(): number | undefined {
    const ask = this.data?.asks[0]
    return ask === undefined || this.data === undefined ? undefined : Math.round(ask.price / this.data.step)
  }

  /** Change of a row while it is still fresh. */
  changeOf(index: number, nowMs: number): { readonly direction: 1 | -1; readonly share: number } | undefined {
    const change = this.changes.get(index)
    if (change === undefined) return undefined
    const share = 1 - (nowMs - change.atMs) / CHANGE_SHOWN_MS
    return share <= 0 ? undefined : { direction: change.direction, share }
  }

  private compare(before: ReadonlyMap<number, LadderRow>): void {
    const atMs = performance.now()
    for (const [index, change] of this.changes) if (atMs - change.atMs > CHANGE_SHOWN_MS) this.changes.delete(index)
    for (const [index, row] of this.rows) {
      const old = before.get(index)
      const oldQuantity = old?.side === row.side ? old.quantity : 0
      if (row.quantity !== oldQuantity)
        this.changes.set(index, { direction: row.quantity > oldQuantity ? 1 : -1, atMs })
    }
  }
}

function rowsOf(
  levels: readonly LadderLevel[],
  side: 'bid' | 'ask',
  step: number,
): readonly (readonly [number, LadderRow])[] {
  let cumulative = 0
  return levels.map(({ price, quantity, bought, sold }) => {
    cumulative += quantity
    const index = Math.round(price / step)
    return [index, { index, price, side, quantity, cumulative, bought, sold }] as const
  })
}
