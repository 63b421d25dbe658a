import type { StreamTruth } from '../exchange/stream-truth.ts'
import type { StreamLedger } from './signal-ledger.ts'

/** What takers did in a window, added up by hand from what the exchange knows. Quantities in thousandths, exactly. */
export interface TradedSums {
  readonly bought: number
  readonly sold: number
  readonly buys: number
  readonly sells: number
}

/** A window of one trade stream, as far as its trades have been delivered. */
export interface TradedWindow extends TradedSums {
  /** Ids inside that were declared missing. */
  readonly declared: number
  /** The oldest id inside that was emitted, and neither delivered nor declared; -1 for none. */
  readonly pending: number
  /** Ids inside that were emitted before the signals began. */
  readonly before: number
}

/** Recomputes from the exchange's own list of trades what signals should say of them. Knows nothing of how signals are made. */
export class TradeOracle {
  readonly truth: StreamTruth
  readonly ledger: StreamLedger
  /** Sums of everything before each trade. */
  private readonly bought = [0]
  private readonly sold = [0]
  private readonly buys = [0]

  constructor(truth: StreamTruth, ledger: StreamLedger) {
    this.truth = truth
    this.ledger = ledger
  }

  /** Trades whose exchange time lies in `[fromMs, untilMs)`. */
  window(fromMs: number, untilMs: number): TradedWindow {
    const { truth, ledger } = this
    const begin = this.indexAt(fromMs)
    const end = this.indexAt(untilMs)
    const first = Math.max(begin, ledger.first < 0 ? end : truth.indexOf(ledger.first))
    const next = ledger.next < 0 ? begin : Math.max(begin, Math.min(end, truth.indexOf(ledger.next)))
    let sums = this.sums(Math.min(first, next), next)
    let declared = 0
    for (let at = ledger.declared.length - 1; at >= 0; at--) {
      const range = ledger.declared[at]
      if (range === undefined || truth.indexOf(range.to) < begin) break
      const from = Math.max(begin, truth.indexOf(range.from))
      const to = Math.min(end, truth.indexOf(range.to) + 1)
      if (from >= to) continue
      declared += to - from
      sums = less(sums, this.sums(from, to))
    }
    const pending = next < end ? (truth.keys.at(next) ?? -1) : -1
    return { ...sums, declared, pending, before: Math.max(0, Math.min(end, first) - begin) }
  }

  /** Trades from the first delivered one up to the newest. */
  sinceFirst(): TradedWindow {
    const { truth, ledger } = this
    const from = truth.times.at(truth.indexOf(ledger.first)) ?? 0
    const to = truth.times.at(truth.indexOf(ledger.next - 1)) ?? 0
    return this.window(from, to + 1)
  }

  /** Delivered trades of `[fromMs, untilMs)`, oldest first, as indices of the truth. */
  delivered(fromMs: number, untilMs: number): number[] {
    const { truth, ledger } = this
    const found: number[] = []
    const until = Math.min(this.indexAt(untilMs), truth.indexOf(ledger.next))
    for (let index = this.indexAt(fromMs); index < until; index++) if (this.isDelivered(index)) found.push(index)
    return found
  }

  /** The newest delivered trade before a time; -1 for none. */
  lastBefore(untilMs: number): number {
    let index = Math.min(this.indexAt(untilMs), this.truth.indexOf(this.ledger.next)) - 1
    while (index >= 0 && !this.isDelivered(index)) index--
    return index
  }

  /** True when something was declared missing between the trades around `[fromMs, untilMs)`. */
  touchesGap(fromMs: number, untilMs: number): boolean {
    const { truth, ledger } = this
    return (
      ledger.hasReset ||
      ledger.declared.some(({ from, to }) => {
        const before = truth.times.at(truth.indexOf(from) - 1) ?? 0
        const after = truth.times.at(truth.indexOf(to) + 1) ?? Number.POSITIVE_INFINITY
        return before < untilMs && after >= fromMs
      })
    )
  }

  private isDelivered(index: number): boolean {
    const { truth, ledger } = this
    const id = truth.keys.at(index) ?? -1
    if (id < ledger.first || id >= ledger.next) return false
    return !ledger.declared.some(({ from, to }) => id >= from && id <= to)
  }

  /** The first trade at or after a time; searched from the newest backwards, because windows end there. */
  private indexAt(timeMs: number): number {
    const { times, size } = this.truth
    let step = 1
    while (step < size && (times.at(size - step) ?? 0) >= timeMs) step *= 2
    let low = Math.max(0, size - step)
    let high = Math.max(0, size - (step >> 1))
    while (low < high) {
      const middle = (low + high) >> 1
      if ((times.at(middle) ?? 0) < timeMs) low = middle + 1
      else high = middle
    }
    return low
  }

  private sums(from: number, to: number): TradedSums {
    this.extend(to)
    const between = (list: readonly number[]): number => (list[to] ?? 0) - (list[from] ?? 0)
    const buys = between(this.buys)
    return { bought: between(this.bought), sold: between(this.sold), buys, sells: to - from - buys }
  }

  private extend(size: number): void {
    const { truth, bought, sold, buys } = this
    for (let index = bought.length - 1; index < size; index++) {
      const quantity = truth.quantities.at(index) ?? 0
      const isSold = truth.sold[index] === true
      bought.push((bought[index] ?? 0) + (isSold ? 0 : quantity))
      sold.push((sold[index] ?? 0) + (isSold ? quantity : 0))
      buys.push((buys[index] ?? 0) + (isSold ? 0 : 1))
    }
  }
}

function less(a: TradedSums, b: TradedSums): TradedSums {
  return { bought: a.bought - b.bought, sold: a.sold - b.sold, buys: a.buys - b.buys, sells: a.sells - b.sells }
}
