import { tickerModel } from '../../shell/ticker-model.ts'
import { instrument } from '../../state/market.ts'
import { alertsModel } from './alerts-model.ts'
import { edit, isRefused } from './editing.ts'
import { newDraft, type SignalOrigin, signalDraft } from './rule-draft.ts'

/** A form for a price of the market that is shown; above the last price it waits for a rise, below it for a fall. */
export function alertAtPrice(price: string): void {
  const draft = newDraft('price', instrument.value ?? '', channelNames(), price)
  const isBelow = Number(price) < (tickerModel.value.last ?? 0)
  open(() => edit({ ...draft, comparison: isBelow ? 'below' : 'above' }))
}

/** A form that is filled from an event of a signal. */
export function alertFromSignal(origin: SignalOrigin): void {
  open(() => edit(signalDraft(origin, channelNames())))
}

function open(show: () => void): void {
  if (alertsModel.data.value.isEditable) show()
  else isRefused.value = true
}

function channelNames(): readonly string[] {
  return alertsModel.data.value.channels.map(channel => channel.name)
}
