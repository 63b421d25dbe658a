import { effect } from '@preact/signals'
import { number } from '../format/number.ts'
import { store } from '../state/client.ts'
import { priceDecimals, symbol } from '../state/market.ts'
import { isLive } from './lamp.ts'
import { tickerModel } from './ticker-model.ts'

/** The title shows the price while it is live, and never an old one. */
export function keepTitle(): void {
  effect(() => {
    const state = store('header').state.value
    const { last } = tickerModel.value
    const name = symbol.value
    if (isLive(state) && last !== undefined) document.title = `${number(last, priceDecimals.value)} ${name} · Tickwire`
    else document.title = name === '' ? 'Tickwire' : `${name} (${state.kind}) · Tickwire`
  })
}
