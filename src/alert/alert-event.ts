import type { AlertRule, Severity } from './rule.ts'

/** A rule fired. `id` is the idempotency key of every delivery. */
export interface AlertFire {
  readonly kind: 'alert'
  readonly id: string
  readonly rule: string
  readonly name: string
  readonly severity: Severity
  /** Empty for alerts about Tickwire itself. */
  readonly instrument: string
  /** The source as the rule names it. */
  readonly source: string
  readonly message: string
  /** The value that led to it; absent where there is none. */
  readonly value?: number | undefined
  /** One factual line of the event that led to it. */
  readonly headline?: string | undefined
  /** Time of what began it: the venue's own where it tells one. */
  readonly beganUs: number
  /** When it fired, in receive time. */
  readonly firedUs: number
  /** Fires kept back since the last one that was told. */
  readonly suppressed: number
  readonly channels: readonly string[]
  /** Set on samples that somebody asked for. */
  readonly isTest?: true | undefined
  /** Set on fires in a recording. */
  readonly isReplay?: true | undefined
}

/** What else a rule does. */
export type AlertNews =
  | { readonly kind: 'fire'; readonly fire: AlertFire }
  | {
      readonly kind: 'suppressed'
      readonly rule: string
      readonly instrument: string
      readonly atUs: number
      readonly value: number | undefined
      readonly reason: string
    }
  /** `started`: the first valid value was seen. */
  | {
      readonly kind: 'rearm' | 'started'
      readonly rule: string
      readonly instrument: string
      readonly atUs: number
      readonly value: number | undefined
    }

export const MESSAGE_FIELDS = [
  'name',
  'rule',
  'instrument',
  'symbol',
  'value',
  'severity',
  'headline',
  'source',
] as const

/** The rule's words with their placeholders filled in. */
export function messageOf(rule: AlertRule, fire: Omit<AlertFire, 'message'>): string {
  const fields = new Map<string, string>([
    ['name', rule.name],
    ['rule', rule.id],
    ['instrument', fire.instrument],
    ['symbol', fire.instrument.slice(fire.instrument.indexOf(':') + 1)],
    ['value', plainNumber(fire.value)],
    ['severity', rule.severity],
    ['headline', fire.headline ?? ''],
    ['source', fire.source],
  ])
  return rule.message.replace(/\{([a-z]{1,20})\}/g, (whole, name: string) => fields.get(name) ?? whole)
}

/** Never `1e-8`, and no more digits than a float64 has. */
function plainNumber(value: number | undefined): string {
  if (value === undefined) return '—'
  const text = String(Number(value.toPrecision(12)))
  return text.includes('e') ? value.toFixed(12).replace(/\.?0+$/, '') : text
}
