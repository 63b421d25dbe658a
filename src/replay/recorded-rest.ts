import { AbortedError, HttpError } from '../model/error.ts'
import type { HttpRequest } from '../model/http.ts'
import type { Http, HttpAnswer } from '../net/http.ts'
import type { VenueAdapter } from '../venue/adapter.ts'
import type { RecordedLine } from './recorded-line.ts'
import { looseRestKey, restKey } from './rest-key.ts'
import type { Survey } from './survey.ts'

interface Waiter {
  readonly resolve: (answer: HttpAnswer) => void
}

/** Answers that came before they were asked for; the newest of each kind. */
const MOST_EARLY = 4096

const NO_HEADERS = { get: (): string | null => null }

/**
 * REST of a recording: a request gets the answer to the same question that was recorded next, at the moment at which it
 * was. One that came before it was asked for serves once. What the recording does not answer fails at once.
 */
export class RecordedRest {
  private readonly survey: Survey
  private readonly venues: readonly VenueAdapter[]
  private readonly left: Map<string, number>
  private readonly early = new Map<string, HttpAnswer>()
  private readonly waiting = new Map<string, readonly Waiter[]>()

  constructor(survey: Survey, venues: readonly VenueAdapter[]) {
    this.survey = survey
    this.venues = venues
    this.left = new Map(survey.answers)
  }

  readonly http: Http = async (request, signal) => {
    const [exact, loose] = this.keysOf(request)
    // The very question where the recording answers it, else the one that differs in nothing but the depth of its answer.
    const key = this.survey.answers.has(exact) ? exact : loose
    const table = this.survey.tables.get(key)
    if (table !== undefined) return { status: 200, headers: NO_HEADERS, body: table }
    const early = this.early.get(key)
    if (early !== undefined) {
      for (const each of [exact, loose]) if (this.early.get(each) === early) this.early.delete(each)
      return early
    }
    if ((this.left.get(key) ?? 0) === 0) throw unanswered(request)
    return await new Promise<HttpAnswer>((resolve, reject) => {
      const waiter: Waiter = { resolve }
      this.waiting.set(key, [...(this.waiting.get(key) ?? []), waiter])
      const onAbort = (): void => {
        this.waiting.set(key, this.waiting.get(key)?.filter(other => other !== waiter) ?? [])
        reject(new AbortedError('the request was aborted'))
      }
      signal.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** An answer of the recording; true when somebody waited for it. */
  take(line: RecordedLine): boolean {
    const { url, text, note } = line
    if (url === undefined || !line.isInbound) return false
    const venue = this.survey.venueOfRest(url)
    const answer = { status: note?.kind === 'status' ? note.status : 200, headers: NO_HEADERS, body: text }
    const keys = [restKey(venue, url), looseRestKey(venue, url)]
    for (const key of keys) this.left.set(key, (this.left.get(key) ?? 1) - 1)
    for (const key of keys) {
      const [first, ...others] = this.waiting.get(key) ?? []
      if (first === undefined) continue
      this.waiting.set(key, others)
      first.resolve(answer)
      return true
    }
    for (const key of keys) this.keep(key, answer)
    return false
  }

  private keep(key: string, answer: HttpAnswer): void {
    this.early.delete(key)
    this.early.set(key, answer)
    const [oldest] = this.early.keys()
    if (this.early.size > MOST_EARLY && oldest !== undefined) this.early.delete(oldest)
  }

  private keysOf({ url }: HttpRequest): readonly [exact: string, loose: string] {
    const venue =
      this.venues.find(({ endpoints }) => url.startsWith(endpoints.rest))?.id ?? this.survey.venueOfRest(url)
    return [restKey(venue, url), looseRestKey(venue, url)]
  }
}

function unanswered({ method, url }: HttpRequest): HttpError {
  const path = URL.canParse(url) ? new URL(url).pathname : url
  return new HttpError(`the recording holds no (further) answer to ${method} ${path}`, {
    status: 0,
    isRetryable: false,
  })
}
