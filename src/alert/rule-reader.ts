import { ConfigError } from '../model/error.ts'
import { type InstrumentId, instrumentId } from '../model/instrument.ts'
import { MESSAGE_FIELDS } from './alert-event.ts'
import { readCondition } from './condition-reader.ts'
import { type ChannelConfig, readChannel } from './delivery/channel-config.ts'
import {
  choiceAt,
  durationAt,
  type Fields,
  flagAt,
  listAt,
  paramsAt,
  recordAt,
  textAt,
  wholeAt,
  wrong,
} from './plain-reader.ts'
import {
  type AlertRule,
  type Condition,
  FREQUENCIES,
  type Frequency,
  type Schedule,
  SEVERITIES,
  sourcesOf,
} from './rule.ts'
import { type AlertSource, isCandleSource } from './source.ts'
import { checkCompared, readSource } from './source-reader.ts'

const KEYS = [
  'id',
  'name',
  'instrument',
  'instruments',
  'source',
  'params',
  'condition',
  'for',
  'forMs',
  'cooldown',
  'cooldownMs',
  'maxPerHour',
  'frequency',
  'onMissing',
  'requireConverged',
  'fireOnStart',
  'severity',
  'message',
  'channels',
  'schedule',
  'expiresAt',
  'enabled',
]
const ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const MOST_RULES = 1000
const DEFAULT_PER_HOUR = 60
const MOST_PER_HOUR = 100_000

/** Rules and the channels they name, checked. */
export interface AlertConfig {
  readonly rules: readonly AlertRule[]
  readonly channels: ReadonlyMap<string, ChannelConfig>
}

/**
 * Reads `{ channels: { name: … }, rules: [ … ] }`.
 * @throws ConfigError naming the rule, the key, what was expected, what was received and the nearest valid name
 */
export function readAlerts(value: unknown): AlertConfig {
  const fields = recordAt('rules file', value, ['channels', 'rules'])
  const channels = new Map<string, ChannelConfig>()
  if (fields.has('channels')) {
    for (const [name, channel] of recordAt('channels', fields.get('channels'))) {
      if (!ID.test(name)) wrong('channels', 'names of letters, digits, "-", "_" and "."', name)
      channels.set(name, readChannel(name, channel))
    }
  }
  const list = listAt('rules', fields.get('rules'))
  if (list.length > MOST_RULES) wrong('rules', `at most ${MOST_RULES}`, list.length)
  const rules = list.map((rule, at) => readRule(rule, [...channels.keys()], at))
  const twice = rules.find((rule, at) => rules.findIndex(other => other.id === rule.id) !== at)
  if (twice !== undefined)
    throw new ConfigError(`rule "${twice.id}": id: expected one of its own, another rule has it.`)
  return { rules, channels }
}

/** @param known names of the channels there are @throws ConfigError */
export function readRule(value: unknown, known: readonly string[], at = 0): AlertRule {
  const first = recordAt(`rules[${at}]`, value)
  const id = first.get('id')
  if (typeof id !== 'string' || !ID.test(id))
    return wrong(`rules[${at}].id`, 'letters, digits, "-", "_" and ".", at most 64', id)
  const place = `rule "${id}"`
  const fields = recordAt(place, value, KEYS)
  const params = fields.has('params') ? paramsAt(`${place}: params`, fields.get('params')) : {}
  const source = readSource(`${place}: source`, fields.get('source'), params)
  const condition = readCondition(`${place}: condition`, fields.get('condition'))
  checkFit(place, source, condition)
  const get = <T>(key: string, read: (at: string, given: unknown) => T, otherwise: T): T =>
    fields.has(key) ? read(`${place}: ${key}`, fields.get(key)) : otherwise
  const name = get('name', (at, given) => textAt(at, given, 200), id)
  return {
    id,
    name,
    instruments: instrumentsAt(place, fields),
    source,
    params,
    condition,
    forMs: waitAt(place, fields, 'for'),
    cooldownMs: waitAt(place, fields, 'cooldown'),
    maxPerHour: get('maxPerHour', (at, given) => wholeAt(at, given, 1, MOST_PER_HOUR), DEFAULT_PER_HOUR),
    frequency: frequencyAt(place, fields.get('frequency'), sourcesOf({ source, condition })),
    onMissing: get('onMissing', (at, given) => choiceAt(at, given, ['hold', 'fire']), 'hold'),
    requireConverged: get('requireConverged', flagAt, true),
    fireOnStart: get('fireOnStart', flagAt, false),
    severity: get('severity', (at, given) => choiceAt(at, given, SEVERITIES), 'warn'),
    message: get('message', messageAt, defaultMessage(condition)),
    channels: channelsAt(place, fields.get('channels'), known),
    schedule: get<Schedule | undefined>('schedule', scheduleAt, undefined),
    expiresAtUs: get<number | undefined>('expiresAt', momentAt, undefined),
    enabled: get('enabled', flagAt, true),
  }
}

function instrumentsAt(place: string, fields: Fields): readonly InstrumentId[] {
  const one = fields.get('instrument')
  const many = fields.get('instruments')
  if (one !== undefined && many !== undefined)
    wrong(`${place}: instruments`, 'either instrument or instruments', 'both')
  if (Array.isArray(many) && many.length === 0) wrong(`${place}: instruments`, 'at least one', many)
  const names = one !== undefined ? [one] : many !== undefined ? listAt(`${place}: instruments`, many) : []
  return [...new Set(names)].map((name, at) => {
    const own = many === undefined ? `${place}: instrument` : `${place}: instruments[${at}]`
    try {
      return instrumentId(textAt(own, name, 120))
    } catch (cause) {
      throw new ConfigError(`${own}: expected <venue>:<SYMBOL>, received ${JSON.stringify(name)}.`, [], cause)
    }
  })
}

function waitAt(place: string, fields: Fields, key: 'for' | 'cooldown'): number {
  const exact = `${key}Ms`
  if (fields.has(key) && fields.has(exact)) wrong(`${place}: ${key}`, `either ${key} or ${exact}`, 'both')
  if (fields.has(exact)) return durationAt(`${place}: ${exact}`, fields.get(exact))
  return fields.has(key) ? durationAt(`${place}: ${key}`, fields.get(key)) : 0
}

/** A rule on candles looks at closed ones unless somebody chose otherwise knowingly. */
function frequencyAt(place: string, value: unknown, sources: readonly AlertSource[]): Frequency {
  const isCandle = sources.some(isCandleSource)
  if (value === undefined) return isCandle ? 'oncePerCandleClose' : 'everyTime'
  const frequency = choiceAt(`${place}: frequency`, value, FREQUENCIES)
  if (!isCandle && (frequency === 'oncePerCandle' || frequency === 'oncePerCandleClose'))
    wrong(`${place}: frequency`, 'once or everyTime, or a candle source such as rsi(14)@5m', frequency)
  return frequency
}

/** Events have no level, levels never happen, and only numbers are compared. */
function checkFit(place: string, source: AlertSource, condition: Condition): void {
  if (condition.kind === 'all' || condition.kind === 'any') {
    for (const part of condition.conditions) checkFit(place, source, part)
    return
  }
  if (condition.kind === 'not') {
    checkFit(place, source, condition.condition)
    return
  }
  const read = condition.source ?? source
  const isEvent = condition.kind === 'event'
  const hasOnlyEvents = read.kind === 'lifecycle' || (read.kind === 'account' && isOccurrence(read.field))
  if (hasOnlyEvents && !isEvent) wrong(`${place}: condition`, `event, because ${read.text} happens`, condition.kind)
  const mayHappen = hasOnlyEvents || read.kind === 'signal'
  if (isEvent && !mayHappen) wrong(`${place}: condition`, `no event, because ${read.text} is a value`, 'event')
  if (read.kind === 'channel' && condition.kind !== 'noDataFor')
    wrong(`${place}: condition`, `noDataFor, because ${read.text} is a channel`, condition.kind)
  checkCompared(`${place}: ${condition.source === undefined ? 'source' : 'condition.source'}`, read, condition.kind)
  if ((condition.kind === 'crossUp' || condition.kind === 'crossDown') && typeof condition.target !== 'number')
    checkCompared(`${place}: condition.${condition.kind}`, condition.target, condition.kind)
}

function isOccurrence(field: string): boolean {
  return ['fill', 'order', 'marginCall', 'state', 'gap'].includes(field)
}

function messageAt(place: string, value: unknown): string {
  const text = textAt(place, value, 1000)
  for (const [, name = ''] of text.matchAll(/\{([a-z]{1,20})\}/g)) {
    if (!MESSAGE_FIELDS.some(field => field === name))
      wrong(place, `placeholders among ${MESSAGE_FIELDS.map(each => `{${each}}`).join(' ')}`, name, MESSAGE_FIELDS)
  }
  return text
}

function defaultMessage(condition: Condition): string {
  if (condition.kind === 'noDataFor') return '{name}: no {source} of {symbol}'
  return condition.kind === 'event' ? '{name}: {headline}' : '{name}: {symbol} {source} is {value}'
}

function channelsAt(place: string, value: unknown, known: readonly string[]): readonly string[] {
  if (value === undefined) return []
  return [...new Set(listAt(`${place}: channels`, value))].map((name, at) => {
    return choiceAt(`${place}: channels[${at}]`, name, known)
  })
}

function scheduleAt(place: string, value: unknown): Schedule {
  const fields = recordAt(place, value, ['days', 'from', 'to'])
  const days = fields.has('days') ? listAt(`${place}.days`, fields.get('days')) : DAYS
  const fromMinute = fields.has('from') ? minuteAt(`${place}.from`, fields.get('from')) : 0
  const toMinute = fields.has('to') ? minuteAt(`${place}.to`, fields.get('to')) : 1440
  if (days.length === 0) wrong(`${place}.days`, 'at least one day', days)
  if (fromMinute === toMinute) wrong(place, 'from and to that differ', fields.get('from'))
  return {
    days: days.map((day, at) => DAYS.indexOf(choiceAt(`${place}.days[${at}]`, day, DAYS))),
    fromMinute,
    toMinute,
  }
}

function minuteAt(place: string, value: unknown): number {
  const match = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(typeof value === 'string' ? value : '')
  const minutes = Number(match?.[1]) * 60 + Number(match?.[2])
  return match === null || minutes > 1440 ? wrong(place, 'a time of day in UTC such as "08:30"', value) : minutes
}

/** `2026-11-21T20:00:00Z`; days are counted by hand because time below the command line has no calendar. */
function momentAt(place: string, value: unknown): number {
  const match = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d))?Z$/.exec(typeof value === 'string' ? value : '')
  if (match === null) return wrong(place, 'a time in UTC such as "2026-11-21T20:00:00Z"', value)
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(part => Number(part ?? 0))
  const days = daysSince1970(year, month, day)
  const isMonth = month >= 1 && month <= 12
  const monthDays = daysSince1970(month === 12 ? year + 1 : year, (month % 12) + 1, 1) - daysSince1970(year, month, 1)
  if (!isMonth || day < 1 || day > monthDays || hour > 23 || minute > 59 || second > 59)
    return wrong(place, 'a time in UTC such as "2026-11-21T20:00:00Z"', value)
  return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000
}

/** Source: the proleptic Gregorian calendar, years beginning in March so that the leap day is the last of a year. */
function daysSince1970(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const m = month <= 2 ? month + 9 : month - 3
  const leaps = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400)
  return 365 * y + leaps + Math.floor((153 * m + 2) / 5) + day - 719_469
}
