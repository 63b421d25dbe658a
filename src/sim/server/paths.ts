import type { StreamClass, VenueRules } from '../venue-rules.ts'

/** What a socket's URL asks for. */
export interface StreamPath {
  /** Classes whose streams deliver here; others are acknowledged and stay silent. */
  readonly classes: ReadonlySet<StreamClass>
  readonly isCombined: boolean
  readonly names: readonly string[]
  readonly isMicro: boolean
}

export type PathResult =
  | { readonly kind: 'stream'; readonly path: StreamPath }
  | { readonly kind: 'refused'; readonly status: number; readonly code?: number; readonly message: string }

const everything: ReadonlySet<StreamClass> = new Set(['public', 'market', 'private'])

/** Reads the URL of an upgrade request as the venue does. */
export function parseStreamPath(rules: VenueRules, target: string): PathResult {
  const question = target.indexOf('?')
  const path = question < 0 ? target : target.slice(0, question)
  const query = parseQuery(question < 0 ? '' : target.slice(question + 1))
  const notFound: PathResult = { kind: 'refused', status: 404, message: 'Not Found' }
  const parts = path.split('/').slice(1)
  const classes = takeClass(rules, parts)
  if (classes === undefined || query === undefined) return notFound
  const [form, ...rest] = parts
  const text = decode(rest.join('/'))
  if (text === undefined || (form !== 'ws' && form !== 'stream')) return notFound
  const isMicro = readTimeUnit(rules, query.get('timeUnit'))
  if (isMicro === undefined) {
    return {
      kind: 'refused',
      status: 400,
      code: -1194,
      message: 'Invalid value for time unit; expected either MICROSECOND or MILLISECOND.',
    }
  }
  // Only the combined form takes ?streams=; only the raw form names streams in its path.
  const list = form === 'ws' ? text : (query.get('streams') ?? '')
  const names = [...new Set(list.split('/').filter(name => name !== ''))]
  return { kind: 'stream', path: { classes, isCombined: form === 'stream', names, isMicro } }
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
