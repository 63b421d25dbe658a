import type { AccountDataEvent } from '../model/account-event.ts'
import type { Instrument, InstrumentId } from '../model/instrument.ts'
import type { DurationMs } from '../model/time.ts'
import type { TimedOrder } from '../venue/account-adapter.ts'
import { addDecimals, compareDecimals, sameDecimal } from './decimal.ts'
import { positionKey } from './holdings.ts'
import type { Ledger } from './ledger.ts'
import type { StateView } from './rest-view.ts'

/** What moved points at fills for so long: REST may tell of one later than of the other. */
const POINTS_FOR_MS: DurationMs = 120_000

/** Remembers what moved, because whatever moved may have been traded. */
export class Traces {
  private readonly assets = new Map<string, number>()
  private readonly instruments = new Map<InstrumentId, number>()

  note(event: AccountDataEvent, nowMs: number): void {
    if (event.kind === 'balance') this.assets.set(event.asset, nowMs)
    else if (event.kind === 'order' || event.kind === 'fill' || event.kind === 'position')
      this.instruments.set(event.instrument, nowMs)
  }

  /** A fill of it was announced, or is missed. */
  point(instrument: InstrumentId, nowMs: number): void {
    this.instruments.set(instrument, nowMs)
  }

  /** Forgets what moved longer ago than the comparison that ended now began, and a while. */
  forget(beganMs: number): void {
    for (const traces of [this.assets, this.instruments])
      for (const [key, atMs] of traces) if (atMs < beganMs - POINTS_FOR_MS) traces.delete(key)
  }

  get movedAssets(): ReadonlySet<string> {
    return new Set(this.assets.keys())
  }

  get movedInstruments(): readonly InstrumentId[] {
    return [...this.instruments.keys()]
  }
}

export interface CandidateInput {
  readonly ledger: Ledger
  readonly traces: Traces
  /** What the user named. */
  readonly named: readonly InstrumentId[]
  readonly listed: readonly TimedOrder[]
  readonly ended: readonly TimedOrder[]
  readonly states: readonly StateView[]
  readonly traded: readonly InstrumentId[]
  /** To find the pairs of assets that moved; undefined where the venue tells what traded. */
  readonly table: ReadonlyMap<InstrumentId, Instrument> | undefined
  /** After a time in which nothing was heard everything that was ever traded is asked for. */
  readonly isThorough: boolean
}

/** The instruments of which fills may be missing. Pure. */
export function fillCandidates(input: CandidateInput): readonly InstrumentId[] {
  const { ledger, traces, named, listed, ended, states, traded, table, isThorough } = input
  const found = new Set<InstrumentId>([...named, ...traded, ...traces.movedInstruments])
  for (const { event } of ledger.orders.lacking()) found.add(event.instrument)
  for (const { order } of [...listed, ...ended])
    if (isThorough || isMoreFilled(ledger, order)) found.add(order.instrument)
  for (const instrument of movedPositions(ledger, states)) found.add(instrument)
  if (isThorough) for (const instrument of ledger.fills.instruments) found.add(instrument)
  if (table === undefined) return [...found]
  const assets = new Set([...traces.movedAssets, ...movedAssets(ledger, states)])
  for (const { id, base, quote } of table.values()) if (assets.has(base) && assets.has(quote)) found.add(id)
  return [...found]
}

function isMoreFilled(ledger: Ledger, order: TimedOrder['order']): boolean {
  const known = ledger.orders.find(order.instrument, order.orderId)
  if (known === undefined) return true
  return compareDecimals(addDecimals(known.filledSeen, known.filledBefore), order.filledQuantity) < 0
}

function movedPositions(ledger: Ledger, states: readonly StateView[]): readonly InstrumentId[] {
  const moved: InstrumentId[] = []
  const listed = new Set<string>()
  for (const { updates } of states)
    for (const { event } of updates) {
      if (event.kind !== 'position') continue
      const key = positionKey(event)
      listed.add(key)
      const known = ledger.positions.get(key)?.event
      if (!sameDecimal(known?.quantity ?? '0', event.quantity)) moved.push(event.instrument)
    }
  if (!states.some(({ complete }) => complete.includes('positions'))) return moved
  for (const [key, { event }] of ledger.positions.entries())
    if (!listed.has(key) && !sameDecimal(event.quantity, '0')) moved.push(event.instrument)
  return moved
}

function movedAssets(ledger: Ledger, states: readonly StateView[]): readonly string[] {
  const moved: string[] = []
  const listed = new Set<string>()
  for (const { updates } of states)
    for (const { event } of updates) {
      if (event.kind !== 'balance') continue
      listed.add(event.asset)
      const known = ledger.balances.get(event.asset)?.event
      const isSame = sameDecimal(known?.free ?? '0', event.free) && sameDecimal(known?.locked ?? '0', event.locked)
      if (!isSame) moved.push(event.asset)
    }
  if (!states.some(({ complete }) => complete.includes('balances'))) return moved
  for (const [asset, { event }] of ledger.balances.entries())
    if (!listed.has(asset) && !(sameDecimal(event.free, '0') && sameDecimal(event.locked, '0'))) moved.push(asset)
  return moved
}
