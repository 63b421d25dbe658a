import type { PlainChannel } from '../../model/channel.ts'
import { ConfigError } from '../../model/error.ts'
import { nearest } from '../../model/nearest.ts'
import type { ContinuityRule } from '../adapter.ts'

/** What one message of a stream is, which decides how its rows are read. */
export type RowKind =
  | 'aggTrade'
  | 'trade'
  | 'quote'
  | 'bookDelta'
  | 'depth'
  | 'kline'
  | 'ticker'
  | 'markPrice'
  | 'liquidation'
  | 'openInterest'
  | 'status'
  | 'native'

/** What the first part of a stream's name names. */
export type Subject = 'symbol' | 'pair' | 'asset' | 'underlying' | 'market'

/** One line of a market's stream catalogue. Source: protocol reference §3, state of November 2026. */
export interface StreamTemplate {
  /** `<symbol>@kline_<interval>`; `[a|b]` may be left out. */
  readonly pattern: string
  /** Key of the connection route: the traffic class where the market has classes, '' otherwise. */
  readonly route: string
  /** The values of `e` in its messages; empty for those that are only known by their shape. */
  readonly events: readonly string[]
  readonly rows: RowKind
  readonly subject: Subject
  /** The channel that a plain subscription of this stream serves; undefined for streams reached as `raw:` only. */
  readonly channel: PlainChannel | 'kline' | undefined
  readonly continuity: ContinuityRule
  /** What is normal while the market moves; undefined when silence is normal. */
  readonly expectedEveryMs: number | undefined
  /** Messages are lists of rows. */
  readonly isList: boolean
}

/** A stream that does not exist here (any more), and what to take in its place. */
export interface RetiredStream {
  readonly name: RegExp
  readonly advice: string
}

export interface StreamMatch {
  readonly template: StreamTemplate
  /** Symbol, pair, asset or underlying as it stands in the name; '' for all-market streams. */
  readonly subject: string
  readonly interval: string
}

const NONE: ContinuityRule = { kind: 'none' }
export const DENSE: ContinuityRule = { kind: 'dense' }
export const INCREASING: ContinuityRule = { kind: 'increasing' }

/** One catalogue line; what is left out is the usual. */
export function stream(
  pattern: string,
  route: string,
  events: string,
  rows: RowKind,
  more: Partial<Omit<StreamTemplate, 'pattern' | 'route' | 'events' | 'rows' | 'subject'>> = {},
): StreamTemplate {
  return {
    pattern,
    route,
    events: events === '' ? [] : events.split(' '),
    rows,
    subject: subjectOf(pattern),
    channel: undefined,
    continuity: NONE,
    expectedEveryMs: undefined,
    isList: false,
    ...more,
  }
}

function subjectOf(pattern: string): Subject {
  for (const subject of ['symbol', 'pair', 'asset', 'underlying'] as const) {
    if (pattern.startsWith(`<${subject}>`)) return subject
  }
  return 'market'
}

const PLACEHOLDERS: Readonly<Record<string, string>> = {
  symbol: '[^@\\s!]+',
  pair: '[^@\\s!_]+',
  asset: '[^@\\s!]+',
  underlying: '[^@\\s!-]+',
  levels: '5|10|20',
  window: '1h|4h|1d',
  expiry: '\\d{6}',
  // Options name their speed always.
  speed: '100ms|500ms',
}

interface CompiledStream {
  readonly template: StreamTemplate
  readonly expression: RegExp
}

/** The native streams of one market: finds where a name lives, or says what the caller may have meant. */
export class StreamCatalogue {
  readonly templates: readonly StreamTemplate[]
  private readonly venue: string
  private readonly retired: readonly RetiredStream[]
  private readonly compiled: readonly CompiledStream[]

  constructor(
    venue: string,
    templates: readonly StreamTemplate[],
    retired: readonly RetiredStream[],
    intervals: readonly string[],
    contracts: readonly string[],
  ) {
    this.venue = venue
    this.templates = templates
    this.retired = retired
    this.compiled = templates.map(template => ({
      template,
      expression: compile(template.pattern, intervals, contracts),
    }))
  }

  match(name: string): StreamMatch | undefined {
    for (const { template, expression } of this.compiled) {
      const found = expression.exec(name)
      if (found === null) continue
      return { template, subject: found.groups?.['subject'] ?? '', interval: found.groups?.['interval'] ?? '' }
    }
    return undefined
  }

  /** @throws ConfigError naming the substitute of a retired stream, or the nearest that exist */
  require(name: string): StreamMatch {
    for (const { name: expression, advice } of this.retired) {
      if (expression.test(name)) throw new ConfigError(`${this.venue} has no stream "${name}": ${advice}`)
    }
    const match = this.match(name)
    if (match !== undefined) return match
    throw new ConfigError(`${this.venue} has no stream "${name}".`, nearest(name, this.examples(name)))
  }

  /** Every pattern filled in, with the subject of the wanted name. */
  private examples(wanted: string): readonly string[] {
    const at = wanted.indexOf('@')
    const subject = at > 0 ? wanted.slice(0, at) : 'btcusdt'
    return this.templates.flatMap(({ pattern }) => {
      const filled = pattern
        .replace(/^<\w+>/, subject)
        .replace('<interval>', '1m')
        .replace('<levels>', '20')
        .replace('<window>', '1h')
        .replace('<speed>', '100ms')
        .replace('<contract>', 'perpetual')
        .replace('<expiry>', '261225')
      const short = filled.replace(/\[.*?\]/g, '')
      const first = filled.replace(/\[([^|\]]*).*?\]/g, '$1')
      return short === first ? [short] : [short, first]
    })
  }
}

function compile(pattern: string, intervals: readonly string[], contracts: readonly string[]): RegExp {
  let isSubjectAhead = pattern.startsWith('<')
  const source = pattern
    .replace(/[.*+?^${}()\\]/g, '\\$&')
    .replace(/\[(.*?)\]/g, '(?:$1)?')
    .replace(/<(\w+)>/g, (_, placeholder: string) => {
      if (placeholder === 'interval') return `(?<interval>${intervals.join('|')})`
      if (placeholder === 'contract') return `(?:${contracts.join('|')})`
      const group = isSubjectAhead ? '(?<subject>' : '(?:'
      isSubjectAhead = false
      return `${group}${PLACEHOLDERS[placeholder] ?? ''})`
    })
  return new RegExp(`^${source}$`, 'u')
}
