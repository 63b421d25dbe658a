import { DecodeError } from '../../../model/error.ts'
import type { EpochUs } from '../../../model/time.ts'
import type { AccountUpdate, UserMessage } from '../../account-adapter.ts'
import { asDecodeError, timeOf } from '../fields.ts'
import type { JsonRecord } from '../json-exact.ts'
import { isRecord } from '../json-exact.ts'
import { told } from './account-fields.ts'
import { parseSecretJson } from './secret-body.ts'

/** What an event is read with. */
export interface EventContext {
  /** Venue of its instruments. */
  readonly venue: string
  readonly receiveTimeUs: EpochUs
  /** `E`, or the time of receipt where it is missing. */
  readonly eventTimeUs: EpochUs
}

export type EventReader = (payload: JsonRecord, context: EventContext) => readonly AccountUpdate[]

/** Native event name → what it tells. Every other event is handed on natively. */
export type EventReaders = ReadonlyMap<string, EventReader>

interface Unwrapped {
  readonly payload: JsonRecord
  readonly source: string | undefined
}

/**
 * Reads one text frame of a user stream or of a session: bare events, events wrapped with their listen key or with the id of
 * their subscription, answers, refusals, and the three ways in which a stream says that it ends.
 * @throws DecodeError; its message never quotes the frame, which may hold a listen key
 */
export function readUserMessage(
  text: string,
  venue: string,
  receiveTimeUs: EpochUs,
  readers: EventReaders,
): UserMessage {
  const value = parseSecretJson(text, 'a frame of the user stream')
  const event = unwrap(value)
  return event === undefined ? answerOf(value, receiveTimeUs) : eventMessage(event, venue, receiveTimeUs, readers)
}

function unwrap(value: JsonRecord): Unwrapped | undefined {
  if (typeof value['e'] === 'string') return { payload: value, source: undefined }
  const { event, data, stream } = value
  if (isRecord(event)) return { payload: event, source: idText(value['subscriptionId']) }
  if (typeof stream !== 'string') return undefined
  if (!isRecord(data)) throw new DecodeError('the payload of a wrapped event must be an object')
  return { payload: data, source: stream }
}

function eventMessage(event: Unwrapped, venue: string, receiveTimeUs: EpochUs, readers: EventReaders): UserMessage {
  const { payload, source } = event
  const name = payload['e']
  if (typeof name !== 'string') return { kind: 'ignored', reason: 'an event without a name' }
  switch (name) {
    case 'listenKeyExpired':
      return { kind: 'expired', source: listenKeyOf(payload) ?? source, reason: name }
    case 'eventStreamTerminated':
      return { kind: 'terminated', source, reason: name }
    case 'serverShutdown':
      return { kind: 'goingAway', reason: name }
    case 'error':
      return { kind: 'goingAway', reason: `error: ${String(payload['m']).slice(0, 100)}` }
    default:
      return updatesOf(name, event, venue, receiveTimeUs, readers)
  }
}

function updatesOf(
  name: string,
  { payload, source }: Unwrapped,
  venue: string,
  receiveTimeUs: EpochUs,
  readers: EventReaders,
): UserMessage {
  try {
    const eventTimeUs = timeOf(payload, 'E', 'millisecond') ?? receiveTimeUs
    const context = { venue, receiveTimeUs, eventTimeUs }
    const updates = (readers.get(name) ?? readNatively)(payload, context)
    return { kind: 'updates', updates, name, eventTimeUs, payload, source }
  } catch (error) {
    const known = asDecodeError(error)
    throw known instanceof DecodeError ? new DecodeError(`${name}: ${known.message}`, known) : known
  }
}

/** Events without a unified form, and those that are newer than this version. */
export function readNatively(payload: JsonRecord, context: EventContext): readonly AccountUpdate[] {
  const { receiveTimeUs, eventTimeUs } = context
  const name = String(payload['e'])
  return [told({ kind: 'accountRaw', name, payload, exchangeTimeUs: eventTimeUs, receiveTimeUs }, eventTimeUs)]
}

function listenKeyOf(payload: JsonRecord): string | undefined {
  const key = payload['listenKey']
  return typeof key === 'string' ? key : undefined
}

function answerOf(value: JsonRecord, receiveTimeUs: EpochUs): UserMessage {
  const id = value['id']
  const number = typeof id === 'number' && Number.isSafeInteger(id) ? id : undefined
  const error = isRecord(value['error']) ? value['error'] : value
  const { code, msg } = error
  if (typeof code === 'number' && typeof msg === 'string') {
    const retryAfterMs = retryAfter(error, msg, receiveTimeUs)
    return { kind: 'refused', id: number, code, message: msg, retryAfterMs }
  }
  if (!('result' in value)) return { kind: 'ignored', reason: 'neither an event nor an answer' }
  if (number === undefined) return { kind: 'ignored', reason: 'an answer to a request that is not ours' }
  return { kind: 'reply', id: number, result: value['result'] }
}

/** The venue names the moment when it listens again, as data or in its words, by its own clock. */
function retryAfter(error: JsonRecord, message: string, receiveTimeUs: EpochUs): number | undefined {
  const data = isRecord(error['data']) ? error['data'] : {}
  const until = data['retryAfter'] ?? Number(/banned until (\d{10,16})/.exec(message)?.[1] ?? Number.NaN)
  if (typeof until !== 'number' || Number.isNaN(until)) return undefined
  const now = data['serverTime']
  return Math.max(0, Math.ceil(until - (typeof now === 'number' ? now : receiveTimeUs / 1000)))
}

function idText(value: unknown): string | undefined {
  return typeof value === 'number' || typeof value === 'string' ? String(value) : undefined
}
