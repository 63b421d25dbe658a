import { age } from '../../format/time.ts'
import { store } from '../../state/client.ts'
import { nowMs, serverNowUs } from '../../state/link.ts'
import { hideAmounts } from '../../state/settings.ts'
import { PanelFrame } from '../panel-frame.tsx'
import { AccountCard } from './account-card.tsx'
import { accountModel, chosenAccount, type ShownAccount } from './account-model.ts'
import { BalancesTable, FillsTable, OrdersTable, PositionsTable } from './account-tables.tsx'

/** Balances, positions, open orders and fills of the accounts that the server has keys for. Nothing here sends an order. */
export function AccountPanel() {
  const accounts = accountModel.value
  const chosen = accounts.filter(one => chosenAccount.value === undefined || one.name === chosenAccount.value)
  const shown = chosen.length > 0 ? chosen : accounts
  return (
    <PanelFrame id="account" view="account" title="Account" meta={<Meta accounts={accounts} />} tools={<HideAmounts />}>
      {store('account').hasData.value && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by the keyboard.
        <section class="account" tabIndex={0} aria-label="Accounts">
          <div class="account-cards">
            {shown.map(one => (
              <AccountCard key={one.name} account={one} />
            ))}
          </div>
          <div class="account-tables">
            <PositionsTable accounts={shown} />
            <BalancesTable accounts={shown} />
            <OrdersTable accounts={shown} />
            <FillsTable accounts={shown} />
          </div>
        </section>
      )}
    </PanelFrame>
  )
}

/** The choice of an account where there are several, and how old the newest proof is. */
function Meta({ accounts }: { readonly accounts: readonly ShownAccount[] }) {
  if (accounts.length === 0) return null
  const proven = Math.min(...accounts.map(one => one.head.provenUs ?? 0))
  const isKnown = proven > 0 && nowMs.value > 0
  return (
    <>
      {accounts.length > 1 && (
        <fieldset class="chips account-chips" aria-label="Account">
          {[undefined, ...accounts.map(one => one.name)].map(name => (
            <button
              key={name ?? 'all'}
              type="button"
              class="chip-button"
              aria-pressed={chosenAccount.value === name}
              onClick={() => {
                chosenAccount.value = name
              }}
            >
              {name ?? 'All'}
            </button>
          ))}
        </fieldset>
      )}
      <span class="verdict account-proven">
        {isKnown ? `everything proven ${age((serverNowUs() - proven) / 1000)} ago` : ''}
      </span>
    </>
  )
}

function HideAmounts() {
  const isHidden = hideAmounts.value
  return (
    <button
      type="button"
      class="tool"
      aria-pressed={isHidden}
      aria-label="Hide amounts"
      title={`${isHidden ? 'Show' : 'Hide'} amounts (Alt+Y)`}
      onClick={() => {
        hideAmounts.value = !isHidden
      }}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d="M1.5 8s2.4-4.2 6.5-4.2S14.5 8 14.5 8s-2.4 4.2-6.5 4.2S1.5 8 1.5 8z" />
        <path d="M8 6.2a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6z" />
        {isHidden && <path d="M2.5 13.5l11-11" />}
      </svg>
    </button>
  )
}
