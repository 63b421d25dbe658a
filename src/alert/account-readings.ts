import type { Account } from '../account/account.ts'
import type { AccountEvent } from '../model/account-event.ts'
import type { Reading } from './reading.ts'
import type { AlertSource } from './source.ts'

type AccountSource = Extract<AlertSource, { readonly kind: 'account' }>

/** What an event of an account means to a source; undefined when it says nothing. */
export function accountReading(source: AccountSource, event: AccountEvent, account: Account): Reading | undefined {
  const atUs = event.receiveTimeUs
  const base = { atUs, timeUs: event.exchangeTimeUs ?? atUs }
  const happened = (id: string, phase: string, direction: 1 | -1 | 0, headline: string, value?: number): Reading => {
    return { ...base, value, occurrence: { id, phase, direction, headline: `${event.account}: ${headline}` } }
  }
  switch (source.field) {
    case 'fill':
    case 'fill.quantity':
    case 'fill.notional': {
      if (event.kind !== 'fill') return undefined
      const quantity = Number(event.quantity)
      const notional = quantity * Number(event.price)
      if (source.field !== 'fill') {
        const value = source.field === 'fill.quantity' ? quantity : notional
        return { ...base, value, momentId: `${event.instrument} ${event.tradeId}` }
      }
      const text = `${event.side} ${event.quantity} ${event.instrument} at ${event.price}`
      return happened(`${event.instrument} ${event.tradeId}`, event.side, event.side === 'buy' ? 1 : -1, text, quantity)
    }
    case 'order': {
      if (event.kind !== 'order') return undefined
      const text = `order ${event.orderId} of ${event.instrument} is ${event.status}`
      const id = `${event.instrument} ${event.orderId} ${event.status} ${event.filledQuantity}`
      return happened(id, event.status, event.side === 'buy' ? 1 : -1, text, Number(event.quantity))
    }
    case 'marginCall':
      if (event.kind !== 'marginCall') return undefined
      return happened(`margin ${base.timeUs}`, 'marginCall', 0, `margin call, ${event.positions.length} positions`)
    case 'state': {
      if (event.kind !== 'accountState') return undefined
      const cause = event.cause === undefined ? '' : `: ${event.cause}`
      return happened(`state ${atUs} ${event.phase}`, event.phase, 0, `${event.phase}${cause}`)
    }
    case 'gap':
      if (event.kind !== 'accountGap') return undefined
      return happened(`gap ${atUs}`, event.what, 0, `${event.what} are lost: ${event.reason}`)
    case 'synced':
      return event.kind === 'accountState' ? { ...base, value: event.phase === 'synced' ? 1 : 0 } : undefined
    case 'marginRatio':
      return account.marginRatio === undefined ? undefined : { ...base, value: account.marginRatio }
  }
}
