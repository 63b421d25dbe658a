import { signal } from '@preact/signals'
import { number, signed } from '../format/number.ts'
import { store } from '../state/client.ts'
import { priceDecimals, symbol } from '../state/market.ts'
import { tickerModel } from './ticker-model.ts'

/** What the polite live region says: prices only when asked for. */
export const spoken = signal('')

export function speak(): void {
  const { last, open } = tickerModel.value
  const { kind } = store('header').state.value
  const isCurrent = kind === 'live' || kind === 'quiet'
  const price = last === undefined ? 'no price' : number(last, priceDecimals.value)
  const change =
    last === undefined || open === undefined ? '' : `, ${signed(((last - open) / open) * 100, 2)} percent in 24 hours`
  spoken.value = isCurrent
    ? `${symbol.value} ${price}${change}`
    : `${symbol.value} is ${kind}; its last price is not current.`
}
