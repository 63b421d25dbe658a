import type { FeedStatus } from '../feed/feed.ts'
import type { ProcessFigures } from './protocol.ts'

export interface MetricsInput {
  readonly status: FeedStatus
  readonly process: ProcessFigures
}

/** Prometheus text, made when it is asked for; the library is loaded by the first request. */
export async function metricsText(input: MetricsInput): Promise<{ readonly type: string; readonly text: string }> {
  const { Gauge, Registry } = await import('prom-client')
  const registry = new Registry()
  const gauge = (name: string, help: string, labels: readonly string[] = []) =>
    new Gauge({ name: `tickwire_${name}`, help, labelNames: [...labels], registers: [registry] })
  connections(gauge, input.status)
  streams(gauge, input.status)
  venues(gauge, input.status)
  for (const [key, value] of Object.entries(input.process)) {
    const name = key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
    gauge(`process_${name}`, `Server process: ${key}.`).set(value)
  }
  return { type: registry.contentType, text: await registry.metrics() }
}

type MakeGauge = (
  name: string,
  help: string,
  labels?: readonly string[],
) => { set(value: number): void; set(labels: Record<string, string>, value: number): void }

function connections(gauge: MakeGauge, status: FeedStatus): void {
  const labels = ['venue', 'connection']
  const up = gauge('connection_delivering', '1 while the connection delivers.', labels)
  const messages = gauge('connection_messages', 'Messages received.', labels)
  const bytes = gauge('connection_bytes', 'Bytes received.', labels)
  const reconnects = gauge('connection_reconnects', 'Reconnects so far.', labels)
  const age = gauge('connection_last_message_age_ms', 'Age of the last message.', labels)
  const failures = gauge('connection_decode_failures', 'Frames that could not be read.', labels)
  for (const one of status.connections) {
    const label = { venue: one.venue, connection: one.connectionId }
    up.set(label, one.state === 'delivering' ? 1 : 0)
    messages.set(label, one.messages)
    bytes.set(label, one.bytes)
    reconnects.set(label, one.reconnects)
    failures.set(label, one.decodeFailures)
    if (one.lastMessageAgeMs !== undefined) age.set(label, one.lastMessageAgeMs)
  }
}

function streams(gauge: MakeGauge, status: FeedStatus): void {
  const labels = ['venue', 'stream']
  const events = gauge('stream_events', 'Events delivered.', labels)
  const missing = gauge('stream_missing', 'Events that the venue numbered and nobody delivered.', labels)
  const gaps = gauge('stream_gaps', 'Gaps declared.', labels)
  const delivering = gauge('stream_delivering', '1 while the stream delivers.', labels)
  for (const one of status.streams) {
    const label = { venue: one.venue, stream: one.stream }
    events.set(label, one.events)
    missing.set(label, one.missing)
    gaps.set(label, one.gaps)
    delivering.set(label, one.state === 'delivering' ? 1 : 0)
  }
  const synced = gauge('book_synced', '1 while the book is synchronised.', ['instrument'])
  for (const book of status.books) synced.set({ instrument: book.instrument }, book.state === 'synced' ? 1 : 0)
  gauge('consumer_dropped', 'Events dropped by full queues.').set(status.consumers.dropped)
}

function venues(gauge: MakeGauge, status: FeedStatus): void {
  const used = gauge('rest_used_weight', 'Request weight used in the current minute.', ['venue'])
  const limit = gauge('rest_weight_limit', 'Request weight per minute.', ['venue'])
  for (const one of status.venues) {
    used.set({ venue: one.venue }, one.rest.usedWeight)
    limit.set({ venue: one.venue }, one.rest.weightPerMinute)
  }
}
