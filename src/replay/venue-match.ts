import { ConfigError } from '../model/error.ts'
import type { VenueAdapter } from '../venue/adapter.ts'

/** Which of the venues a part of a recording belongs to, by names, hosts and paths. */
export class VenueMatch {
  private readonly venues: readonly VenueAdapter[]
  private readonly byRestPath = new Map<string, string | undefined>()

  constructor(venues: readonly VenueAdapter[]) {
    this.venues = venues
    for (const venue of venues) {
      const part = firstPart(venue.time.request(undefined).url)
      // A path that two venues have tells nothing.
      this.byRestPath.set(part, this.byRestPath.has(part) ? undefined : venue.id)
    }
  }

  /** Of a socket, by its name (`<venue>#1`) or the host of its URL. */
  ofSocket(name: string, url: string | undefined): string | undefined {
    const named = this.venues.find(({ id }) => name === id || name.startsWith(`${id}#`) || name.startsWith(`${id}/`))
    if (named !== undefined || url === undefined) return named?.id
    return this.sole(venue => hostOf(venue.endpoints.stream) === hostOf(url))
  }

  /** Of a REST answer, by the host or else the path of its request. */
  ofRest(url: string): string | undefined {
    return this.sole(venue => hostOf(venue.endpoints.rest) === hostOf(url)) ?? this.byRestPath.get(firstPart(url))
  }

  /**
   * For everything that says nothing of itself: the only venue there is, the only one that other parts name, or the one
   * whose name stands in the path of the file.
   * @throws ConfigError when it cannot be told
   */
  fallback(hinted: ReadonlySet<string>, files: readonly string[]): string {
    const [sole] = this.venues
    if (this.venues.length === 1 && sole !== undefined) return sole.id
    const [only] = hinted
    if (hinted.size === 1 && only !== undefined) return only
    const inPath = this.venues.filter(({ id }) => files.some(file => file.replaceAll('\\', '/').includes(id)))
    const [named] = inPath
    if (inPath.length === 1 && named !== undefined) return named.id
    const ids = this.venues.map(({ id }) => id).join(', ')
    throw new ConfigError(`recording "${files.join('", "')}" does not tell of which venue it is: name one of ${ids}.`)
  }

  private sole(isIt: (venue: VenueAdapter) => boolean): string | undefined {
    const found = this.venues.filter(isIt)
    return found.length === 1 ? found[0]?.id : undefined
  }
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname : url
}

function firstPart(url: string): string {
  return URL.canParse(url) ? (new URL(url).pathname.split('/')[1] ?? '') : ''
}
