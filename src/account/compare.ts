import type { AccountDataEvent, AccountGapEvent } from '../model/account-event.ts'
import { venueOf } from '../model/instrument.ts'
import { type EpochUs, epochUs } from '../model/time.ts'
import { isZeroDecimal } from './decimal.ts'
import { isEmptyBalance, isSameHolding, positionKey } from './holdings.ts'
import type { Ledger, ToldUpdate } from './ledger.ts'
import { compareIds } from './order-ledger.ts'
import type { RestView, StateView, VanishedOrder } from './rest-view.ts'

/** What a comparison found. */
export interface Comparison {
  /** Differences in the order in which they happened, then what is gone for ever. */
  readonly events: readonly (AccountDataEvent | AccountGapEvent)[]
  /** Things about which stream and REST disagree so shortly after a change that REST may just lag: ask again. */
  readonly disputed: readonly string[]
}

export interface CompareOptions {
  readonly receiveTimeUs: EpochUs
  /** The very first look at the account. */
  readonly isFirstLook: boolean
}

/** What changed this shortly before REST was asked may not have reached REST. */
const DISPUTED_US = 10_000_000

/**
 * Applies what REST says to the ledger: fills once each, everything else where REST is newer than what is known. Pure: the
 * same view a second time changes nothing and gives no events.
 */
export function applyView(ledger: Ledger, view: RestView, options: CompareOptions): Comparison {
  const { receiveTimeUs } = options
  const disputed: string[] = []
  const gaps: AccountGapEvent[] = []
  const lost: AccountDataEvent[] = []
  for (const vanished of view.vanished) {
    const verdict = judgeVanished(ledger, vanished, view.askedUs)
    if (verdict === 'disputed') disputed.push(`order ${vanished.order.orderId} of ${vanished.order.instrument}`)
    if (verdict !== 'lost') continue
    const { instrument, orderId } = vanished.order
    lost.push(...ledger.lostOrder(instrument, orderId, receiveTimeUs))
    gaps.push(
      gapOf(ledger, receiveTimeUs, 'orders', { instrument, reason: `order ${orderId} is unknown to the venue` }),
    )
  }
  for (const { instrument, lostFromUs: fromUs, lostToUs: toUs } of view.fills) {
    if (fromUs === undefined || toUs === undefined || ledger.fills.mark(instrument).sinceUs >= toUs) continue
    const reason = 'fills of this time are no longer kept by the venue'
    gaps.push(gapOf(ledger, receiveTimeUs, 'fills', { instrument, fromUs, toUs, reason }))
  }
  const context = { origin: 'reconcile', isFirstLook: options.isFirstLook } as const
  const told = inOrder(view).flatMap(update => {
    const timed = withTime(ledger, update, view.askedUs)
    if (timed === undefined) disputed.push(nameOf(update))
    return timed === undefined ? [] : ledger.tell(timed, context)
  })
  const zeroed = view.states.flatMap(state => clearAbsent(ledger, state, view.askedUs, receiveTimeUs, disputed))
  for (const { instrument, fills, untilUs } of view.fills) {
    const lastId = fills.reduce<string | undefined>((best, { tradeId }) => {
      return best === undefined || compareIds(tradeId, best) > 0 ? tradeId : best
    }, undefined)
    ledger.fills.verified(instrument, lastId, untilUs)
  }
  return { events: [...told, ...zeroed, ...lost, ...gaps], disputed }
}

/** By time, then by id; of one moment the fill comes before what became of its order. */
function inOrder(view: RestView): readonly ToldUpdate[] {
  const fills = view.fills.flatMap(({ fills: list }) =>
    list.map(event => ({ kind: 'told', event, timeUs: event.exchangeTimeUs ?? event.receiveTimeUs }) as const),
  )
  const found = view.vanished.map(({ found: order }) => order).filter(order => order !== undefined)
  const orders = [...view.openOrders, ...found].map(
    ({ order, timeUs }) => ({ kind: 'told', event: order, timeUs }) as const,
  )
  const states = view.states.flatMap(({ updates }) => updates)
  return [...[...fills, ...orders].sort(byTime), ...states]
}

function byTime(a: ToldUpdate, b: ToldUpdate): number {
  if (a.timeUs !== b.timeUs) return a.timeUs - b.timeUs
  if (a.event.kind === 'fill' && b.event.kind === 'fill') return compareIds(a.event.tradeId, b.event.tradeId)
  if (a.event.kind === b.event.kind) return 0
  return a.event.kind === 'fill' ? -1 : 1
}

/**
 * A total without a time is true for the moment at which it was asked for, less what REST may lag behind: it counts against
 * what is known for longer than that. Undefined while it is too soon to tell.
 */
function withTime(ledger: Ledger, update: ToldUpdate, askedUs: EpochUs): ToldUpdate | undefined {
  const { event, timeUs } = update
  if (event.kind !== 'balance' && event.kind !== 'position') return update
  if (event.exchangeTimeUs !== undefined || timeUs === 0) return update
  const known = event.kind === 'balance' ? ledger.balances.get(event.asset) : ledger.positions.get(positionKey(event))
  const trueForUs = epochUs(askedUs - DISPUTED_US)
  if (known === undefined || known.timeUs <= trueForUs) return { ...update, timeUs: trueForUs }
  return isSameHolding(event, known.event) ? { ...update, timeUs: known.timeUs } : undefined
}

function nameOf({ event }: ToldUpdate): string {
  return event.kind === 'balance' ? `balance of ${event.asset}` : event.kind
}

function judgeVanished(
  ledger: Ledger,
  { order, found }: VanishedOrder,
  askedUs: EpochUs,
): 'known' | 'disputed' | 'lost' {
  if (found !== undefined) return 'known'
  const known = ledger.orders.find(order.instrument, order.orderId)
  if (known === undefined || known.event.status !== order.status) return 'known'
  return known.timeUs > askedUs - DISPUTED_US ? 'disputed' : 'lost'
}

/** Where an answer is complete, what it does not list is nothing. */
function clearAbsent(
  ledger: Ledger,
  { complete, venue, updates }: StateView,
  askedUs: EpochUs,
  receiveTimeUs: EpochUs,
  disputed: string[],
): readonly AccountDataEvent[] {
  const events: AccountDataEvent[] = []
  const isRecent = (timeUs: EpochUs): boolean => timeUs > askedUs - DISPUTED_US
  if (complete.includes('balances')) {
    const listed = new Set(updates.map(({ event }) => (event.kind === 'balance' ? event.asset : '')))
    for (const [asset, { event, timeUs }] of ledger.balances.entries()) {
      if (listed.has(asset) || isEmptyBalance(event)) continue
      if (isRecent(timeUs)) disputed.push(`balance of ${asset}`)
      else events.push(...ledger.clearBalance(asset, receiveTimeUs))
    }
  }
  if (complete.includes('positions')) {
    const listed = new Set(updates.map(({ event }) => (event.kind === 'position' ? positionKey(event) : '')))
    for (const [key, { event, timeUs }] of ledger.positions.entries()) {
      if (listed.has(key) || isZeroDecimal(event.quantity)) continue
      if (venue !== undefined && venueOf(event.instrument) !== venue) continue
      if (isRecent(timeUs)) disputed.push(`position ${key}`)
      else events.push(...ledger.clearPosition(key, receiveTimeUs))
    }
  }
  return events
}

export function gapOf(
  ledger: Ledger,
  receiveTimeUs: EpochUs,
  what: AccountGapEvent['what'],
  detail: Pick<AccountGapEvent, 'instrument' | 'fromUs' | 'toUs' | 'reason'>,
): AccountGapEvent {
  return { kind: 'accountGap', account: ledger.account, origin: 'reconcile', receiveTimeUs, what, ...detail }
}
