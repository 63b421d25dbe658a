import { RateLimited } from '../model/error.ts'
import { systemClock } from '../net/clock.ts'
import { answerError, type Http } from '../net/http.ts'
import type { VenueAdapter } from '../venue/adapter.ts'
import type { Logger } from './logger.ts'
import { network } from './network.ts'

/**
 * REST calls whose refusals a person gets to see at once: after a 429, 418 or a firewall’s 403 the feed sends nothing to the
 * host for seconds or minutes, and the reason must not stay in its books.
 */
export function loggedHttp(venues: readonly VenueAdapter[], log: Logger): Http {
  return async (request, signal) => {
    const answer = await network().http(request, signal)
    const venue = venues.find(adapter => request.url.startsWith(adapter.endpoints.rest))
    const error = answerError(request, answer, body => venue?.readError(body), systemClock.nowUs() / 1000)
    if (error instanceof RateLimited) log.warn(error.message)
    return answer
  }
}
