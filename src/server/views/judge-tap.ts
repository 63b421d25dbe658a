import type { ConnectionStatus, StreamStatus } from '../../feed/feed.ts'
import type { ChannelTap } from './channel-tap.ts'
import type { Verdict } from './state-machine.ts'
import type { ViewContext } from './view.ts'

/** A connection that was heard within this time is alive: what is missing then is missing from the market. */
const ALIVE_MS = 5000
/** A stream whose events usually follow one another within this time is busy: its silence is suspicious. */
const BUSY_SPACING_MS = 1000
const LOADING_PATIENCE_MS = 5000

export interface Expectation {
  /** What the events are, for the text: `trades`, `liquidations`. */
  readonly noun: string
  /** After this long without an event a busy stream is stale; undefined where silence is normal. */
  readonly staleMs: number | undefined
  /** The view shows the newest value only: what was missed before it does not matter. @default false */
  readonly isCurrentOnly?: boolean
}

/**
 * The state of a view from the age of its own last event, from the gaps of its stream and from its connection; never from
 * the mere fact that a socket is open. A busy stream that stops is `stale`; a slow one on a live connection is `quiet`.
 */
export function judgeTap(context: ViewContext, tap: ChannelTap, expected: Expectation): Verdict {
  const nowMs = context.clock.monotonicMs()
  const stream = context.probe.stream(tap.instrument, tap.channel)
  const connection = context.probe.connection(stream)
  const lastEventUs = tap.lastEventUs > 0 ? tap.lastEventUs : undefined
  const heardUs = heardAt(context, connection)
  if (tap.failure !== undefined) return { kind: 'error', text: tap.failure }
  if (tap.unsupported !== undefined) return { kind: 'unsupported', text: tap.unsupported }
  if (stream?.state === 'rejected') return { kind: 'error', text: stream.reason ?? 'The venue refused the stream.' }
  if (stream?.state === 'ended') return { kind: 'error', text: stream.reason ?? 'The venue no longer lists it.' }
  const lost = judgeConnection(context, tap, connection)
  if (lost !== undefined) return { ...lost, lastEventUs, heardUs }
  const gap = tap.shownGap(nowMs)
  if (gap !== undefined && expected.isCurrentOnly !== true)
    return { kind: 'gapped', text: `${gap.reason}`, gap, lastEventUs }
  const age = nowMs - tap.lastEventMs
  if (tap.events === 0) return judgeFirst(context, stream, expected, age, heardUs)
  if (expected.staleMs === undefined)
    return { kind: age > ALIVE_MS ? 'quiet' : 'live', text: expected.noun, lastEventUs, heardUs }
  if (age <= expected.staleMs) return { kind: 'live', text: expected.noun, lastEventUs, heardUs }
  const isBusy = (tap.spacingMs ?? 0) < BUSY_SPACING_MS
  const isAlive = connection?.lastMessageAgeMs !== undefined && connection.lastMessageAgeMs < ALIVE_MS
  const kind = isBusy || !isAlive || stream?.state === 'stale' ? 'stale' : 'quiet'
  return { kind, text: stream?.reason ?? expected.noun, lastEventUs, heardUs }
}

/** The venue has said yes to the stream. */
const CONFIRMED: ReadonlySet<StreamStatus['state']> = new Set([
  'acknowledged',
  'delivering',
  'healing',
  'silent',
  'stale',
])

function heardAt(context: ViewContext, connection: ConnectionStatus | undefined): number | undefined {
  if (connection?.lastMessageAgeMs === undefined) return undefined
  return context.clock.nowUs() - Math.round(connection.lastMessageAgeMs * 1000)
}

/** Whether the connection of the stream is lost after it had delivered. */
function judgeConnection(
  context: ViewContext,
  tap: ChannelTap,
  connection: ConnectionStatus | undefined,
): Verdict | undefined {
  const state = connection?.state ?? tap.connection
  if (state !== 'waiting' && state !== 'closed' && !(state === 'connecting' && tap.events > 0)) return undefined
  const retryAtUs =
    connection?.retryInMs === undefined ? undefined : context.clock.nowUs() + connection.retryInMs * 1000
  return { kind: 'disconnected', text: connection?.lastCause ?? 'The connection to the venue is lost.', retryAtUs }
}

function judgeFirst(
  context: ViewContext,
  stream: StreamStatus | undefined,
  expected: Expectation,
  age: number,
  heardUs: number | undefined,
): Verdict {
  const state = stream?.state
  const isAsked = state !== undefined && CONFIRMED.has(state)
  if (expected.staleMs === undefined && isAsked) return { kind: 'quiet', text: expected.noun, heardUs }
  if (age < LOADING_PATIENCE_MS) return { kind: 'loading', text: `Loading ${expected.noun}` }
  // A recording holds what somebody recorded: what is not in it will not come.
  if (isAsked && context.source.kind === 'recording') {
    return { kind: 'empty', text: `No ${expected.noun} in this recording so far.` }
  }
  return { kind: 'loading', text: stream?.reason ?? `No ${expected.noun} yet: the stream is ${state ?? 'not open'}` }
}
