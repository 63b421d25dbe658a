import type { SimVenue, StreamClass, VenueRules } from '../venue-rules.ts'

/** What a socket's URL asks for. */
export interface StreamPath {
  /** Classes whose streams deliver here; others are acknowledged and stay silent. */
  readonly classes: ReadonlySet<StreamClass>
  readonly isCombined: boolean
  readonly names: readonly string[]
  readonly isMicro: boolean
  /** Of listen keys: the kinds of events asked for, where they were named. */
  readonly events: ReadonlyMap<string, ReadonlySet<string>>
  /** Listen keys named in the path itself, as in `/private/ws/<key>`: the venue's hosts disagree whether these deliver. */
  readonly keysInPath: ReadonlySet<string>
  /** True for a WebSocket API, which answers requests and has no streams. */
  readonly isApi: boolean
  /** Of a WebSocket API: whether answers tell what was used. */
  readonly showsRateLimits: boolean
}

export type PathResult =
  | { readonly kind: 'stream'; readonly path: StreamPath }
  | { readonly kind: 'refused'; readonly status: number; readonly code?: number; readonly message: string }

const apiPaths: Readonly<Record<string, SimVenue>> = {
  '/ws-api/v3': 'binance-spot',
  '/ws-fapi/v1': 'binance-usdm',
  '/ws-dapi/v1': 'binance-coinm',
}
const everything: ReadonlySet<StreamClass> = new Set(['public', 'market', 'private'])

/** Reads the URL of an upgrade request as the venue does. */
export function parseStreamPath(rules: VenueRules, target: string): PathResult {
  const question = target.indexOf('?')
  const path = question < 0 ? target : target.slice(0, question)
  const query = parseQuery(question < 0 ? '' : target.slice(question + 1))
  const notFound: PathResult = { kind: 'refused', status: 404, message: 'Not Found' }
  if (apiPaths[path] === rules.venue && query !== undefined) return parseApiPath(rules, query)
  const parts = path.split('/').slice(1)
  const classes = takeClass(rules, parts)
  if (classes === undefined || query === undefined) return notFound
  const [form, ...rest] = parts
  const text = decode(rest.join('/'))
  if (text === undefined || (form !== 'ws' && form !== 'stream')) return notFound
  const isMicro = readTimeUnit(rules, query.get('timeUnit'))
  if (isMicro === undefined) return badTimeUnit
  // Only the combined form takes ?streams=; only the raw form names streams in its path.
  const list = form === 'ws' ? text : (query.get('streams') ?? '')
  const isPrivate = classes.has('private') && classes.size === 1
  const keys = isPrivate ? parseListenKeys(target) : new Map<string, undefined>()
  const keysInPath = new Set(isPrivate && form === 'ws' && text !== '' ? text.split('/') : [])
  const names = [...new Set([...list.split('/').filter(name => name !== ''), ...keys.keys()])]
  const events = new Map([...keys].flatMap(([key, kinds]) => (kinds === undefined ? [] : [[key, kinds] as const])))
  return {
    kind: 'stream',
    path: { classes, isCombined: form === 'stream', names, isMicro, events, keysInPath, ...noApi },
  }
}

const noApi = { isApi: false, showsRateLimits: false }
const badTimeUnit: PathResult = {
  kind: 'refused',
  status: 400,
  code: -1194,
  message: 'Invalid value for time unit; expected either MICROSECOND or MILLISECOND.',
}

function parseApiPath(rules: VenueRules, query: ReadonlyMap<string, string>): PathResult {
  const isMicro = readTimeUnit(rules, query.get('timeUnit'))
  if (isMicro === undefined) return badTimeUnit
  const showsRateLimits = query.get('returnRateLimits') !== 'false'
  const noStreams = {
    classes: new Set<StreamClass>(),
    isCombined: false,
    names: [],
    events: new Map(),
    keysInPath: new Set<string>(),
  }
  return { kind: 'stream', path: { ...noStreams, isMicro, isApi: true, showsRateLimits } }
}

/** `listenKey=<k1>&events=A/B&listenKey=<k2>…`: the kinds belong to the key before them; without any, all are meant. */
function parseListenKeys(target: string): ReadonlyMap<string, ReadonlySet<string> | undefined> {
  const keys = new Map<string, ReadonlySet<string> | undefined>()
  let last: string | undefined
  for (const pair of target.slice(target.indexOf('?') + 1).split('&')) {
    const [name, value = ''] = pair.split('=', 2)
    const text = decode(value) ?? ''
    if (name === 'listenKey' && text !== '') {
      last = text
      keys.set(text, undefined)
    } else if (name === 'events' && last !== undefined) {
      keys.set(last, new Set(text.split('/').filter(kind => kind !== '')))
    }
  }
  return keys
}

/** Removes the class from the front of the path. A plain path on a split host only delivers public streams. */
function takeClass(rules: VenueRules, parts: string[]): ReadonlySet<StreamClass> | undefined {
  if (!rules.isSplit) return everything
  const [first] = parts
  if (first === 'public' || first === 'market' || first === 'private') {
    parts.shift()
    return new Set([first])
  }
  return rules.hasPlainPaths ? new Set<StreamClass>(['public']) : undefined
}

function readTimeUnit(rules: VenueRules, value: string | undefined): boolean | undefined {
  if (value === undefined || !rules.hasMicroseconds) return false
  const unit = value.toUpperCase()
  if (unit === 'MICROSECOND') return true
  return unit === 'MILLISECOND' ? false : undefined
}

/** Percent-decodes; undefined when the encoding is broken. */
export function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}

/** Parameters of a query string, the last of a name winning; undefined when its encoding is broken. */
export function parseQuery(text: string): ReadonlyMap<string, string> | undefined {
  const query = new Map<string, string>()
  for (const pair of text.split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const key = decode(equals < 0 ? pair : pair.slice(0, equals))
    const value = decode(equals < 0 ? '' : pair.slice(equals + 1))
    if (key === undefined || value === undefined) return undefined
    query.set(key, value)
  }
  return query
}
