import { stripVTControlCharacters, styleText } from 'node:util'
import type { Account, PositionView } from '../account/account.ts'
import { isZeroDecimal } from '../account/decimal.ts'
import type { AccountTable, TableSource, TableSources } from '../account/table-sources.ts'
import type { BalanceEvent, FillEvent, MarginCallEvent, OrderEvent } from '../model/account-event.ts'
import { symbolOf } from '../model/instrument.ts'
import type { EpochUs } from '../model/time.ts'
import { ageText, amountText, liquidationDistance, percentText, priceText } from './account-text.ts'
import { padColumns } from './columns.ts'
import { oneLine } from './one-line.ts'

export interface AccountTableOptions {
  /** Rows of the terminal that this account may use; 0 for as many as it needs. */
  readonly rows: number
  readonly hideAmounts: boolean
  readonly nowUs: EpochUs
}

const FILLS_SHOWN = 10

interface Table {
  readonly name: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly source: string
}

/** An account as lines of a terminal: state, warnings, and its four tables, each with its source and age. */
export function accountLines(account: Account, sources: TableSources, options: AccountTableOptions): readonly string[] {
  const head = [headLine(account, sources), ...warningLines(sources, options)]
  const amount = (text: string | undefined): string => amountText(text, options.hideAmounts)
  const source = (table: AccountTable): string => sourceText(sources.source(table), options.nowUs)
  const balances = shownBalances(account)
  const tables: readonly Table[] = [
    {
      name: 'Balances',
      columns: ['free', 'locked', 'wallet'],
      rows: balances.map(one => [one.asset, amount(one.free), amount(one.locked), amount(one.wallet)]),
      source: source('balances'),
    },
    {
      name: 'Positions',
      columns: ['quantity', 'entry', 'mark', 'uPnL', 'liquidation', 'distance'],
      rows: [...account.positions().values()].map(one => positionRow(one, amount)),
      source: source('positions'),
    },
    {
      name: 'Open orders',
      columns: ['side', 'type', 'price', 'quantity', 'filled', 'age'],
      rows: [...account.openOrders().values()].map(one => orderRow(one, amount, options.nowUs)),
      source: source('orders'),
    },
    {
      name: 'Last fills',
      columns: ['side', 'price', 'quantity', 'fee', 'PnL', 'age'],
      rows: [...account.fills(FILLS_SHOWN)].reverse().map(one => fillRow(one, amount, options.nowUs)),
      source: source('fills'),
    },
  ]
  // Two lines of heading belong to each table.
  const room = options.rows === 0 ? Number.POSITIVE_INFINITY : options.rows - head.length - 2 * tables.length
  const shares = shareRoom(
    tables.map(table => Math.max(1, table.rows.length)),
    Math.max(tables.length, room),
  )
  return [...head, ...tables.flatMap((table, index) => tableLines(table, shares[index] ?? 1))]
}

function shownBalances(account: Account): readonly BalanceEvent[] {
  return [...account.balances().values()].filter(
    one => !(isZeroDecimal(one.free) && isZeroDecimal(one.locked) && isZeroDecimal(one.wallet ?? '0')),
  )
}

function headLine(account: Account, sources: TableSources): string {
  const age = account.ageMs === undefined ? '' : ` · proven ${ageText(account.ageMs)} ago`
  const cause = account.cause === undefined ? '' : `: ${oneLine(account.cause)}`
  const phase = account.synced
    ? styleText('green', `● ${account.phase}`)
    : styleText('yellow', `▲ ${account.phase}${cause}`)
  const ratio = account.marginRatio === undefined ? '' : ` · margin ratio ${percentText(account.marginRatio)}`
  const lost =
    sources.gaps.length === 0
      ? ''
      : styleText('yellow', ` · ${sources.gaps.length} ${sources.gaps.length === 1 ? 'hole' : 'holes'}`)
  return `${styleText('bold', account.name)}  ${phase}${age}${ratio}${lost}`
}

function warningLines(sources: TableSources, options: AccountTableOptions): readonly string[] {
  const call = sources.marginCall(options.nowUs)
  const gap = sources.gaps.at(-1)
  const lost = gap === undefined ? [] : [styleText('yellow', `  ${gap.what} are lost: ${oneLine(gap.reason)}`)]
  return call === undefined ? lost : [callLine(call, options), ...lost]
}

function callLine(call: MarginCallEvent, options: AccountTableOptions): string {
  const amount = (text: string): string => amountText(text, options.hideAmounts)
  const positions = call.positions.map(one => {
    const side = one.positionSide === 'both' ? '' : ` ${one.positionSide}`
    const maintenance = `maintenance margin ${amount(one.maintenanceMargin)}`
    return `${symbolOf(one.instrument)}${side} ${amount(one.quantity)} at mark ${priceText(one.markPrice)}, ${maintenance}`
  })
  const what = positions.length > 0 ? positions.join('; ') : (call.level ?? 'the whole account')
  const age = ageText((options.nowUs - call.receiveTimeUs) / 1000)
  return styleText(['bold', 'bgRed', 'white'], ` MARGIN CALL ${age} ago: ${what} `)
}

function positionRow(one: PositionView, amount: (text: string | undefined) => string): readonly string[] {
  const side = one.positionSide === 'both' ? '' : ` ${one.positionSide}`
  const distance = liquidationDistance(one)
  return [
    `${symbolOf(one.instrument)}${side}`,
    amount(one.quantity),
    priceText(one.entryPrice),
    priceText(one.markPrice),
    colored(one.unrealizedPnl, amount),
    priceText(one.liquidationPrice),
    distance === undefined ? '–' : percentText(distance),
  ]
}

function orderRow(one: OrderEvent, amount: (text: string | undefined) => string, nowUs: EpochUs): readonly string[] {
  const price = one.stopPrice === undefined || one.price !== '0' ? one.price : one.stopPrice
  return [
    symbolOf(one.instrument),
    sideText(one.side),
    `${one.type}${one.reduceOnly === true ? ' reduce' : ''}`,
    priceText(price),
    amount(one.quantity),
    amount(one.filledQuantity),
    ageText((nowUs - (one.exchangeTimeUs ?? one.receiveTimeUs)) / 1000),
  ]
}

function fillRow(one: FillEvent, amount: (text: string | undefined) => string, nowUs: EpochUs): readonly string[] {
  return [
    symbolOf(one.instrument),
    sideText(one.side),
    priceText(one.price),
    amount(one.quantity),
    `${amount(one.fee)} ${one.feeAsset}`,
    colored(one.realizedPnl, amount),
    ageText((nowUs - (one.exchangeTimeUs ?? one.receiveTimeUs)) / 1000),
  ]
}

function sideText(side: 'buy' | 'sell'): string {
  return side === 'buy' ? styleText('green', '▲ buy') : styleText('red', '▼ sell')
}

function colored(text: string | undefined, amount: (text: string | undefined) => string): string {
  if (text === undefined || isZeroDecimal(text)) return amount(text)
  return styleText(text.startsWith('-') ? 'red' : 'green', amount(text))
}

function sourceText(source: TableSource | undefined, nowUs: EpochUs): string {
  if (source === undefined) return 'not known yet'
  const age = ageText((nowUs - source.atUs) / 1000)
  return source.from === 'stream' ? `user stream ${age}` : `REST ${age}`
}

const FIRST_COLUMN = 16
const GAP = 2

function tableLines(table: Table, room: number): readonly string[] {
  const name = styleText('bold', table.name.padEnd(FIRST_COLUMN))
  if (table.rows.length === 0) return [`${name}${styleText('dim', `none · ${table.source}`)}`]
  const shown = table.rows.slice(0, room)
  const rest = table.rows.length - shown.length
  const more = rest === 0 ? '' : ` · and ${rest} more`
  const widths = table.columns.map((column, index) => {
    return GAP + Math.max(column.length, ...shown.map(cells => widthOf(cells[index + 1] ?? '')))
  })
  const first = Math.max(FIRST_COLUMN, ...shown.map(cells => widthOf(cells[0] ?? '')))
  const headings = table.columns.map((column, index) => column.padStart(widths[index] ?? 0)).join('')
  return [
    `${name}${styleText('dim', `${table.source}${more}`)}`,
    styleText('dim', `  ${' '.repeat(first)}${headings}`),
    ...shown.map(cells => rowLine(cells, first, widths)),
  ]
}

function rowLine(cells: readonly string[], first: number, widths: readonly number[]): string {
  const [name = '', ...others] = cells
  const padded = others.map((cell, index) => ' '.repeat(Math.max(1, (widths[index] ?? 0) - widthOf(cell))) + cell)
  return `  ${padColumns(name, first)}${padded.join('')}`
}

/** Columns of the terminal, without colours. */
function widthOf(cell: string): number {
  return stripVTControlCharacters(cell).length
}

/** Small tables get all they need, large ones share the rest. */
function shareRoom(needs: readonly number[], room: number): readonly number[] {
  const shares = needs.map(() => 0)
  let left = room
  while (left > 0 && shares.some((share, index) => share < (needs[index] ?? 0))) {
    for (const [index, need] of needs.entries()) {
      const share = shares[index] ?? 0
      if (left <= 0 || share >= need) continue
      shares[index] = share + 1
      left--
    }
  }
  return shares
}
