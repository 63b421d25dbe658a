import type { EpochUs } from '../model/time.ts'
import { type Clock, systemClock } from '../net/clock.ts'
import type { Dial, Socket, SocketHandlers } from '../net/dial.ts'
import type { Http } from '../net/http.ts'
import { REST, type RecordedLine, type RecordedNote } from '../replay/recorded-line.ts'
import type { VenueAdapter } from '../venue/adapter.ts'

export type TakeLine = (line: RecordedLine) => void

/** A query with one of these belongs to an account: neither it nor its answer is ever written. */
const PRIVATE = /[?&](signature|listenKey|apiKey)=/i

/** The seams of a feed with a listener in them: every frame, control frame and REST answer becomes a line of a recording. */
export interface CaptureTap {
  readonly clock: Clock
  readonly dial: Dial
  readonly http: Http
}

/** @param network opens the sockets and performs the calls */
export function captureTap(
  venues: readonly VenueAdapter[],
  { dial, http }: Pick<CaptureTap, 'dial' | 'http'>,
  take: TakeLine,
): CaptureTap {
  const clock = new StampClock()
  const opened = new Map<string, number>()
  const nextName = (url: string): string => {
    const venue = venues.find(({ endpoints }) => url.startsWith(endpoints.stream))?.id ?? 'socket'
    const number = (opened.get(venue) ?? 0) + 1
    opened.set(venue, number)
    return `${venue}#${number}`
  }
  return {
    clock,
    dial: (url, handlers, options) => {
      const tapped = new TappedSocket(url, nextName, handlers, clock, take)
      return tapped.over(dial(url, tapped, options))
    },
    http: async (request, signal) => {
      const answer = await http(request, signal)
      const { url, method } = request
      if (method === 'GET' && !PRIVATE.test(url)) {
        const note: RecordedNote | undefined =
          answer.status === 200 ? undefined : { kind: 'status', status: answer.status }
        take({ timeUs: clock.nowUs(), connection: REST, isInbound: true, url, text: answer.body, note })
      }
      return answer
    },
  }
}

/** The system's clock, which remembers what it said last: the time that the feed has stamped a read with. */
class StampClock implements Clock {
  lastUs: EpochUs = systemClock.nowUs()

  nowUs(): EpochUs {
    this.lastUs = systemClock.nowUs()
    return this.lastUs
  }

  monotonicMs(): number {
    return systemClock.monotonicMs()
  }

  setTimer(delayMs: number, fn: () => void): Disposable {
    return systemClock.setTimer(delayMs, fn)
  }
}

/** Stands between a socket and the feed, and writes down what passes. */
class TappedSocket implements SocketHandlers, Socket {
  private readonly url: string
  private readonly nextName: (url: string) => string
  private readonly handlers: SocketHandlers
  private readonly clock: StampClock
  private readonly takeLine: TakeLine
  private socket: Socket | undefined
  private name: string | undefined
  private readUs: EpochUs

  constructor(
    url: string,
    nextName: (url: string) => string,
    handlers: SocketHandlers,
    clock: StampClock,
    takeLine: TakeLine,
  ) {
    this.url = url
    this.nextName = nextName
    this.handlers = handlers
    this.clock = clock
    this.takeLine = takeLine
    this.readUs = clock.lastUs
  }

  over(socket: Socket): this {
    this.socket = socket
    return this
  }

  opened(): void {
    this.name = this.nextName(this.url)
    this.line(this.clock.nowUs(), false, '', this.url, undefined)
    this.handlers.opened()
  }

  reading(): void {
    this.handlers.reading()
    this.readUs = this.clock.lastUs
  }

  frame(bytes: Uint8Array, start: number, end: number): void {
    // The frame belongs to the socket: its text is taken before anybody else sees it.
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8')
    this.line(this.readUs, true, text, undefined, undefined)
    this.handlers.frame(bytes, start, end)
  }

  pinged(): void {
    this.handlers.pinged()
  }

  ponged(): void {
    this.handlers.ponged()
  }

  closed(cause: Parameters<SocketHandlers['closed']>[0]): void {
    this.ended({ kind: 'ended', cause: cause.message })
    this.handlers.closed(cause)
  }

  send(text: string): void {
    this.line(this.clock.nowUs(), false, text, undefined, undefined)
    this.socket?.send(text)
  }

  ping(): void {
    this.socket?.ping()
  }

  close(): void {
    this.ended({ kind: 'closed', cause: 'by the recorder' })
    this.socket?.close()
  }

  terminate(): void {
    this.ended({ kind: 'ended', cause: 'given up by the recorder' })
    this.socket?.terminate()
  }

  private ended(note: RecordedNote): void {
    this.line(this.clock.nowUs(), false, '', undefined, note)
    this.name = undefined
  }

  private line(
    timeUs: EpochUs,
    isInbound: boolean,
    text: string,
    url: string | undefined,
    note: RecordedNote | undefined,
  ): void {
    const connection = this.name
    if (connection !== undefined) this.takeLine({ timeUs, connection, isInbound, url, text, note })
  }
}
