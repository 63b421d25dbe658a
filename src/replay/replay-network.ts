import { InvariantError } from '../model/error.ts'
import type { Dial } from '../net/dial.ts'
import { controlStreams } from './announced-streams.ts'
import { ConnectionNames } from './connection-names.ts'
import { frameStream } from './frame-stream.ts'
import type { RecordedLine } from './recorded-line.ts'
import { ReplaySocket } from './replay-socket.ts'
import type { StreamGroup, Survey } from './survey.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** A group of streams as the replay goes on. */
interface GroupState {
  readonly group: StreamGroup
  /** Segments that the replay is in, the newest last. */
  live: readonly number[]
  readonly sockets: Set<ReplaySocket>
}

interface Turn {
  readonly line: number
  readonly state: GroupState
  readonly segment: number
}

/** The URL under which the feed finds a group of recorded streams. */
export function groupUrl(venue: string, route: string): string {
  return `recording://${venue}/${encodeURIComponent(route)}`
}

/** Recorded sockets as the feed sees them: they open, bring frames and end where they did when they were recorded. */
export class ReplayNetwork {
  /** Frames that were handed to a socket. */
  messages = 0
  private readonly survey: Survey
  private readonly clock: VirtualClock
  private readonly byUrl = new Map<string, GroupState>()
  /** By number of the recorded socket and name of the stream. */
  private readonly byStream: Map<string, GroupState>[] = []
  private readonly begins: readonly Turn[]
  private readonly ends: readonly Turn[]
  private nextBegin = 0
  private nextEnd = 0
  private readonly names = new ConnectionNames()
  private readonly subscribed: Set<string>[] = []
  private scratch = Buffer.alloc(64 * 1024)

  constructor(survey: Survey, clock: VirtualClock) {
    this.survey = survey
    this.clock = clock
    const begins: Turn[] = []
    const ends: Turn[] = []
    for (const group of survey.groups) {
      const state: GroupState = { group, live: [], sockets: new Set() }
      this.byUrl.set(groupUrl(group.venue, group.route), state)
      for (const [segment, { connection, from, to }] of group.segments.entries()) {
        const streams = (this.byStream[connection] ??= new Map())
        for (const name of group.streams) streams.set(name, state)
        begins.push({ line: from, state, segment })
        if (Number.isFinite(to)) ends.push({ line: to, state, segment })
      }
    }
    this.begins = begins.sort((a, b) => a.line - b.line)
    this.ends = ends.sort((a, b) => a.line - b.line)
  }

  readonly dial: Dial = (url, handlers) => {
    const state = this.byUrl.get(url)
    if (state === undefined) throw new InvariantError(`a replay has no socket "${url}"`)
    const socket = new ReplaySocket(handlers, this.clock, ended => state.sockets.delete(ended))
    state.sockets.add(socket)
    const newest = state.live.at(-1)
    if (newest !== undefined) socket.open(newest)
    return socket
  }

  /** Opens what begins with this line; true when something did. */
  beforeLine(index: number): boolean {
    const before = this.nextBegin
    for (;;) {
      const turn = this.begins[this.nextBegin]
      if (turn === undefined || turn.line > index) return this.nextBegin > before
      this.nextBegin++
      const { state, segment } = turn
      const isJoined = state.group.segments[segment]?.isJoined === true
      state.live = [...state.live, segment]
      // What is announced makes the feed dial at once.
      for (const socket of Array.from(state.sockets)) {
        if (socket.segment === undefined) socket.open(segment)
        else if (isJoined) socket.announceEnd()
      }
    }
  }

  /** Ends what ends with this line; true when something did. */
  afterLine(index: number): boolean {
    const before = this.nextEnd
    for (;;) {
      const turn = this.ends[this.nextEnd]
      if (turn === undefined || turn.line > index) return this.nextEnd > before
      this.nextEnd++
      const { state, segment } = turn
      state.live = state.live.filter(other => other !== segment)
      const ended = state.group.segments[segment]
      const facts = this.survey.connections[ended?.connection ?? -1]
      // One that was replaced in time, and then closed by the recorder itself, is left to the feed's own replacement: it may
      // need a moment longer than the recorded one did.
      const isReplaced = facts?.isClosed === true && state.group.segments[segment + 1]?.isJoined === true
      if (isReplaced && state.live.includes(segment + 1)) continue
      for (const socket of Array.from(state.sockets)) {
        if (socket.segment === segment) socket.drop(facts?.endCause ?? 'the recording of this socket ends here')
      }
    }
  }

  /** A line of a socket; true when the feed must be given time to react to more than data. */
  take(file: number, line: RecordedLine): boolean {
    const number = this.names.numberOf(file, line)
    if (!line.isInbound) return this.takeSent(number, line)
    const name = frameStream(line.text)
    const state = name === undefined ? undefined : this.byStream[number]?.get(name)
    if (name === undefined || state === undefined || state.sockets.size === 0) return false
    this.deliver(state, number, name, line.text)
    return false
  }

  /** Lines are missing: nothing that follows need follow what was. */
  cutAll(cause: string): void {
    for (const state of this.byUrl.values())
      for (const socket of Array.from(state.sockets)) if (socket.segment !== undefined) socket.drop(cause)
  }

  private deliver(state: GroupState, number: number, name: string, text: string): void {
    const { segments } = state.group
    let end = -1
    for (const socket of state.sockets) {
      if (segments[socket.segment ?? -1]?.connection !== number || !socket.names.has(name)) continue
      if (end < 0) end = this.encode(text)
      this.messages++
      socket.receive(this.scratch, end)
    }
  }

  private encode(text: string): number {
    // A UTF-16 unit takes three bytes at most.
    if (text.length * 3 > this.scratch.length) this.scratch = Buffer.alloc(text.length * 6)
    return this.scratch.write(text, 'utf8')
  }

  /** A stream that was subscribed although it was subscribed already had been given up for dead by the recorder. */
  private takeSent(number: number, { text }: RecordedLine): boolean {
    if (text === '') return false
    const known = (this.subscribed[number] ??= new Set())
    const { subscribed, dropped } = controlStreams(text)
    for (const name of dropped) known.delete(name)
    let isDoubted = false
    for (const name of subscribed) {
      if (!known.has(name)) {
        known.add(name)
        continue
      }
      const state = this.byStream[number]?.get(name)
      for (const socket of state?.sockets ?? []) {
        const segment = state?.group.segments[socket.segment ?? -1]
        if (segment?.connection !== number || !socket.names.has(name)) continue
        socket.forget(name)
        isDoubted = true
      }
    }
    return isDoubted
  }
}
