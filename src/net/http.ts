import { errorLine, HttpError, RateLimited } from '../model/error.ts'
import type { HttpRequest } from '../model/http.ts'
import type { DurationMs } from '../model/time.ts'
import type { Clock } from './clock.ts'
import { dialFailure, errorCode } from './dial-failure.ts'
import { type Agents, BodyTooLarge, httpCall } from './http-call.ts'
import { retryAfterMs, UNNAMED_BAN_MS } from './retry-after.ts'

export interface HttpAnswer {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  readonly body: string
}

/** Performs one call. Throws only typed errors, and only for what prevented an answer. */
export type Http = (request: HttpRequest, signal: AbortSignal) => Promise<HttpAnswer>

/** Calls by the agents that `agentsFor` names for a URL; undefined for the direct way. */
export function httpThrough(agentsFor: (url: URL) => Agents | undefined): Http {
  return async (request, signal) => {
    try {
      return await httpCall(request, signal, agentsFor(new URL(request.url)))
    } catch (cause) {
      if (signal.aborted) throw cause
      throw new HttpError(`${request.method} ${withoutQuery(request.url)}: ${networkLine(cause)}`, {
        status: 0,
        isRetryable: !(cause instanceof BodyTooLarge),
        cause,
      })
    }
  }
}

/** Redirects are not followed, because no venue's API redirects. */
export const fetchHttp: Http = httpThrough(() => undefined)

/** @throws HttpError with status 0 when the whole call took longer than `deadlineMs` */
export async function withDeadline(
  http: Http,
  clock: Clock,
  request: HttpRequest,
  deadlineMs: DurationMs,
  signal?: AbortSignal,
): Promise<HttpAnswer> {
  const controller = new AbortController()
  const onAbort = (): void => controller.abort(signal?.reason)
  signal?.addEventListener('abort', onAbort, { once: true })
  if (signal?.aborted) onAbort()
  let isLate = false
  const timer = clock.setTimer(deadlineMs, () => {
    isLate = true
    controller.abort()
  })
  try {
    return await http(request, controller.signal)
  } catch (cause) {
    if (!isLate) throw cause
    const text = `${request.method} ${withoutQuery(request.url)}: no answer within ${deadlineMs} ms`
    throw new HttpError(text, { status: 0, isRetryable: true, cause })
  } finally {
    timer[Symbol.dispose]()
    signal?.removeEventListener('abort', onAbort)
  }
}

/** The longest that a limit by the minute can last. */
const UNNAMED_LIMIT_MS = 60_000
/** How long a firewall's refusal (403 without a JSON body) is respected. */
const FIREWALL_PAUSE_MS = 300_000

/**
 * The error an answer stands for; undefined for a good one. The status is looked at before the body, and a body that is
 * not JSON (the HTML of a proxy or firewall) is shown cut to 200 characters.
 */
export function answerError(
  request: HttpRequest,
  answer: HttpAnswer,
  readError: (body: string) => { readonly code: number; readonly message: string } | undefined,
  nowMs: number,
): HttpError | RateLimited | undefined {
  const where = `${request.method} ${withoutQuery(request.url)}`
  const venueError = readError(answer.body)
  if (answer.status >= 200 && answer.status < 300) {
    if (looksLikeJson(answer.body)) return undefined
    return new HttpError(`${where}: expected JSON, received ${excerpt(answer.body)}`, {
      status: answer.status,
      isRetryable: true,
    })
  }
  const detail = venueError === undefined ? excerpt(answer.body) : `${venueError.message} (code ${venueError.code})`
  if (answer.status === 429 || answer.status === 418) {
    const namedMs = retryAfterMs(answer.headers) ?? bannedForMs(venueError?.message, nowMs)
    const waitMs = namedMs ?? (answer.status === 418 ? UNNAMED_BAN_MS : UNNAMED_LIMIT_MS)
    const text = `${where}: HTTP ${answer.status}, asked to wait ${Math.ceil(waitMs / 1000)} s: ${detail}`
    return new RateLimited(text, { status: answer.status, retryAfterMs: waitMs })
  }
  if (answer.status === 403 && venueError === undefined) {
    const waitMs = retryAfterMs(answer.headers) ?? FIREWALL_PAUSE_MS
    const text = `${where}: HTTP 403 from a firewall, waiting ${Math.ceil(waitMs / 1000)} s: ${detail}`
    return new RateLimited(text, { status: 403, retryAfterMs: waitMs })
  }
  const hint = answer.status === 451 ? ' (the venue does not serve this location)' : ''
  return new HttpError(`${where}: HTTP ${answer.status}${hint}: ${detail}`, {
    status: answer.status,
    venueCode: venueError?.code,
    isRetryable: answer.status >= 500,
  })
}

/** The epoch milliseconds of "banned until" in the venue's message, for a venue that sends no header. */
function bannedForMs(message: string | undefined, nowMs: number): DurationMs | undefined {
  const until = /until (\d{13})/.exec(message ?? '')?.[1]
  return until === undefined ? undefined : Math.max(1000, Number(until) - nowMs)
}

function looksLikeJson(body: string): boolean {
  const first = body.trimStart()[0]
  return first === '{' || first === '['
}

/** What is looked at of a body that is no answer: enough for a title. */
const MOST_EXCERPT = 4096

function excerpt(body: string): string {
  const text = body
    .slice(0, MOST_EXCERPT)
    .replace(/<[^<>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 200)
  return text === '' ? 'an empty body' : JSON.stringify(text)
}

/** Query strings may hold keys and signatures: they never reach a message. */
function withoutQuery(url: string): string {
  const query = url.indexOf('?')
  return query < 0 ? url : url.slice(0, query)
}

function networkLine(cause: unknown): string {
  if (!(cause instanceof Error) || cause instanceof BodyTooLarge) return errorLine(cause)
  if (errorCode(cause) === 'ECONNRESET')
    return `the connection was cut before the answer was whole: ${errorLine(cause)}`
  return dialFailure(cause).message
}
