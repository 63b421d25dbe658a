import type { DecimalText, OrderEvent, OrderStatus } from '../../../model/account-event.ts'
import { exactOf } from './exact-decimal.ts'

/** Statuses of spot, margin, futures and options. The set is open: what is not here is `unknown`. */
const STATUSES: ReadonlyMap<string, OrderStatus> = new Map([
  ['PENDING_NEW', 'pending'],
  ['NEW', 'new'],
  ['ACCEPTED', 'new'],
  ['NEW_INSURANCE', 'new'],
  ['NEW_ADL', 'new'],
  ['PARTIALLY_FILLED', 'partiallyFilled'],
  ['FILLED', 'filled'],
  ['CANCELED', 'canceled'],
  ['CANCELLED', 'canceled'],
  ['REJECTED', 'rejected'],
  ['EXPIRED', 'expired'],
  ['EXPIRED_IN_MATCH', 'expired'],
])

/** Orders of futures that wait for a price: their type changes when they are triggered. */
const CONDITIONAL_TYPES = new Set(['STOP', 'STOP_MARKET', 'TAKE_PROFIT', 'TAKE_PROFIT_MARKET', 'TRAILING_STOP_MARKET'])

/** On spot an order that is NEW and not on the book waits for its trigger or for another order. */
export function spotStatus(native: string, isWorking: boolean | undefined): OrderStatus {
  const status = STATUSES.get(native) ?? 'unknown'
  return status === 'new' && isWorking === false ? 'pending' : status
}

export function futuresStatus(native: string, type: string): OrderStatus {
  const status = STATUSES.get(native) ?? 'unknown'
  return status === 'new' && CONDITIONAL_TYPES.has(type) ? 'pending' : status
}

/**
 * Conditional orders of the algo service and of portfolio margin. TRIGGERING is still waiting: the placement may fail.
 * FINISHED says that the order it became has ended, not how: `executed` tells, and while that is unknown it stays `triggered`.
 */
export function conditionalStatus(
  native: string,
  quantity: DecimalText,
  executed: DecimalText | undefined,
): OrderStatus {
  switch (native) {
    case 'NEW':
    case 'TRIGGERING':
      return 'pending'
    case 'TRIGGERED':
      return 'triggered'
    case 'FINISHED':
      return executed === undefined ? 'triggered' : isWhole(quantity, executed) ? 'filled' : 'canceled'
    default:
      return STATUSES.get(native) ?? 'unknown'
  }
}

/** An order that closes a whole position names no quantity: whatever it executed was all. */
function isWhole(quantity: DecimalText, executed: DecimalText): boolean {
  const [wanted, done] = [exactOf(quantity), exactOf(executed)]
  if (done.units === 0n) return false
  const scale = Math.max(wanted.scale, done.scale)
  return done.units * 10n ** BigInt(scale - done.scale) >= wanted.units * 10n ** BigInt(scale - wanted.scale)
}

/** Orders of the venue itself are known by the client id that it gives them, and by their type. */
export function forcedBy(clientOrderId: string, type: string): OrderEvent['forced'] {
  if (clientOrderId.startsWith('autoclose-')) return 'liquidation'
  if (clientOrderId.startsWith('adl_autoclose')) return 'deleveraging'
  if (/^(settlement|delivery)_autoclose-/.test(clientOrderId)) return 'settlement'
  return type === 'LIQUIDATION' ? 'liquidation' : undefined
}

/** What the numbers in `er` mean. Source: USD-M docs, "Event: Order Update", read 2026-10. */
const EXPIRY_REASONS: ReadonlyMap<string, string> = new Map([
  ['1', 'self-trade prevention'],
  ['2', 'rest of an immediate-or-cancel order'],
  ['3', 'rest of an immediate-or-cancel order after self-trade prevention'],
  ['4', 'a reduce-only order had nothing left to reduce'],
  ['5', 'liquidation'],
  ['6', 'its condition was no longer met'],
  ['7', 'the symbol was delisted'],
  ['8', 'the first order expired after the stop was triggered'],
  ['9', 'rest of a market order'],
])

/** Why a futures order expired; undefined for `0` and for nothing. */
export function expiryReason(code: unknown): string | undefined {
  const text = typeof code === 'number' ? String(code) : code
  if (typeof text !== 'string' || text === '' || text === '0') return undefined
  return EXPIRY_REASONS.get(text) ?? `expiry reason ${text}`
}
