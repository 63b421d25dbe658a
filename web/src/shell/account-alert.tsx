import { decimal } from '../format/decimal.ts'
import { age } from '../format/time.ts'
import { HIDDEN } from '../panels/account/account-card.tsx'
import { accountModel } from '../panels/account/account-model.ts'
import { nowMs, serverNowUs } from '../state/link.ts'
import { hideAmounts, screen } from '../state/settings.ts'

/** A margin call stands across the page, whatever is looked at: the venue does not promise to warn a second time. */
export function AccountAlert() {
  const calls = accountModel.value.flatMap(({ name, head }) =>
    head.marginCall === undefined ? [] : [{ name, call: head.marginCall }],
  )
  if (calls.length === 0) return null
  const tick = nowMs.value
  return (
    <div class="account-alert" role="alert" data-testid="margin-call">
      {calls.map(({ name, call }) => (
        <p key={name}>
          <b>Margin call</b>
          <span>
            {name}
            {call.positions.map(one => {
              const side = one.side === 'both' ? '' : ` ${one.side}`
              const size = hideAmounts.value ? HIDDEN : decimal(one.quantity)
              return ` · ${one.symbol}${side} ${size} at mark ${decimal(one.markPrice)}`
            })}
            {call.positions.length === 0 && ` · ${call.level ?? 'the whole account'}`}
          </span>
          <em aria-live="off">{tick === 0 ? '' : `${age((serverNowUs() - call.timeUs) / 1000)} ago`}</em>
          <button
            type="button"
            onClick={() => {
              screen.value = 'account'
            }}
          >
            Show the account
          </button>
        </p>
      ))}
    </div>
  )
}
