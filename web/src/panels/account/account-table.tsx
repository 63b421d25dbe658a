import type { ComponentChildren } from 'preact'
import type { AccountTable, SourceStamp } from '../../../../src/server/account-protocol.ts'
import { age } from '../../format/time.ts'
import { nowMs, serverNowUs } from '../../state/link.ts'
import type { ShownAccount } from './account-model.ts'

export interface AccountTableProps {
  readonly table: AccountTable
  readonly title: string
  readonly accounts: readonly ShownAccount[]
  /** Heading, and `wide` for what a telephone leaves out. */
  readonly columns: readonly (readonly [name: string, className?: 'wide' | 'text'])[]
  readonly rows: readonly ComponentChildren[]
  /** How many there are in truth. */
  readonly total?: number
  readonly nothing: string
}

/** A table of an account with what it must say of itself: how many rows, whence and how old. */
export function AccountTableBox(props: AccountTableProps) {
  const { table, title, accounts, columns, rows, total = rows.length, nothing } = props
  const hasSeveral = accounts.length > 1
  return (
    <section class={`account-table account-${table}`} aria-label={title}>
      <header>
        <h3>{title}</h3>
        <span class="muted">{total === 0 ? '' : total > rows.length ? `${rows.length} of ${total}` : total}</span>
        <Sources table={table} accounts={accounts} />
      </header>
      {rows.length === 0 ? (
        <p class="hint">{nothing}</p>
      ) : (
        <div class="account-scroll">
          <table class="data compact">
            <thead>
              <tr>
                {columns.map(([name, className = '']) => (
                  <th key={name} scope="col" class={className}>
                    {name}
                  </th>
                ))}
                {hasSeveral && (
                  <th scope="col" class="wide account-of">
                    Account
                  </th>
                )}
              </tr>
            </thead>
            <tbody>{rows}</tbody>
          </table>
        </div>
      )}
    </section>
  )
}

/** The oldest of the accounts that have rows here speaks for the table. */
function Sources({ table, accounts }: Pick<AccountTableProps, 'table' | 'accounts'>) {
  const having = accounts.filter(one => one[table].length > 0)
  const stamps = (having.length > 0 ? having : accounts).map(one => one.head.sources[table])
  const known = stamps.filter((stamp): stamp is SourceStamp => stamp !== undefined)
  if (known.length === 0 || nowMs.value === 0) return <span class="account-source">not known yet</span>
  const oldest = known.reduce((a, b) => (a.atUs <= b.atUs ? a : b))
  const ageMs = (serverNowUs() - oldest.atUs) / 1000
  return (
    <span class="account-source" data-source={oldest.from}>
      {oldest.from === 'stream' ? `user stream ${age(ageMs)}` : `REST snapshot ${age(ageMs)} ago`}
    </span>
  )
}
