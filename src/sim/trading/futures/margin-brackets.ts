import type { SimInstrument } from '../../instrument.ts'
import type { Amount } from '../amount.ts'
import { one, portion, rescale } from '../amount.ts'

export interface Bracket {
  readonly bracket: number
  readonly initialLeverage: number
  /** Value in quote currency up to which it holds. */
  readonly cap: number
  readonly floor: number
  readonly ratio: number
  /** What is taken off so that the steps join. */
  readonly cum: number
}

const steps: readonly (readonly [leverage: number, cap: number, ratio: number])[] = [
  [125, 50_000, 0.004],
  [100, 600_000, 0.005],
  [75, 3_000_000, 0.0065],
  [50, 12_000_000, 0.01],
  [25, 70_000_000, 0.02],
  [20, 100_000_000, 0.025],
  [10, 230_000_000, 0.05],
  [5, 480_000_000, 0.1],
  [2, 1_800_000_000, 0.25],
]

/** One table for all contracts of the simulated venue; `leverageBracket` tells it to whoever asks. */
export const brackets: readonly Bracket[] = buildBrackets()

export const mostLeverage = 125

function buildBrackets(): readonly Bracket[] {
  const rows: Bracket[] = []
  for (const [initialLeverage, cap, ratio] of steps) {
    const before = rows[rows.length - 1]
    const floor = before?.cap ?? 0
    const cum = before === undefined ? 0 : Math.round((before.cum + floor * (ratio - before.ratio)) * 100) / 100
    rows.push({ bracket: rows.length + 1, initialLeverage, cap, floor, ratio, cum })
  }
  return rows
}

function bracketOf(quoteValue: Amount): Bracket {
  const found = brackets.find(({ cap }) => quoteValue <= BigInt(cap) * one) ?? brackets[brackets.length - 1]
  return found ?? { bracket: 1, initialLeverage: 1, cap: 0, floor: 0, ratio: 1, cum: 0 }
}

/** Value of a position in quote currency; contracts of an inverse market have a fixed one. */
export function quoteValue(instrument: SimInstrument, quantity: number, value: Amount): Amount {
  if (!instrument.isInverse) return value
  return rescale(BigInt(Math.abs(quantity)) * BigInt(instrument.contractSize), instrument.quantityDecimals, 8)
}

/** Margin that must be left, in the margin asset. */
export function maintenance(instrument: SimInstrument, quantity: number, value: Amount): Amount {
  const quote = quoteValue(instrument, quantity, value)
  if (quote === 0n) return 0n
  const { ratio, cum } = bracketOf(quote)
  const inQuote = portion(quote, BigInt(Math.round(ratio * 1e8))) - BigInt(Math.round(cum * 1e8))
  return (value * inQuote) / quote
}

/** Rate and deduction that hold for a position of this value. */
export function maintenanceTerms(quote: Amount): { readonly ratio: number; readonly cum: number } {
  return bracketOf(quote)
}

/** The most a position may be worth at a leverage, in quote currency. */
export function mostNotional(leverage: number): number {
  let most = steps[0]?.[1] ?? 0
  for (const { initialLeverage, cap } of brackets) if (initialLeverage >= leverage) most = cap
  return most
}
