import type { FeedStatus, StreamStatus } from '../feed/feed.ts'
import type { AlertSource } from './source.ts'

type HealthSource = Extract<AlertSource, { readonly kind: 'health' }>

/** A figure of the feed's own status; undefined where it is not measured. */
export function healthValue(
  source: HealthSource,
  status: FeedStatus,
  instrument: string | undefined,
): number | undefined {
  const streams = status.streams.filter(stream => isMeant(stream, source.channel, instrument))
  const { connections, venues, books, consumers } = status
  const count = (state: StreamStatus['state']): number => streams.filter(stream => stream.state === state).length
  switch (source.field) {
    case 'silentStreams':
      return count('silent')
    case 'staleStreams':
      return count('stale')
    case 'rejectedStreams':
      return count('rejected')
    case 'missing':
      return streams.reduce((sum, stream) => sum + stream.missing, 0)
    case 'gaps':
      return streams.reduce((sum, stream) => sum + stream.gaps, 0)
    case 'reconnects':
      return connections.reduce((sum, connection) => sum + connection.reconnects, 0)
    case 'closedConnections':
      return connections.filter(({ state }) => state === 'waiting' || state === 'closed').length
    case 'roundTripMs':
      return greatest(connections.map(({ roundTripMs }) => roundTripMs))
    case 'messageAgeMs':
      return greatest(streams.map(({ lastEventAgeMs }) => lastEventAgeMs))
    case 'rateLimitUsed':
      return greatest(venues.map(({ rest }) => (rest.weightPerMinute > 0 ? rest.usedWeight / rest.weightPerMinute : 0)))
    case 'clockOffsetMs':
      return greatest(
        venues.map(({ clockOffsetMs }) => (clockOffsetMs === undefined ? undefined : Math.abs(clockOffsetMs))),
      )
    case 'unsyncedBooks':
      return books.filter(
        book => book.state !== 'synced' && (instrument === undefined || book.instrument === instrument),
      ).length
    case 'dropped':
      return consumers.dropped
  }
}

function isMeant(stream: StreamStatus, channel: string | undefined, instrument: string | undefined): boolean {
  if (channel !== undefined && stream.channel !== channel) return false
  return instrument === undefined || stream.instrument === instrument
}

function greatest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter(value => value !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}
