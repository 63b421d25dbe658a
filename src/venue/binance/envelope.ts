import { DecodeError } from '../../model/error.ts'
import { shown } from './fields.ts'
import type { JsonRecord } from './json-exact.ts'
import { isRecord } from './json-exact.ts'

/** What one frame is. Every frame is exactly one of these. */
export type Message =
  | { readonly kind: 'combined'; readonly stream: string; readonly payload: unknown }
  | { readonly kind: 'payload'; readonly payload: unknown }
  | { readonly kind: 'ack'; readonly id: number }
  | { readonly kind: 'reply'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'rejected'; readonly id: number | undefined; readonly code: number; readonly text: string }
  | { readonly kind: 'goingAway'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string }

/**
 * Tells the envelopes apart: `{"stream","data"}`, bare payloads and lists of them, `{"result","id"}`, both error forms,
 * and the notices that a socket is about to end. @throws DecodeError for what is neither an object nor a list
 */
export function classify(value: unknown): Message {
  if (Array.isArray(value)) return { kind: 'payload', payload: value }
  if (!isRecord(value)) throw new DecodeError(`a message must be an object or a list, was ${shown(value)}`)
  const stream = value['stream']
  if (typeof stream === 'string' && 'data' in value) {
    return noticeOf(value['data']) ?? { kind: 'combined', stream, payload: value['data'] }
  }
  return noticeOf(value) ?? controlOf(value) ?? { kind: 'payload', payload: value }
}

function noticeOf(payload: unknown): Message | undefined {
  if (!isRecord(payload)) return undefined
  if (payload['e'] === 'serverShutdown') return { kind: 'goingAway', reason: 'serverShutdown' }
  if (payload['e'] === 'error') return { kind: 'goingAway', reason: `error: ${shown(payload['m'])}` }
  return undefined
}

function controlOf(value: JsonRecord): Message | undefined {
  if ('e' in value) return undefined
  if ('result' in value && 'id' in value) {
    const id = idOf(value['id'])
    if (id === undefined)
      return { kind: 'unknown', reason: `answer to a request that is not ours: ${shown(value['id'])}` }
    return value['result'] === null ? { kind: 'ack', id } : { kind: 'reply', id, value: value['result'] }
  }
  const error = isRecord(value['error']) ? value['error'] : value
  const code = error['code']
  if (typeof code !== 'number' || typeof error['msg'] !== 'string') return undefined
  return { kind: 'rejected', id: idOf(value['id']), code, text: error['msg'] }
}

function idOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined
}
