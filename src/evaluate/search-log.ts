import type { Trials } from './analysis/sharpe.ts'
import { variance } from './statistics/moments.ts'

/** One variant that was tried: whoever looks for something long enough finds it. */
export interface SearchEntry {
  /** When, as text; told, never computed with. */
  readonly at: string
  readonly signal: string
  /** Everything that was chosen: options, side, level, horizon, latency, size. */
  readonly variant: string
  readonly data: string
  readonly independent: number
  /** Absent with too few onsets. */
  readonly sharpePerTrade?: number | undefined
}

/** Reads lines that were written before; what is none is left out, and counted. */
export function parseSearchLog(text: string): { readonly entries: readonly SearchEntry[]; readonly unread: number } {
  const lines = text.split('\n').filter(line => line.trim() !== '')
  const entries = lines.flatMap(line => parseEntry(line) ?? [])
  return { entries, unread: lines.length - entries.length }
}

/**
 * How many different variants were tried, and how much their ratios differ. The newest try of each counts. Of all signals: who
 * tries twenty and looks at the best has searched as much as who tries twenty variants of one.
 */
export function trialsOf(entries: readonly SearchEntry[]): Trials {
  const newest = new Map<string, SearchEntry>()
  for (const entry of entries) newest.set(`${entry.signal} ${entry.variant}`, entry)
  const ratios = [...newest.values()].flatMap(entry => entry.sharpePerTrade ?? [])
  return { count: newest.size, variance: variance(ratios) }
}

function parseEntry(line: string): SearchEntry | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    // A line that was cut off says nothing.
    return undefined
  }
  const fields = new Map<string, unknown>(typeof value === 'object' && value !== null ? Object.entries(value) : [])
  const [at, signal, variant, data] = ['at', 'signal', 'variant', 'data'].map(name => fields.get(name))
  const independent = fields.get('independent')
  const ratio = fields.get('sharpePerTrade')
  const isText = (each: unknown): each is string => typeof each === 'string'
  if (!isText(at) || !isText(signal) || !isText(variant) || !isText(data) || typeof independent !== 'number')
    return undefined
  return { at, signal, variant, data, independent, ...(typeof ratio === 'number' ? { sharpePerTrade: ratio } : {}) }
}
