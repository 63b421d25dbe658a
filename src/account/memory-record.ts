import type { BalanceEvent, OrderEvent } from '../model/account-event.ts'
import { ConfigError } from '../model/error.ts'
import { type InstrumentId, instrumentId } from '../model/instrument.ts'
import { type EpochUs, epochUs } from '../model/time.ts'
import type { AccountRecord, DeliveredFill } from './account-memory.ts'
import type { FillMark } from './fill-ledger.ts'
import type { KnownOrder } from './order-ledger.ts'

const VERSION = 1

type Row = Readonly<Record<string, unknown>>

export function recordText(record: AccountRecord): string {
  return JSON.stringify({ version: VERSION, ...record, fills: [...record.fills] })
}

/** @throws ConfigError when the text is no record of this version */
export function readRecord(text: string): AccountRecord {
  const row = parsed(text)
  if (row === undefined || row['version'] !== VERSION) throw broken('its version')
  return {
    beginUs: timeOf(row, 'beginUs'),
    comparedUs: timeOf(row, 'comparedUs'),
    fills: new Map(listOf(row, 'fills').map(readFillMark)),
    openOrders: listOf(row, 'openOrders').map(readOrder),
    balances: listOf(row, 'balances').map(readBalance),
  }
}

/** A line that was cut off by the death of the process is the last one, and stands for a fill that nobody was told of. */
export function readNoted(text: string): readonly DeliveredFill[] {
  return text.split('\n').flatMap(line => {
    const row = line === '' ? undefined : parsed(line)
    if (row === undefined) return []
    const { instrument, key, orderId, quantity } = row
    const areTexts = typeof key === 'string' && typeof orderId === 'string' && typeof quantity === 'string'
    if (!areTexts || typeof instrument !== 'string') return []
    return [{ instrument: instrumentId(instrument), key, orderId, quantity }]
  })
}

function readFillMark(entry: unknown): [InstrumentId, FillMark] {
  if (!Array.isArray(entry)) throw broken('fills')
  const [instrument, mark]: readonly unknown[] = entry
  if (typeof instrument !== 'string' || !isRow(mark)) throw broken('fills')
  const seen = listOf(mark, 'seen').filter(key => typeof key === 'string')
  return [
    instrumentId(instrument),
    {
      verifiedId: optionalText(mark['verifiedId']),
      verifiedUs: timeOf(mark, 'verifiedUs'),
      floorId: optionalText(mark['floorId']),
      seen,
    },
  ]
}

function readOrder(entry: unknown): KnownOrder {
  if (!isRow(entry) || !isOrderEvent(entry['event'])) throw broken('openOrders')
  const { event, executionId, filledSeen, filledBefore } = entry
  if (typeof filledSeen !== 'string' || typeof filledBefore !== 'string') throw broken('openOrders')
  const timeUs = timeOf(entry, 'timeUs')
  return { event, timeUs, executionId: optionalText(executionId), filledSeen, filledBefore }
}

function readBalance(entry: unknown): { readonly event: BalanceEvent; readonly timeUs: EpochUs } {
  if (!isRow(entry) || !isBalanceEvent(entry['event'])) throw broken('balances')
  return { event: entry['event'], timeUs: timeOf(entry, 'timeUs') }
}

const STATUSES = [
  'pending',
  'new',
  'triggered',
  'partiallyFilled',
  'filled',
  'canceled',
  'expired',
  'rejected',
  'unknown',
]
const ORDER_TEXTS = [
  'account',
  'instrument',
  'orderId',
  'clientOrderId',
  'nativeStatus',
  'type',
  'timeInForce',
] as const
const ORDER_AMOUNTS = ['price', 'quantity', 'filledQuantity'] as const

function isOrderEvent(value: unknown): value is OrderEvent {
  if (!isRow(value) || value['kind'] !== 'order') return false
  const areTexts = [...ORDER_TEXTS, ...ORDER_AMOUNTS].every(name => typeof value[name] === 'string')
  const isSided = value['side'] === 'buy' || value['side'] === 'sell'
  return areTexts && isSided && STATUSES.includes(String(value['status'])) && typeof value['receiveTimeUs'] === 'number'
}

function isBalanceEvent(value: unknown): value is BalanceEvent {
  if (!isRow(value) || value['kind'] !== 'balance' || typeof value['receiveTimeUs'] !== 'number') return false
  return ['account', 'asset', 'free', 'locked'].every(name => typeof value[name] === 'string')
}

function parsed(text: string): Row | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRow(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function listOf(row: Row, name: string): readonly unknown[] {
  const value = row[name]
  if (!Array.isArray(value)) throw broken(name)
  return value
}

function timeOf(row: Row, name: string): EpochUs {
  const value = row[name]
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw broken(name)
  return epochUs(value)
}

function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function broken(what: string): ConfigError {
  return new ConfigError(`the memory of an account cannot be understood (${what}): move its files away to begin anew.`)
}
