import type { AccountHead } from '../../../../src/server/account-protocol.ts'
import { decimal, direction, signedDecimal } from '../../format/decimal.ts'
import { number } from '../../format/number.ts'
import { age, clock } from '../../format/time.ts'
import { nowMs, serverNowUs } from '../../state/link.ts'
import { hideAmounts } from '../../state/settings.ts'
import type { ShownAccount } from './account-model.ts'

export const HIDDEN = '••••'

const WALLETS_SHOWN = 4

/** How far one account can be trusted, and what it is worth: before any of its rows. */
export function AccountCard({ account }: { readonly account: ShownAccount }) {
  const { name, head, balances } = account
  const isWell = head.phase === 'synced'
  return (
    <article class={`account-card ${isWell ? '' : 'troubled'}`} data-testid={`account-${name}`} data-phase={head.phase}>
      <header>
        <h3>{name}</h3>
        {head.isSimulated && (
          <span class="chip amber" title="Play money: this account trades by itself on the embedded exchange">
            simulated
          </span>
        )}
        <span class={`chip ${isWell ? '' : 'amber'}`}>
          <i class="lamp" aria-hidden="true" />
          {head.phase}
        </span>
      </header>
      <Trust head={head} />
      <dl>
        {balances.slice(0, WALLETS_SHOWN).map(one => (
          <div key={one.asset}>
            <dt>{one.asset}</dt>
            <dd title={hideAmounts.value ? '' : `${one.wallet ?? one.free} ${one.asset}`}>
              {hideAmounts.value ? HIDDEN : decimal(one.wallet ?? one.free)}
            </dd>
          </div>
        ))}
        {head.marginRatio !== undefined && <MarginRatio ratio={head.marginRatio} />}
        {head.funding.map(([asset, sum]) => (
          <div key={`funding ${asset}`} title="Funding since the server started: positive was received">
            <dt>Funding {asset}</dt>
            <dd class={direction(sum)}>{hideAmounts.value ? HIDDEN : signedDecimal(sum, 4)}</dd>
          </div>
        ))}
      </dl>
    </article>
  )
}

/** Why it is not synced, what a comparison found, what is lost. */
function Trust({ head }: { readonly head: AccountHead }) {
  const { phase, cause, comparison, gaps, provenUs } = head
  const [gap] = gaps
  const tick = nowMs.value
  return (
    <div class="account-trust">
      {phase !== 'synced' && <p class="amber">{cause ?? `${phase}…`}</p>}
      {phase === 'synced' && provenUs !== undefined && tick > 0 && (
        <p>Everything is known, proven {age((serverNowUs() - provenUs) / 1000)} ago.</p>
      )}
      {comparison !== undefined && <p>{comparisonText(comparison)}</p>}
      {gap !== undefined && (
        <p class="amber">
          {gaps.length > 1 ? `${gaps.length} holes, the last at` : 'A hole at'} {clock(gap.timeUs)} UTC: {gap.what} are
          lost, {gap.reason}
        </p>
      )}
    </div>
  )
}

function comparisonText(comparison: NonNullable<AccountHead['comparison']>): string {
  const { orders, fills, balances, positions, cause } = comparison
  const found = [
    [orders, 'order'],
    [fills, 'fill'],
    [balances, 'balance'],
    [positions, 'position'],
  ] as const
  const differences = found
    .filter(([count]) => count > 0)
    .map(([count, noun]) => `${count} ${noun}${count > 1 ? 's' : ''}`)
  const result = differences.length === 0 ? 'nothing differed' : `${differences.join(', ')} differed`
  return `Compared with REST (${cause}): ${result}.`
}

/** 1 is liquidation. */
function MarginRatio({ ratio }: { readonly ratio: number }) {
  const percent = ratio * 100
  return (
    <div
      class={`account-ratio ${ratio > 0.8 ? 'critical' : ''}`}
      title="Maintenance margin over margin balance of cross positions: 100 % is liquidation"
    >
      <dt>Margin ratio</dt>
      <dd>
        {number(percent, percent < 10 ? 2 : 1)} %
        <i class="meter" style={{ width: `${Math.min(100, percent)}%` }} />
      </dd>
    </div>
  )
}
