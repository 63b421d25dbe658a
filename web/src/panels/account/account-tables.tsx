import type { ComponentChildren } from 'preact'
import type { FillRow, OrderRow, PositionRow } from '../../../../src/server/account-protocol.ts'
import { decimal, direction, priceDecimal, signedDecimal } from '../../format/decimal.ts'
import { number } from '../../format/number.ts'
import { age, clock } from '../../format/time.ts'
import { nowMs, serverNowUs } from '../../state/link.ts'
import { hideAmounts } from '../../state/settings.ts'
import { HIDDEN } from './account-card.tsx'
import type { ShownAccount } from './account-model.ts'
import { AccountTableBox } from './account-table.tsx'

interface TablesProps {
  readonly accounts: readonly ShownAccount[]
}

function amount(text: string | undefined): string {
  return text === undefined ? '–' : hideAmounts.value ? HIDDEN : decimal(text)
}

/** Rows of all accounts, each with the account's name where there are several. */
function rowsOf<Row>(
  accounts: readonly ShownAccount[],
  pick: (account: ShownAccount) => readonly Row[],
  cells: (row: Row) => ComponentChildren,
  keyOf: (row: Row) => string,
): readonly ComponentChildren[] {
  return accounts.flatMap(account =>
    pick(account).map(row => (
      <tr key={`${account.name} ${keyOf(row)}`}>
        {cells(row)}
        {accounts.length > 1 && <td class="wide muted account-of">{account.name}</td>}
      </tr>
    )),
  )
}

export function BalancesTable({ accounts }: TablesProps) {
  const rows = rowsOf(
    accounts,
    one => one.balances,
    row => (
      <>
        <td>
          <b>{row.asset}</b>
        </td>
        <td>{amount(row.free)}</td>
        <td>{amount(row.locked)}</td>
        <td class="wide">{amount(row.wallet)}</td>
      </>
    ),
    row => row.asset,
  )
  const columns = [['Asset'], ['Free'], ['Locked'], ['Wallet', 'wide']] as const
  return (
    <AccountTableBox
      table="balances"
      title="Balances"
      accounts={accounts}
      columns={columns}
      rows={rows}
      nothing="No asset in any of these accounts."
    />
  )
}

export function PositionsTable({ accounts }: TablesProps) {
  const rows = rowsOf(
    accounts,
    one => one.positions,
    positionCells,
    row => `${row.symbol} ${row.side}`,
  )
  const columns = [
    ['Position'],
    ['Size'],
    ['Entry', 'wide'],
    ['Mark', 'wide'],
    ['uPnL mark'],
    ['uPnL exit', 'wide'],
    ['Liquidation', 'wide'],
    ['Distance'],
  ] as const
  return (
    <AccountTableBox
      table="positions"
      title="Positions"
      accounts={accounts}
      columns={columns}
      rows={rows}
      nothing="No open position."
    />
  )
}

function positionCells(row: PositionRow): ComponentChildren {
  const { liquidationDistance: distance, leverage } = row
  const isLong = row.side === 'both' ? !row.quantity.startsWith('-') : row.side === 'long'
  const margin = [row.marginType, leverage === undefined ? undefined : `${leverage}×`].filter(
    text => text !== undefined,
  )
  return (
    <>
      <td>
        <b>{row.symbol}</b> <span class={isLong ? 'up' : 'down'}>{isLong ? '▲ long' : '▼ short'}</span>
        <small class="muted">{margin.join(' ')}</small>
      </td>
      <td>{amount(row.quantity)}</td>
      <Price text={row.entryPrice} />
      <Price text={row.markPrice} />
      <Profit text={row.unrealizedPnl} />
      <Profit text={row.executablePnl} className="wide" />
      <Price text={row.liquidationPrice} />
      <td class={distance !== undefined && distance < 0.05 ? 'critical-text' : ''}>
        {distance === undefined ? '–' : `${number(distance * 100, 2)} %`}
      </td>
    </>
  )
}

function Price({ text }: { readonly text: string | undefined }) {
  return (
    <td class="wide" title={text}>
      {priceDecimal(text)}
    </td>
  )
}

function Profit({ text, className = '' }: { readonly text: string | undefined; readonly className?: string }) {
  if (hideAmounts.value) return <td class={className}>{text === undefined ? '–' : HIDDEN}</td>
  return (
    <td class={`${className} ${direction(text)}`} title={text}>
      {signedDecimal(text, 2)}
    </td>
  )
}

export function OrdersTable({ accounts }: TablesProps) {
  const rows = rowsOf(
    accounts,
    one => one.orders,
    orderCells,
    row => row.id,
  )
  const columns = [
    ['Order'],
    ['Type', 'text'],
    ['Price'],
    ['Quantity'],
    ['Filled', 'wide'],
    ['To touch'],
    ['Age', 'wide'],
  ] as const
  return (
    <AccountTableBox
      table="orders"
      title="Open orders"
      accounts={accounts}
      columns={columns}
      rows={rows}
      total={accounts.reduce((sum, one) => sum + one.head.counts.orders, 0)}
      nothing="No open order."
    />
  )
}

function orderCells(row: OrderRow): ComponentChildren {
  const tick = nowMs.value
  const hasPrice = /[1-9]/.test(row.price)
  const status = row.status === 'new' || row.status === 'partiallyFilled' ? '' : ` ${row.status}`
  return (
    <>
      <td>
        <b>{row.symbol}</b> <Side side={row.side} />
      </td>
      <td class="text">
        {row.type.toLowerCase().replaceAll('_', ' ')}
        <small class="muted">
          {row.reduceOnly ? 'reduce only' : row.timeInForce}
          {status}
        </small>
      </td>
      <td>
        {hasPrice ? decimal(row.price) : '–'}
        {row.stopPrice !== undefined && /[1-9]/.test(row.stopPrice) && (
          <small class="muted">trigger {decimal(row.stopPrice)}</small>
        )}
      </td>
      <td>{amount(row.quantity)}</td>
      <td class="wide">{amount(row.filledQuantity)}</td>
      <td>{row.touchBps === undefined ? '–' : `${number(row.touchBps, 1)} bps`}</td>
      <td class="wide">{tick === 0 ? '' : age((serverNowUs() - row.changedUs) / 1000)}</td>
    </>
  )
}

export function FillsTable({ accounts }: TablesProps) {
  const rows = rowsOf(
    accounts,
    one => one.fills,
    fillCells,
    row => row.id,
  )
  const columns = [['Time UTC'], ['Fill', 'text'], ['Price'], ['Quantity'], ['Fee', 'wide'], ['Realised PnL']] as const
  return (
    <AccountTableBox
      table="fills"
      title="Fills"
      accounts={accounts}
      columns={columns}
      rows={rows}
      total={accounts.reduce((sum, one) => sum + one.head.counts.fills, 0)}
      nothing="No fill since the server started."
    />
  )
}

function fillCells(row: FillRow): ComponentChildren {
  return (
    <>
      <td title={row.isRecovered ? 'Found by a comparison with REST: the stream had not told it' : undefined}>
        {clock(row.timeUs)}
        {row.isRecovered && <small class="muted">REST</small>}
      </td>
      <td class="text">
        <b>{row.symbol}</b> <Side side={row.side} />
        <small class="muted wide">{row.liquidity}</small>
      </td>
      <td>{decimal(row.price)}</td>
      <td>{amount(row.quantity)}</td>
      <td class="wide">
        {amount(row.fee)} <span class="muted">{row.feeAsset}</span>
      </td>
      <Profit text={row.realizedPnl} />
    </>
  )
}

function Side({ side }: { readonly side: 'buy' | 'sell' }) {
  return <span class={side === 'buy' ? 'up' : 'down'}>{side === 'buy' ? '▲ buy' : '▼ sell'}</span>
}
