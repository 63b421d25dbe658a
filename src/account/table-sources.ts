import type {
  AccountDataEvent,
  AccountEvent,
  AccountGapEvent,
  DecimalText,
  MarginCallEvent,
} from '../model/account-event.ts'
import type { EpochUs } from '../model/time.ts'
import type { Account } from './account.ts'
import { addDecimals, isZeroDecimal } from './decimal.ts'

export const ACCOUNT_TABLES = ['balances', 'positions', 'orders', 'fills'] as const

export type AccountTable = (typeof ACCOUNT_TABLES)[number]

/** Who spoke last of a table: the user stream, or a comparison with REST. */
export interface TableSource {
  readonly from: 'stream' | 'reconcile'
  readonly atUs: EpochUs
}

const TABLE_OF: ReadonlyMap<AccountDataEvent['kind'], AccountTable> = new Map([
  ['balance', 'balances'],
  ['position', 'positions'],
  ['order', 'orders'],
  ['fill', 'fills'],
])

/** A warning that nothing came after says less and less. */
const MARGIN_CALL_SHOWN_US = 900_000_000
const GAPS_KEPT = 50

/** What the tables of an account do not say themselves: whence and how old they are, warnings, holes, funding. */
export class TableSources implements Disposable {
  /** Grows with every event. */
  version = 0
  private readonly observation: Disposable
  private readonly sources = new Map<AccountTable, TableSource>()
  private readonly holes: AccountGapEvent[] = []
  private call: MarginCallEvent | undefined
  private readonly paid = new Map<string, DecimalText>()
  /** Differences of the last comparison. */
  differences: number | undefined
  /** The last change of phase, in the venue's or our own words. */
  lastCause: string | undefined

  constructor(account: Account) {
    this.seed(account)
    this.observation = account.observe(event => this.see(event))
  }

  source(table: AccountTable): TableSource | undefined {
    return this.sources.get(table)
  }

  /** What is known to be lost, newest last. */
  get gaps(): readonly AccountGapEvent[] {
    return this.holes
  }

  /** Funding since the start by asset, as far as the user stream told it: positive was received. */
  get funding(): ReadonlyMap<string, DecimalText> {
    return this.paid
  }

  /** The last warning, until all it named is closed or a quarter of an hour has gone by. */
  marginCall(nowUs: EpochUs): MarginCallEvent | undefined {
    if (this.call !== undefined && nowUs - this.call.receiveTimeUs > MARGIN_CALL_SHOWN_US) this.call = undefined
    return this.call
  }

  [Symbol.dispose](): void {
    this.observation[Symbol.dispose]()
  }

  /** What was known before anybody listened here: as old as the newest row says. */
  private seed(account: Account): void {
    this.seedTable('balances', account.balances().values())
    this.seedTable('positions', account.positions().values())
    this.seedTable('orders', account.openOrders().values())
    this.seedTable('fills', account.fills())
  }

  private seedTable(table: AccountTable, events: Iterable<AccountDataEvent>): void {
    let newest: AccountDataEvent | undefined
    for (const event of events) {
      if (newest === undefined || event.receiveTimeUs > newest.receiveTimeUs) newest = event
    }
    if (newest !== undefined) this.sources.set(table, { from: newest.origin, atUs: newest.receiveTimeUs })
  }

  private see(event: AccountEvent): void {
    this.version++
    switch (event.kind) {
      case 'accountState':
        this.lastCause = event.cause
        if (event.differences !== undefined) this.differences = event.differences
        if (event.phase === 'synced') this.compared(event.receiveTimeUs)
        return
      case 'accountGap':
        this.holes.push(event)
        if (this.holes.length > GAPS_KEPT) this.holes.shift()
        return
      default:
        this.seeData(event)
    }
  }

  private seeData(event: AccountDataEvent): void {
    const table = TABLE_OF.get(event.kind)
    if (table !== undefined) this.sources.set(table, { from: event.origin, atUs: event.receiveTimeUs })
    if (event.kind === 'marginCall') this.call = event
    if (event.kind === 'position' && isZeroDecimal(event.quantity)) this.closed(event.instrument, event.positionSide)
    if (event.kind === 'balance' && /funding/i.test(event.reason ?? '') && event.change !== undefined) {
      this.paid.set(event.asset, addDecimals(this.paid.get(event.asset) ?? '0', event.change))
    }
  }

  /** A comparison proves all tables at once. */
  private compared(atUs: EpochUs): void {
    for (const table of ACCOUNT_TABLES) this.sources.set(table, { from: 'reconcile', atUs })
  }

  private closed(instrument: string, side: string): void {
    if (this.call === undefined || this.call.positions.length === 0) return
    const positions = this.call.positions.filter(one => one.instrument !== instrument || one.positionSide !== side)
    this.call = positions.length === 0 ? undefined : { ...this.call, positions }
  }
}
