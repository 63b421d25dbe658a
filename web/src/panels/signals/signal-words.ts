import type { SignalEvent, SignalReason } from '../../../../src/signal/signal.ts'
import { compact, number, signed } from '../../format/number.ts'

const NAMES: ReadonlyMap<string, string> = new Map([
  ['flow.print', 'Large trade'],
  ['flow.cvd', 'CVD'],
  ['flow.volume', 'Taker volume'],
  ['book.ofi', 'Pressure'],
  ['book.imbalance', 'Book imbalance'],
  ['book.spreadWiden', 'Wide spread'],
  ['vol.burst', 'Volatility burst'],
  ['deriv.tension', 'Funding against flow'],
  ['deriv.oiQuadrant', 'Price and open interest'],
  ['deriv.liqCascade', 'Liquidation cascade'],
])

/** What people call a kind of signal; its id where there is no such name. */
export function nameOf(type: string): string {
  return NAMES.get(type) ?? type
}

export function directionOf(direction: SignalEvent['direction']): {
  readonly mark: string
  readonly word: string
  readonly tone: string
} {
  if (direction > 0) return { mark: '▲', word: 'up', tone: 'up' }
  if (direction < 0) return { mark: '▼', word: 'down', tone: 'down' }
  return { mark: '◆', word: 'no side', tone: 'muted' }
}

/** A value or threshold of a reason in its unit. */
export function quantity(value: number | string | undefined, unit: string): string {
  if (value === undefined) return 'unknown'
  if (typeof value === 'string') return value
  switch (unit) {
    case 'ms':
      return value >= 1000 ? `${number(value / 1000, 1)} s` : `${number(value, 0)} ms`
    case 'fraction':
      return `${signed(value * 100, 4)}%`
    case 'quote':
    case 'base':
      return `${compact(value)} ${unit}`
    case 'count':
      return number(value, 0)
    case 'bps':
      return `${signed(value, 1)} bps`
    default:
      return `${number(value, Math.abs(value) >= 100 ? 0 : 2)} ${unit}`
  }
}

export function reasonText({ value, unit, threshold }: SignalReason): {
  readonly value: string
  readonly threshold: string
} {
  return { value: quantity(value, unit), threshold: quantity(threshold, unit) }
}
