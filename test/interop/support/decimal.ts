import type { Position } from './trader.ts'

/**
 * One spelling for amounts, prices and quantities, which clients hand over as text or as floats: eight digits behind the
 * point, as many as the venue keeps. Figures of these tests stay below 2^53 / 1e8, so that nothing is lost on the way.
 */
export function decimal(value: unknown): string {
  const figure = typeof value === 'number' ? value : Number(String(value))
  if (!Number.isFinite(figure)) throw new Error(`expected a decimal, was ${JSON.stringify(value)}`)
  const text = figure.toFixed(8)
  return text === '-0.00000000' ? '0.00000000' : text
}

export function positionOf(quantity: unknown, entryPrice: unknown): Position {
  return { quantity: decimal(quantity), entryPrice: decimal(entryPrice) }
}
