import type { InstrumentId } from '../../model/instrument.ts'
import type { DurationMs } from '../../model/time.ts'

/** Older quotes are no basis for a comparison of two venues. */
export const MOST_AGE_MS = 500

/** One market as the table reads it. */
export interface SpreadLeg {
  readonly instrument: InstrumentId
  readonly bestBid: number | undefined
  readonly bestAsk: number | undefined
  readonly isSynced: boolean
  readonly ageMs: DurationMs
  /** How far the venue's clock is from ours; undefined while it was not measured. */
  readonly clockOffsetMs: number | undefined
  /** Taker fee, a fraction. */
  readonly fee: number
  /** What one unit of its quote currency is worth in the common one; undefined while it is not known. */
  readonly quoteFx: number | undefined
}

export interface SpreadRow {
  readonly buy: InstrumentId
  readonly sell: InstrumentId
  /** What selling at the one's bid brings above buying at the other's ask, basis points of the mean mid, before fees. */
  readonly spreadBps: number | undefined
  /** Both taker fees, basis points. */
  readonly feeSumBps: number
  readonly buyAgeMs: DurationMs
  readonly sellAgeMs: DurationMs
  readonly isLive: boolean
  /** Why it is not live. */
  readonly reasons: readonly string[]
}

/** Every ordered pair of different markets. A row that is not live keeps its figures and says what is wrong with it. */
export function spreadTable(legs: readonly SpreadLeg[], mostAgeMs: DurationMs = MOST_AGE_MS): readonly SpreadRow[] {
  const rows: SpreadRow[] = []
  for (const sell of legs) {
    for (const buy of legs) {
      if (buy.instrument !== sell.instrument) rows.push(rowOf(buy, sell, mostAgeMs))
    }
  }
  return rows
}

function rowOf(buy: SpreadLeg, sell: SpreadLeg, mostAgeMs: DurationMs): SpreadRow {
  const reasons = [...faultsOf(buy, mostAgeMs), ...faultsOf(sell, mostAgeMs)]
  return {
    buy: buy.instrument,
    sell: sell.instrument,
    spreadBps: pairBps(buy, sell),
    feeSumBps: (buy.fee + sell.fee) * 10_000,
    buyAgeMs: buy.ageMs,
    sellAgeMs: sell.ageMs,
    isLive: reasons.length === 0,
    reasons,
  }
}

function pairBps(buy: SpreadLeg, sell: SpreadLeg): number | undefined {
  const buyMid = commonMid(buy)
  const sellMid = commonMid(sell)
  if (buyMid === undefined || sellMid === undefined) return undefined
  const bid = (sell.bestBid ?? 0) * (sell.quoteFx ?? 0)
  const ask = (buy.bestAsk ?? 0) * (buy.quoteFx ?? 0)
  return ((bid - ask) / ((buyMid + sellMid) / 2)) * 10_000
}

function commonMid({ bestBid, bestAsk, quoteFx }: SpreadLeg): number | undefined {
  if (bestBid === undefined || bestAsk === undefined || quoteFx === undefined) return undefined
  if (!(bestBid > 0 && bestAsk >= bestBid && quoteFx > 0)) return undefined
  return ((bestBid + bestAsk) / 2) * quoteFx
}

function faultsOf(leg: SpreadLeg, mostAgeMs: DurationMs): readonly string[] {
  const { instrument } = leg
  const faults: string[] = []
  if (!leg.isSynced) faults.push(`${instrument}: the book is not synced`)
  if (leg.bestBid === undefined || leg.bestAsk === undefined) faults.push(`${instrument}: a side is empty`)
  else if (leg.bestBid > leg.bestAsk) faults.push(`${instrument}: the book is crossed`)
  if (leg.ageMs > mostAgeMs) faults.push(`${instrument}: ${leg.ageMs} ms old, at most ${mostAgeMs} ms are live`)
  if (leg.clockOffsetMs === undefined) faults.push(`${instrument}: the clock offset is not known`)
  if (leg.quoteFx === undefined) faults.push(`${instrument}: the value of its quote currency is not known`)
  return faults
}
