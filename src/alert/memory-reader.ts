import type { AlertFire } from './alert-event.ts'
import type { MachineState, Phase } from './alert-machine.ts'
import type { ChannelProgress, DeliveryRecord, OutboxEntry } from './alert-memory.ts'
import { SEVERITIES } from './rule.ts'

const PHASES: readonly Phase[] = ['init', 'armed', 'pending', 'active', 'done']

interface StoredState {
  readonly key: string
  readonly state: MachineState
}

/** What a file of a state holds; undefined when it is none. */
export function readState(text: string | undefined): StoredState | undefined {
  const json = parsed(text)
  const key = json?.['key']
  const state = stateOf(json?.['state'])
  return typeof key === 'string' && state !== undefined ? { key, state } : undefined
}

export function readEntry(text: string | undefined): OutboxEntry | undefined {
  const json = parsed(text)
  const fire = fireOf(json?.['fire'])
  const state = stateOf(json?.['state'])
  const key = json?.['key']
  const channels = json?.['channels']
  if (fire === undefined || state === undefined || typeof key !== 'string' || !isRecord(channels)) return undefined
  const progress = Object.entries(channels).flatMap(([name, value]) => {
    const read = progressOf(value)
    return read === undefined ? [] : [[name, read] as const]
  })
  return { fire, key, state, channels: Object.fromEntries(progress) }
}

export function readDelivery(text: string): DeliveryRecord | undefined {
  const json = parsed(text === '' ? undefined : text)
  if (json?.['kind'] !== 'delivery') return undefined
  const { id, rule, channel, outcome, value, reason } = json
  if (typeof id !== 'string' || typeof rule !== 'string' || typeof channel !== 'string') return undefined
  if (outcome !== 'delivered' && outcome !== 'failed' && outcome !== 'dead') return undefined
  return {
    kind: 'delivery',
    id,
    rule,
    channel,
    outcome,
    attempt: numberOf(json['attempt']) ?? 0,
    status: numberOf(json['status']) ?? 0,
    latencyMs: numberOf(json['latencyMs']) ?? 0,
    atUs: numberOf(json['atUs']) ?? 0,
    inDigest: numberOf(json['inDigest']) ?? 1,
    value: numberOf(value),
    reason: typeof reason === 'string' ? reason : undefined,
  }
}

function progressOf(value: unknown): ChannelProgress | undefined {
  if (!isRecord(value)) return undefined
  const { state, attempts, nextUs, reason } = value
  if (state !== 'waiting' && state !== 'delivered' && state !== 'dead') return undefined
  const why = typeof reason === 'string' ? { reason } : {}
  return { state, attempts: numberOf(attempts) ?? 0, nextUs: numberOf(nextUs) ?? 0, ...why }
}

function stateOf(value: unknown): MachineState | undefined {
  if (!isRecord(value)) return undefined
  const phase = PHASES.find(name => name === value['phase'])
  if (phase === undefined) return undefined
  const recent: readonly unknown[] = Array.isArray(value['recentUs']) ? value['recentUs'] : []
  return {
    phase,
    sinceUs: numberOf(value['sinceUs']) ?? 0,
    beganUs: numberOf(value['beganUs']) ?? 0,
    lastFireUs: numberOf(value['lastFireUs']),
    recentUs: recent.flatMap(each => numberOf(each) ?? []),
    lastCandleUs: numberOf(value['lastCandleUs']),
    suppressed: numberOf(value['suppressed']) ?? 0,
    fires: numberOf(value['fires']) ?? 0,
    mutedUntilUs: numberOf(value['mutedUntilUs']) ?? 0,
    question: typeof value['question'] === 'string' ? value['question'] : undefined,
  }
}

function fireOf(value: unknown): AlertFire | undefined {
  if (!isRecord(value)) return undefined
  const { id, rule, name, instrument, source, message, headline } = value
  const severity = SEVERITIES.find(each => each === value['severity'])
  const channels: readonly unknown[] = Array.isArray(value['channels']) ? value['channels'] : []
  if (typeof id !== 'string' || typeof rule !== 'string' || typeof message !== 'string' || severity === undefined)
    return undefined
  return {
    kind: 'alert',
    id,
    rule,
    name: typeof name === 'string' ? name : rule,
    severity,
    instrument: typeof instrument === 'string' ? instrument : '',
    source: typeof source === 'string' ? source : '',
    message,
    value: numberOf(value['value']),
    headline: typeof headline === 'string' ? headline : undefined,
    beganUs: numberOf(value['beganUs']) ?? 0,
    firedUs: numberOf(value['firedUs']) ?? 0,
    suppressed: numberOf(value['suppressed']) ?? 0,
    channels: channels.filter(each => typeof each === 'string'),
    ...(value['isTest'] === true ? { isTest: true } : {}),
    ...(value['isReplay'] === true ? { isReplay: true } : {}),
  }
}

function parsed(text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    // Half a line at the end of a log, or a file of somebody else.
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}
