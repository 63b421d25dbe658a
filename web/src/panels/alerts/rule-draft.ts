export const DRAFT_KINDS = ['price', 'indicator', 'signal', 'liquidation', 'silence'] as const

export type DraftKind = (typeof DRAFT_KINDS)[number]

export const COMPARISONS = ['above', 'below', 'crossUp', 'crossDown'] as const

/** Of a signal: that an episode begins, whichever way or one way. */
export const BEGINNINGS = ['begins', 'beginsUp', 'beginsDown'] as const

export type Comparison = (typeof COMPARISONS)[number] | (typeof BEGINNINGS)[number]

export const SEVERITIES = ['info', 'warn', 'critical'] as const

export type DraftSeverity = (typeof SEVERITIES)[number]

/** Sources that the form offers, with their names; an indicator is typed. */
export const SOURCES: Readonly<Record<DraftKind, readonly (readonly [source: string, name: string])[]>> = {
  price: [
    ['trade.price', 'last price'],
    ['mark.price', 'mark price'],
    ['quote.mid', 'middle of the book'],
  ],
  indicator: [
    ['rsi(14)@5m', 'RSI 14, 5m'],
    ['ema(50)@15m', 'EMA 50, 15m'],
    ['atr(14)@5m', 'ATR 14, 5m'],
  ],
  signal: [
    ['flow.print', 'large trade'],
    ['book.spreadWiden', 'wide spread'],
    ['vol.burst', 'volatility burst'],
    ['deriv.tension', 'funding against flow'],
    ['deriv.oiQuadrant', 'price and open interest'],
    ['deriv.liqCascade', 'liquidation cascade'],
    ['flow.cvd', 'CVD'],
    ['book.ofi', 'pressure'],
    ['book.imbalance', 'book imbalance'],
  ],
  liquidation: [
    ['deriv.liqCascade', 'a cascade begins'],
    ['liquidation.notional', 'one order of at least'],
  ],
  silence: [
    ['trade', 'trades'],
    ['book', 'book'],
    ['markPrice', 'mark price'],
  ],
}

/** A rule as the form holds it: texts as they are typed. */
export interface RuleDraft {
  readonly kind: DraftKind
  readonly id: string
  readonly name: string
  readonly instrument: string
  readonly source: string
  readonly comparison: Comparison
  /** Level, or seconds of silence. */
  readonly level: string
  readonly forS: string
  readonly cooldownS: string
  readonly severity: DraftSeverity
  readonly channels: readonly string[]
  /** What the form does not show is kept as it was. */
  readonly kept: Readonly<Record<string, unknown>>
}

export function newDraft(kind: DraftKind, instrument: string, channels: readonly string[], price: string): RuleDraft {
  const level = { price, indicator: '70', signal: '4', liquidation: '1000000', silence: '10' }[kind]
  const source = SOURCES[kind][0]?.[0] ?? ''
  const comparison = kind === 'signal' ? 'begins' : 'above'
  const rest = {
    id: '',
    name: '',
    comparison,
    forS: '0',
    cooldownS: '60',
    severity: 'warn',
    kept: {},
  } as const
  return { kind, instrument, source, level, channels, ...rest }
}

export interface SignalOrigin {
  readonly type: string
  readonly instrument: string
  readonly direction: 1 | -1 | 0
  /** Value to begin with, where somebody prefers a level to an episode. */
  readonly level: number | undefined
  /** Options that are not the usual ones. */
  readonly params: Readonly<Record<string, unknown>> | undefined
}

/** A rule that fires with the next such event: same signal, same market, same direction. */
export function signalDraft(origin: SignalOrigin, channels: readonly string[]): RuleDraft {
  const { type, instrument, direction, level, params } = origin
  const fresh = newDraft('signal', instrument, channels, '')
  return {
    ...fresh,
    source: type,
    comparison: direction > 0 ? 'beginsUp' : direction < 0 ? 'beginsDown' : 'begins',
    level: level === undefined ? '' : String(Number(level.toPrecision(4))),
    kept: params === undefined ? {} : { params, source: type },
  }
}

/** The rule as it is sent. Its condition is of the one form that the kind has. */
export function definitionOf(draft: RuleDraft, taken: readonly string[]): Record<string, unknown> {
  const { instrument, source, severity, channels, kept } = draft
  const name = draft.name.trim() === '' ? suggestedName(draft) : draft.name.trim()
  const id = draft.id === '' ? freeId(name, taken) : draft.id
  const { for: _for, cooldown: _cooldown, instruments: _instruments, params, ...others } = kept
  // Options belong to the signal that they were read with.
  const isSameSource = kept['source'] === undefined || kept['source'] === source
  return {
    ...others,
    ...(params !== undefined && isSameSource ? { params } : {}),
    id,
    name,
    instrument,
    source,
    condition: conditionOf(draft),
    forMs: Number(draft.forS) * 1000,
    cooldownMs: Number(draft.cooldownS) * 1000,
    severity,
    channels,
  }
}

function conditionOf({ kind, source, comparison, level }: RuleDraft): Record<string, unknown> {
  if (kind === 'silence') return { noDataFor: `${Number(level)}s` }
  if (kind === 'liquidation') return source === 'deriv.liqCascade' ? { event: 'start' } : { above: Number(level) }
  if (comparison === 'begins') return { event: 'start' }
  if (comparison === 'beginsUp') return { event: 'start', direction: 'up' }
  if (comparison === 'beginsDown') return { event: 'start', direction: 'down' }
  return { [comparison]: Number(level) }
}

export function hasLevel({ kind, source, comparison }: RuleDraft): boolean {
  if (kind === 'signal') return COMPARISONS.some(known => known === comparison)
  return !(kind === 'liquidation' && source === 'deriv.liqCascade')
}

function suggestedName({ kind, source, comparison, level, instrument }: RuleDraft): string {
  const symbol = instrument.slice(instrument.indexOf(':') + 1)
  if (kind === 'silence') return `${symbol} ${source} silent`
  if (kind === 'liquidation') return `${symbol} liquidations`
  if (comparison === 'begins') return `${symbol} ${source}`
  if (comparison === 'beginsUp' || comparison === 'beginsDown')
    return `${symbol} ${source} ${comparison === 'beginsUp' ? 'up' : 'down'}`
  return `${symbol} ${source} ${comparison} ${level}`
}

function freeId(name: string, taken: readonly string[]): string {
  const base =
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 56) || 'rule'
  if (!taken.includes(base)) return base
  let number = 2
  while (taken.includes(`${base}-${number}`)) number++
  return `${base}-${number}`
}

/** A rule of the file in the form; undefined for one that is more than the form can say. */
export function draftOf(definition: unknown): RuleDraft | undefined {
  if (!isRecord(definition) || !isRecord(definition['condition'])) return undefined
  const { id, name, instrument, source, condition, severity, channels } = definition
  if (typeof id !== 'string' || typeof instrument !== 'string' || typeof source !== 'string') return undefined
  const form = formOf(source, condition)
  const forS = secondsOf(definition['forMs'] ?? definition['for'] ?? 0)
  const cooldownS = secondsOf(definition['cooldownMs'] ?? definition['cooldown'] ?? 0)
  if (form === undefined || forS === undefined || cooldownS === undefined) return undefined
  return {
    ...form,
    id,
    name: typeof name === 'string' ? name : '',
    instrument,
    source,
    forS,
    cooldownS,
    severity: SEVERITIES.find(known => known === severity) ?? 'warn',
    channels: Array.isArray(channels) ? channels.filter(channel => typeof channel === 'string') : [],
    kept: definition,
  }
}

function formOf(
  source: string,
  condition: Readonly<Record<string, unknown>>,
): Pick<RuleDraft, 'kind' | 'comparison' | 'level'> | undefined {
  const beginning = beginningOf(source, condition)
  if (beginning !== undefined) return beginning
  const [[key, value] = ['', undefined], ...others] = Object.entries(condition)
  if (others.length > 0) return undefined
  const comparison = COMPARISONS.find(known => known === key)
  if (key === 'noDataFor') {
    const level = secondsOf(value)
    return level === undefined ? undefined : { kind: 'silence', comparison: 'above', level }
  }
  if (source === 'deriv.liqCascade' && key === 'event')
    return value === 'start' ? { kind: 'liquidation', comparison: 'above', level: '' } : undefined
  if (comparison === undefined || typeof value !== 'number') return undefined
  const level = String(value)
  if (source === 'liquidation.notional')
    return comparison === 'above' ? { kind: 'liquidation', comparison, level } : undefined
  if (SOURCES.price.some(([known]) => known === source)) return { kind: 'price', comparison, level }
  if (isSignal(source)) return { kind: 'signal', comparison, level }
  return /^[a-z]+(\(.*\))?@\d+[smhdw]/.test(source) ? { kind: 'indicator', comparison, level } : undefined
}

function isSignal(source: string): boolean {
  return SOURCES.signal.some(([known]) => known === source)
}

/** `{ event: start }`, with a direction or without one. */
function beginningOf(
  source: string,
  condition: Readonly<Record<string, unknown>>,
): Pick<RuleDraft, 'kind' | 'comparison' | 'level'> | undefined {
  const { event, direction, ...others } = condition
  if (!isSignal(source) || event !== 'start' || Object.keys(others).length > 0) return undefined
  // Without a direction it is the older form of the liquidations.
  if (direction === undefined && source === 'deriv.liqCascade') return undefined
  const ways = new Map<unknown, Comparison>([
    [undefined, 'begins'],
    ['up', 'beginsUp'],
    [1, 'beginsUp'],
    ['down', 'beginsDown'],
    [-1, 'beginsDown'],
  ])
  const comparison = ways.get(direction)
  return comparison === undefined ? undefined : { kind: 'signal', comparison, level: '' }
}

/** Of milliseconds, or of a text such as `10s`. */
function secondsOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value / 1000)
  if (typeof value !== 'string') return undefined
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(value)
  if (match === null) return undefined
  const factor = { ms: 0.001, s: 1, m: 60, h: 3600 }[match[2] ?? ''] ?? 1
  return String(Number(match[1]) * factor)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
