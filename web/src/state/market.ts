import { computed, effect, signal } from '@preact/signals'
import { quoteQuantity } from '../../../src/model/instrument.ts'
import type { HelloMessage, InstrumentInfo } from '../../../src/server/protocol.ts'
import { decimalsOf } from '../format/number.ts'
import { lastInstrument, lastInterval, screen } from './settings.ts'

export const INTERVALS: readonly string[] = ['1m', '5m', '15m', '1h', '4h', '1d']

const query = new URLSearchParams(location.search)

/** `<venue>:<SYMBOL>`; undefined until the server has said what it offers. */
export const instrument = signal<string | undefined>(query.get('instrument') ?? undefined)
export const interval = signal<string>(query.get('interval') ?? lastInterval.value)
export const hello = signal<HelloMessage | undefined>(undefined)
export const instruments = signal<readonly InstrumentInfo[]>([])

export const symbol = computed(() => {
  const id = instrument.value ?? ''
  return id.slice(id.indexOf(':') + 1)
})

export const info = computed(() => instruments.value.find(candidate => candidate.id === instrument.value))
export const priceDecimals = computed(() => decimalsOf(info.value?.tickSize, 2))
export const sizeDecimals = computed(() => decimalsOf(info.value?.lotSize, 3))
export const baseUnit = computed(() => (info.value?.unit === 'contracts' ? 'cont' : (info.value?.base ?? '')))
export const quoteUnit = computed(() => info.value?.quote ?? '')
/** Inverse contracts are turned over in base coins, as the venue counts them. */
export const turnoverUnit = computed(() => (info.value?.isInverse === true ? info.value.base : quoteUnit.value))
/** Smallest price step. */
export const tick = computed(() => Number(info.value?.tickSize ?? 10 ** -priceDecimals.value))

/** Value of a quantity in quote currency. */
export function inQuote(quantity: number, price: number): number {
  const known = info.value
  return known === undefined ? quantity * price : quoteQuantity(known, quantity, price)
}

/** The server's offer decides what is shown when neither the address nor an earlier visit does. */
export function greet(message: HelloMessage): void {
  hello.value = message
  if (instrument.value !== undefined) return
  const remembered = lastInstrument.value
  const isOffered = remembered !== undefined && message.instruments.includes(remembered)
  instrument.value = isOffered ? remembered : message.instruments[0]
}

/** The same address opens the same view. */
export function keepAddress(): void {
  effect(() => {
    const id = instrument.value
    if (id === undefined) return
    const params = new URLSearchParams(location.search)
    params.set('instrument', id)
    params.set('interval', interval.value)
    if (screen.value === 'market') params.delete('screen')
    else params.set('screen', screen.value)
    const text = params.toString().replaceAll('%3A', ':')
    history.replaceState(null, '', `${location.pathname}?${text}`)
    lastInstrument.value = id
    lastInterval.value = interval.value
  })
}
