import type { BookStatus, ConnectionStatus, StreamStatus, VenueStatus } from '../../../../src/feed/feed.ts'
import { compact, number } from '../../format/number.ts'
import { age, clock } from '../../format/time.ts'
import { serverNowUs } from '../../state/link.ts'
import { instrument } from '../../state/market.ts'
import { PanelFrame } from '../panel-frame.tsx'
import { type HealthData, healthModel, rates } from './health-model.ts'

const INCIDENTS_SHOWN = 12

export function HealthPanel() {
  const data = healthModel.value
  return (
    <PanelFrame
      id="health"
      view="health"
      title="Connection and data"
      meta={data !== undefined && <Verdict data={data} />}
    >
      {data !== undefined && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling list must be reachable by the keyboard.
        <section class="health" tabIndex={0} aria-label="Health of connections, streams and books">
          <Connections connections={data.feed.connections} />
          <Streams streams={data.feed.streams} books={data.feed.books} />
          <Figures data={data} />
          <Incidents data={data} />
        </section>
      )}
    </PanelFrame>
  )
}

/** Can I trust what I see, in one line. */
function Verdict({ data }: { readonly data: HealthData }) {
  const { connections, streams, books } = data.feed
  const down = connections.filter(one => one.state !== 'delivering' && one.streams > 0).length
  const missing = streams.reduce((sum, one) => sum + one.missing, 0)
  const silent = streams.filter(
    one => one.state === 'silent' || one.state === 'stale' || one.state === 'rejected' || one.state === 'ended',
  ).length
  const unsynced = books.filter(one => one.state !== 'synced').length
  const troubles = [
    down > 0 ? `${down} connection${down > 1 ? 's' : ''} not delivering` : '',
    unsynced > 0 ? `${unsynced} book${unsynced > 1 ? 's' : ''} not synced` : '',
    silent > 0 ? `${silent} stream${silent > 1 ? 's' : ''} silent` : '',
    missing > 0 ? `${number(missing, 0)} events missing` : '',
  ].filter(text => text !== '')
  if (troubles.length === 0) return <span class="verdict">all streams whole</span>
  return <span class="verdict amber">{troubles.join(' · ')}</span>
}

function Connections({ connections }: { readonly connections: readonly ConnectionStatus[] }) {
  return (
    <table class="data compact">
      <thead>
        <tr>
          <th scope="col">Connection</th>
          <th scope="col">State</th>
          <th scope="col">Heard</th>
          <th scope="col">Msg/s</th>
          <th scope="col">kB/s</th>
          <th scope="col">RTT</th>
          <th scope="col">Recon.</th>
          <th scope="col">Up</th>
        </tr>
      </thead>
      <tbody>
        {connections.map(one => (
          <Connection key={one.connectionId} one={one} />
        ))}
      </tbody>
    </table>
  )
}

function Connection({ one }: { readonly one: ConnectionStatus }) {
  const rate = rates.value.get(one.connectionId)
  const isWell = one.state === 'delivering'
  return (
    <tr title={`${one.url}${one.lastCause === undefined ? '' : ` · last cause: ${one.lastCause}`}`}>
      <td>
        {one.venue}
        {one.route === '' ? '' : ` · ${one.route}`}
      </td>
      <td class={isWell ? '' : 'amber'}>
        {isWell ? '● ' : '▲ '}
        {one.state}
        {one.retryInMs === undefined ? '' : ` ${Math.ceil(one.retryInMs / 1000)} s`}
      </td>
      <td>{one.lastMessageAgeMs === undefined ? '–' : age(one.lastMessageAgeMs)}</td>
      <td>{rate === undefined ? '–' : number(rate.messages, 0)}</td>
      <td>{rate === undefined ? '–' : number(rate.bytes / 1000, 0)}</td>
      <td>{one.roundTripMs === undefined ? '–' : `${number(one.roundTripMs, 0)} ms`}</td>
      <td>{one.reconnects}</td>
      <td>{age((serverNowUs() - one.sinceUs) / 1000)}</td>
    </tr>
  )
}

interface StreamsProps {
  readonly streams: readonly StreamStatus[]
  readonly books: readonly BookStatus[]
}

function Streams({ streams, books }: StreamsProps) {
  const hasSeveralVenues = new Set(streams.map(one => one.venue)).size > 1
  const bookOf = new Map(books.map(book => [book.instrument, book]))
  return (
    <table class="data compact">
      <thead>
        <tr>
          <th scope="col">Stream</th>
          <th scope="col">State</th>
          <th scope="col">Last</th>
          <th scope="col">Events</th>
          <th scope="col">Gaps</th>
          <th scope="col">Missing</th>
        </tr>
      </thead>
      <tbody>
        {shownFirst(streams).map(one => {
          const book = one.channel === 'book' && one.instrument !== undefined ? bookOf.get(one.instrument) : undefined
          return (
            <Stream
              key={`${one.venue} ${one.route} ${one.stream}`}
              one={one}
              book={book}
              prefix={hasSeveralVenues ? `${one.venue} ` : ''}
            />
          )
        })}
      </tbody>
    </table>
  )
}

/** Streams of the market on the screen before those that are only still warm. */
function shownFirst(streams: readonly StreamStatus[]): readonly StreamStatus[] {
  const shown = instrument.value
  return [...streams.filter(one => one.instrument === shown), ...streams.filter(one => one.instrument !== shown)]
}

interface StreamProps {
  readonly one: StreamStatus
  readonly book: BookStatus | undefined
  readonly prefix: string
}

function Stream({ one, book, prefix }: StreamProps) {
  const state = book === undefined ? one.state : book.state
  const isWell = state === 'delivering' || state === 'synced' || state === 'acknowledged'
  const gaps = book === undefined ? one.gaps : book.gaps
  return (
    <tr title={one.reason ?? one.stream}>
      <td>
        <span class="muted">{prefix}</span>
        {one.stream}
      </td>
      <td class={isWell ? '' : 'amber'}>
        {isWell ? '● ' : '▲ '}
        {state}
      </td>
      <td>{one.lastEventAgeMs === undefined ? '–' : age(one.lastEventAgeMs)}</td>
      <td>{compact(one.events)}</td>
      <td class={gaps > 0 ? 'amber' : ''}>{gaps}</td>
      <td class={one.missing > 0 ? 'amber' : ''}>{one.missing}</td>
    </tr>
  )
}

function Figures({ data }: { readonly data: HealthData }) {
  const { process, feed } = data
  return (
    <dl class="figures tiles">
      {inUse(feed).map(venue => (
        <Weight key={venue.venue} venue={venue} />
      ))}
      <Tile name="Loop p99" value={`${number(process.loopDelayP99Ms, 1)} ms`} />
      <Tile name="CPU" value={`${number(process.cpuPercent, 0)}%`} />
      <Tile name="Heap / RSS" value={`${number(process.heapMb, 0)} / ${number(process.rssMb, 0)} MB`} />
      <Tile name="Clients / views" value={`${process.clients} / ${process.views}`} />
      <Tile
        name="Drops / errors"
        value={`${number(feed.consumers.dropped, 0)} / ${number(feed.consumers.observerErrors, 0)}${feed.consumers.paused > 0 ? ' (paused)' : ''}`}
        isBad={feed.consumers.dropped + feed.consumers.observerErrors + feed.consumers.paused > 0}
      />
    </dl>
  )
}

/** Venues that something is asked of now; the weight of the others is of no interest. */
function inUse({ venues, connections }: HealthData['feed']): readonly VenueStatus[] {
  const connected = new Set(connections.map(one => one.venue))
  return venues.filter(({ venue, rest }) => connected.has(venue) || rest.usedWeight > 0 || rest.blockedForMs > 0)
}

/** The market part of a venue's name; a tile is narrow. */
function shortName(venue: string): string {
  return venue.slice(venue.lastIndexOf('-') + 1)
}

function Weight({ venue }: { readonly venue: VenueStatus }) {
  const { usedWeight, weightPerMinute, blockedForMs } = venue.rest
  const share = Math.min(100, (usedWeight / Math.max(1, weightPerMinute)) * 100)
  const offset = venue.clockOffsetMs === undefined ? '' : ` · clock ${number(venue.clockOffsetMs, 1)} ms`
  return (
    <div
      class={blockedForMs > 0 || share > 80 ? 'amber' : ''}
      title={`REST weight of ${venue.venue} in this minute${offset}`}
    >
      <dt>{shortName(venue.venue)} weight</dt>
      <dd>
        {blockedForMs > 0
          ? `blocked ${Math.ceil(blockedForMs / 1000)} s`
          : `${number(usedWeight, 0)} / ${number(weightPerMinute, 0)}`}
        <i class="meter" style={{ width: `${share}%` }} />
      </dd>
    </div>
  )
}

function Tile({
  name,
  value,
  isBad = false,
}: {
  readonly name: string
  readonly value: string
  readonly isBad?: boolean
}) {
  return (
    <div class={isBad ? 'amber' : ''}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}

function Incidents({ data }: { readonly data: HealthData }) {
  const incidents = data.incidents.slice(-INCIDENTS_SHOWN).toReversed()
  if (incidents.length === 0) return <p class="hint">No gaps, reconnects or resyncs since the server started.</p>
  return (
    <table class="data compact incidents">
      <thead>
        <tr>
          <th scope="col">Incident UTC</th>
          <th scope="col">Where</th>
          <th scope="col">What</th>
        </tr>
      </thead>
      <tbody>
        {incidents.map(incident => (
          <tr key={`${incident.timeUs} ${incident.kind} ${incident.scope} ${incident.text}`} title={incident.text}>
            <td>{clock(incident.timeUs)}</td>
            <td>{incident.scope}</td>
            <td>{incident.text}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
