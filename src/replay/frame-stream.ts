/**
 * The native stream that a recorded frame belongs to; undefined for answers to control frames and for notices. A combined
 * frame names it; of a bare one it follows from event, symbol and interval, without the speed that nobody can see in it.
 */
export function frameStream(text: string): string | undefined {
  if (!text.startsWith(COMBINED)) return text.startsWith('{"stream"') ? namedStream(text) : bareStream(text)
  const end = text.indexOf('"', COMBINED.length)
  return end < 0 ? undefined : text.slice(COMBINED.length, end)
}

/** The symbol a frame names, which may be any text; undefined when it names none or many. */
export function frameSymbol(text: string): string | undefined {
  const value = record(parse(text))
  const payload = record(value?.['data']) ?? value
  return symbolOf(payload)
}

/** A stream's name without what only says how often it comes: `btcusdt@depth` of `btcusdt@depth@100ms`. */
export function streamStem(name: string): string {
  return name.replace(/@\d+m?s$/, '')
}

const COMBINED = '{"stream":"'

/** Names of streams that differ from the event's own name. */
const SUFFIXES: ReadonlyMap<string, string> = new Map([
  ['depthUpdate', 'depth'],
  ['24hrTicker', 'ticker'],
  ['24hrMiniTicker', 'miniTicker'],
  ['markPriceUpdate', 'markPrice'],
])

function namedStream(text: string): string | undefined {
  const name = record(parse(text))?.['stream']
  return typeof name === 'string' ? name : undefined
}

function bareStream(text: string): string | undefined {
  const row = record(parse(text))
  const symbol = symbolOf(row)
  if (row === undefined || symbol === undefined) return undefined
  const subject = symbol.replace(/[A-Z]+/g, letters => letters.toLowerCase())
  const event = row['e']
  const interval = record(row['k'])?.['i']
  if (event === 'kline') return typeof interval === 'string' ? `${subject}@kline_${interval}` : undefined
  if (typeof event === 'string') return `${subject}@${SUFFIXES.get(event) ?? event}`
  const isQuote = ['u', 'b', 'B', 'a', 'A'].every(key => key in row)
  return isQuote ? `${subject}@bookTicker` : undefined
}

function symbolOf(row: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const symbol = row?.['s'] ?? record(row?.['o'])?.['s'] ?? record(row?.['k'])?.['s']
  return typeof symbol === 'string' && symbol !== '' ? symbol : undefined
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : undefined
}
