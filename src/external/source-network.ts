import { HttpError, RateLimited } from '../model/error.ts'
import type { HttpRequest } from '../model/http.ts'
import type { Clock } from '../net/clock.ts'
import type { Dial, Socket } from '../net/dial.ts'
import { postRequest } from '../net/guarded-post.ts'
import { answerError, type Http, type HttpAnswer, withDeadline } from '../net/http.ts'
import type { ExternalContext } from './source.ts'

const CALL_DEADLINE_MS = 30_000
/** Calls of one source that wait for an answer. */
const MOST_CALLS = 32
const MOST_SOCKETS = 8

/** Hosts that asked one source to wait; it outlives the source's runs. */
export class HostPauses {
  private readonly clock: Clock
  private readonly untilMs = new Map<string, number>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** @throws RateLimited while the host is to be left alone */
  check(url: string): void {
    const host = new URL(url).host
    const leftMs = (this.untilMs.get(host) ?? 0) - this.clock.monotonicMs()
    if (leftMs <= 0) return
    const text = `${host} asked to wait ${Math.ceil(leftMs / 1000)} s longer: nothing was sent`
    throw new RateLimited(text, { status: 429, retryAfterMs: leftMs })
  }

  note(url: string, error: RateLimited): void {
    this.untilMs.set(new URL(url).host, this.clock.monotonicMs() + error.retryAfterMs)
  }
}

export interface NetworkTools {
  readonly clock: Clock
  readonly http: Http
  readonly dial: Dial
  readonly pauses: HostPauses
  readonly signal: AbortSignal
  /** Something came from the other side. */
  readonly alive: () => void
}

/** What one run of a source may reach: bounded, ended with the run, and obedient to hosts that ask to wait. */
export function sourceNetwork(tools: NetworkTools): Pick<ExternalContext, 'http' | 'post' | 'dial'> {
  const { clock, pauses, signal } = tools
  let calls = 0
  const perform = async (request: HttpRequest): Promise<HttpAnswer> => {
    const { url } = request
    signal.throwIfAborted()
    pauses.check(url)
    if (calls >= MOST_CALLS)
      throw new HttpError(`more than ${MOST_CALLS} calls wait for an answer`, { status: 0, isRetryable: true })
    calls++
    try {
      const answer = await withDeadline(tools.http, clock, request, CALL_DEADLINE_MS, signal)
      tools.alive()
      const error = answerError(request, answer, () => undefined, clock.nowUs() / 1000)
      if (error === undefined) return answer
      if (error instanceof RateLimited) pauses.note(url, error)
      throw error
    } finally {
      calls--
    }
  }
  return {
    http: request => perform({ ...request, weight: 1 }),
    post: request => perform(postRequest(request)),
    dial: ownedDial(tools),
  }
}

/** Sockets that end with the run; what they bring afterwards is not handed on. */
function ownedDial({ dial, signal, alive }: NetworkTools): Dial {
  const open = new Set<Socket>()
  signal.addEventListener('abort', () => {
    for (const socket of open) socket.terminate()
    open.clear()
  })
  return (url, handlers, options) => {
    signal.throwIfAborted()
    if (open.size >= MOST_SOCKETS)
      throw new HttpError(`more than ${MOST_SOCKETS} sockets are open`, { status: 0, isRetryable: true })
    const socket = dial(
      url,
      {
        opened: () => signal.aborted || handlers.opened(),
        reading: () => signal.aborted || handlers.reading(),
        frame: (bytes, start, end) => {
          if (signal.aborted) return
          alive()
          handlers.frame(bytes, start, end)
        },
        pinged: () => signal.aborted || handlers.pinged(),
        ponged: () => signal.aborted || handlers.ponged(),
        closed: cause => {
          open.delete(socket)
          if (!signal.aborted) handlers.closed(cause)
        },
      },
      options,
    )
    open.add(socket)
    return socket
  }
}
