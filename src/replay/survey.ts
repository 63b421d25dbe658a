import { ConfigError } from '../model/error.ts'
import type { VenueAdapter } from '../venue/adapter.ts'
import { controlStreams, urlStreams } from './announced-streams.ts'
import { ConnectionNames } from './connection-names.ts'
import { frameStream, frameSymbol } from './frame-stream.ts'
import { mergedLines } from './merged-lines.ts'
import type { CutOff } from './read-lines.ts'
import { REST, type RecordedLine } from './recorded-line.ts'
import { looseRestKey, restKey } from './rest-key.ts'
import { type Carrier, type Segment, segmentsOf } from './segments.ts'
import { VenueMatch } from './venue-match.ts'

/** A native stream as one socket of the recording brought it. */
interface StreamFacts {
  frames: number
  firstData: number | undefined
  lastData: number | undefined
}

/** One socket of the recording. */
export interface ConnectionFacts {
  readonly name: string
  venue: string | undefined
  url: string | undefined
  readonly openLine: number
  readonly openUs: number
  lastLine: number
  lastUs: number
  /** Why it ended, when the recorder noted that. */
  endCause: string | undefined
  /** The recorder itself ended it. */
  isClosed: boolean
  readonly streams: Map<string, StreamFacts>
}

/** Streams that came by the same sockets from beginning to end. */
export interface StreamGroup {
  readonly venue: string
  /** Unique within the venue. */
  readonly route: string
  readonly streams: ReadonlySet<string>
  readonly segments: readonly Segment[]
}

/** A native stream of the recording. */
export interface RecordedStream {
  readonly group: StreamGroup
  /** 0 when it was subscribed and stayed quiet. */
  readonly frames: number
  /** The symbol its frames name. */
  readonly symbol: string | undefined
  /** Text of its first frame. */
  readonly sample: string | undefined
}

/** Everything that must be known of a recording before its first line is replayed. */
export interface Survey {
  readonly files: readonly string[]
  readonly lines: number
  readonly firstUs: number | undefined
  readonly lastUs: number | undefined
  /** Lines without a receive time. */
  readonly untimed: number
  readonly cuts: readonly CutOff[]
  /** Lines that the recorder could not write. */
  readonly lost: number
  readonly connections: readonly ConnectionFacts[]
  readonly groups: readonly StreamGroup[]
  /** By venue and native name. */
  readonly streams: ReadonlyMap<string, ReadonlyMap<string, RecordedStream>>
  /** REST answers by what they answer. */
  readonly answers: ReadonlyMap<string, number>
  /** First body of the answers that venues' instrument tables come from. */
  readonly tables: ReadonlyMap<string, string>
  /** The venue of a REST answer. */
  venueOfRest(url: string): string
}

/** Reads a recording once, holding nothing but what a survey tells. @throws ConfigError */
export async function surveyRecording(files: readonly string[], venues: readonly VenueAdapter[]): Promise<Survey> {
  const surveyor = new Surveyor(files, venues)
  for await (const batch of mergedLines(files, cut => surveyor.cuts.push(cut))) {
    for (const line of batch.lines) surveyor.look(batch.file, line)
  }
  return surveyor.result()
}

/** Sockets of one recording; far beyond what any recorder opened. */
const MOST_CONNECTIONS = 100_000

class Surveyor {
  readonly cuts: CutOff[] = []
  private readonly files: readonly string[]
  private readonly match: VenueMatch
  private readonly tableKeys: ReadonlySet<string>
  private readonly names = new ConnectionNames()
  private readonly connections: ConnectionFacts[] = []
  private readonly samples = new Map<string, string>()
  private readonly hinted = new Set<string>()
  /** Requests with the venue they name, '' where they name none. */
  private readonly answers = new Map<string, { readonly url: string; readonly venue: string; count: number }>()
  private readonly bodies = new Map<string, string>()
  private lines = 0
  private untimed = 0
  private lost = 0
  private firstUs: number | undefined
  private lastUs: number | undefined

  constructor(files: readonly string[], venues: readonly VenueAdapter[]) {
    this.files = files
    this.match = new VenueMatch(venues)
    this.tableKeys = new Set(venues.map(venue => restKey('', venue.instruments.request(undefined).url)))
  }

  look(file: number, line: RecordedLine): void {
    const index = this.lines++
    if (line.timeUs === undefined) this.untimed++
    else {
      this.firstUs ??= line.timeUs
      this.lastUs = line.timeUs
    }
    if (line.note?.kind === 'lost') this.lost += line.note.lines
    else if (line.connection === REST) this.lookAtRest(line)
    else this.lookAtSocket(index, this.names.numberOf(file, line), line)
  }

  result(): Survey {
    if (this.lines === 0) throw new ConfigError(`recording "${this.files.join('", "')}" holds no line.`)
    const needsFallback =
      this.connections.some(connection => connection.venue === undefined) ||
      [...this.answers.values()].some(answer => answer.venue === '')
    const fallback = needsFallback ? this.match.fallback(this.hinted, this.files) : ''
    for (const connection of this.connections) connection.venue ??= fallback
    const { files, lines, firstUs, lastUs, untimed, cuts, lost, connections } = this
    const groups = groupsOf(connections)
    const venueOfRest = (url: string): string => this.match.ofRest(url) ?? fallback
    const answers = new Map<string, number>()
    const tables = new Map<string, string>()
    for (const { url, count } of this.answers.values()) {
      const venue = venueOfRest(url)
      const key = restKey(venue, url)
      for (const each of [key, looseRestKey(venue, url)]) answers.set(each, (answers.get(each) ?? 0) + count)
      const body = this.bodies.get(url)
      if (body !== undefined && !tables.has(key)) tables.set(key, body)
    }
    const streams = streamsOf(groups, connections, this.samples)
    return {
      files,
      lines,
      firstUs,
      lastUs,
      untimed,
      cuts,
      lost,
      connections,
      groups,
      streams,
      answers,
      tables,
      venueOfRest,
    }
  }

  private lookAtRest({ url, isInbound, text }: RecordedLine): void {
    if (url === undefined || !isInbound) return
    const venue = this.match.ofRest(url) ?? ''
    if (venue !== '') this.hinted.add(venue)
    const key = restKey(venue, url)
    const known = this.answers.get(key)
    if (known === undefined) this.answers.set(key, { url, venue, count: 1 })
    else known.count++
    if (known === undefined && this.tableKeys.has(restKey('', url))) this.bodies.set(url, text)
  }

  private lookAtSocket(index: number, number: number, line: RecordedLine): void {
    const connection = (this.connections[number] ??= this.open(index, line))
    connection.lastLine = index
    connection.lastUs = this.lastUs ?? 0
    if (line.note?.kind === 'ended' || line.note?.kind === 'closed') {
      connection.endCause = line.note.cause
      connection.isClosed = line.note.kind === 'closed'
    }
    if (!line.isInbound) {
      this.lookAtSent(connection, line)
      return
    }
    const name = frameStream(line.text)
    if (name === undefined) return
    const facts = factsOf(connection, name)
    facts.frames++
    facts.firstData ??= index
    facts.lastData = index
    const key = `${connection.venue ?? ''} ${name}`
    if (facts.frames === 1 && !this.samples.has(key)) this.samples.set(key, line.text)
  }

  private lookAtSent(connection: ConnectionFacts, line: RecordedLine): void {
    if (line.url !== undefined) {
      connection.url ??= line.url
      connection.venue ??= this.hint(this.match.ofSocket(connection.name, line.url))
      for (const name of urlStreams(line.url)) factsOf(connection, name)
    }
    if (line.text !== '') for (const name of controlStreams(line.text).subscribed) factsOf(connection, name)
  }

  private open(index: number, line: RecordedLine): ConnectionFacts {
    if (this.connections.length >= MOST_CONNECTIONS)
      throw new ConfigError(`recording "${this.files[0] ?? ''}" holds more than ${MOST_CONNECTIONS} sockets.`)
    const url = line.isInbound ? undefined : line.url
    return {
      name: line.connection,
      venue: this.hint(this.match.ofSocket(line.connection, url)),
      url,
      openLine: index,
      openUs: this.lastUs ?? 0,
      lastLine: index,
      lastUs: this.lastUs ?? 0,
      endCause: undefined,
      isClosed: false,
      streams: new Map(),
    }
  }

  private hint(venue: string | undefined): string | undefined {
    if (venue !== undefined) this.hinted.add(venue)
    return venue
  }
}

function factsOf(connection: ConnectionFacts, name: string): StreamFacts {
  let facts = connection.streams.get(name)
  if (facts === undefined) {
    facts = { frames: 0, firstData: undefined, lastData: undefined }
    connection.streams.set(name, facts)
  }
  return facts
}

/** Streams that came by the same sockets share their fate. */
function groupsOf(connections: readonly ConnectionFacts[]): readonly StreamGroup[] {
  const carriers = new Map<string, number[]>()
  for (const [number, { venue, streams }] of connections.entries()) {
    for (const name of streams.keys()) {
      const key = `${venue ?? ''} ${name}`
      const list = carriers.get(key)
      if (list === undefined) carriers.set(key, [number])
      else list.push(number)
    }
  }
  const members = new Map<string, { readonly numbers: readonly number[]; readonly names: Set<string> }>()
  for (const [key, numbers] of carriers) {
    const space = key.indexOf(' ')
    const signature = `${key.slice(0, space)} ${numbers.join(',')}`
    const group = members.get(signature) ?? { numbers, names: new Set<string>() }
    group.names.add(key.slice(space + 1))
    members.set(signature, group)
  }
  const routes = new Set<string>()
  return [...members.values()].map(({ numbers, names }) => {
    const first = connections[numbers[0] ?? -1]
    const venue = first?.venue ?? ''
    const route = uniqueRoute(routes, venue, first?.name ?? '')
    return { venue, route, streams: names, segments: segmentsOf(numbers.map(n => carrierOf(connections, n, names))) }
  })
}

function uniqueRoute(taken: Set<string>, venue: string, name: string): string {
  const base = name.startsWith(`${venue}`) ? name.slice(venue.length).replace(/^[/#]/, '') : name
  for (let copy = 1; ; copy++) {
    const route = copy === 1 ? base : `${base}.${copy}`
    const key = `${venue}/${route}`
    if (taken.has(key)) continue
    taken.add(key)
    return route
  }
}

function carrierOf(connections: readonly ConnectionFacts[], number: number, names: ReadonlySet<string>): Carrier {
  const facts = connections[number]
  let firstData: number | undefined
  let lastData: number | undefined
  for (const name of names) {
    const stream = facts?.streams.get(name)
    if (stream?.firstData === undefined || stream.lastData === undefined) continue
    firstData = Math.min(firstData ?? stream.firstData, stream.firstData)
    lastData = Math.max(lastData ?? stream.lastData, stream.lastData)
  }
  return {
    connection: number,
    openLine: facts?.openLine ?? 0,
    openUs: facts?.openUs ?? 0,
    lastLine: facts?.lastLine ?? 0,
    lastUs: facts?.lastUs ?? 0,
    isEnded: facts?.endCause !== undefined,
    isClosed: facts?.isClosed ?? false,
    firstData,
    lastData,
  }
}

function streamsOf(
  groups: readonly StreamGroup[],
  connections: readonly ConnectionFacts[],
  samples: ReadonlyMap<string, string>,
): ReadonlyMap<string, ReadonlyMap<string, RecordedStream>> {
  const venues = new Map<string, Map<string, RecordedStream>>()
  for (const group of groups) {
    const streams = venues.get(group.venue) ?? new Map<string, RecordedStream>()
    venues.set(group.venue, streams)
    for (const name of group.streams) {
      let frames = 0
      for (const { connection } of group.segments) frames += connections[connection]?.streams.get(name)?.frames ?? 0
      const sample = samples.get(`${group.venue} ${name}`) ?? samples.get(` ${name}`)
      streams.set(name, { group, frames, symbol: sample === undefined ? undefined : frameSymbol(sample), sample })
    }
  }
  return venues
}
