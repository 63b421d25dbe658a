/** One line of a recording. */
export interface RecordedLine {
  /** Receive time, microseconds since 1970; undefined when the source did not record it. */
  readonly timeUs: number | undefined
  /** Name of the connection inside its file; `rest` for REST answers. */
  readonly connection: string
  readonly isInbound: boolean
  /** Of a REST answer the request's URL; on an outbound line without text the socket URL that was opened. */
  readonly url: string | undefined
  /** Text exactly as received or sent. */
  readonly text: string
  readonly note: RecordedNote | undefined
}

/** What a recorder says of its own work; other readers of the format see an outbound line without text. */
export type RecordedNote =
  /** The socket ended, and why. */
  | { readonly kind: 'ended'; readonly cause: string }
  /** The recorder closed the socket because it needed it no more. */
  | { readonly kind: 'closed'; readonly cause: string }
  /** The socket was open before this file began: it goes on where the file before ended. */
  | { readonly kind: 'continues' }
  /** So many lines could not be written. */
  | { readonly kind: 'lost'; readonly lines: number }
  /** Status of a REST answer that is not 200. */
  | { readonly kind: 'status'; readonly status: number }

/** Connection name of REST answers. */
export const REST = 'rest'

const HEAD = '{"t":'
const CONNECTION = ',"conn":"'
const INBOUND = '","dir":"in","msg":"'
const TAIL = '"}'

/** Reads one line; undefined when it is not of the format. */
export function parseRecordedLine(raw: string): RecordedLine | undefined {
  return parseUsual(raw) ?? parseAny(raw)
}

/** The line of a received frame, as every known recorder writes it, without making an object of it. */
function parseUsual(raw: string): RecordedLine | undefined {
  if (!raw.startsWith(HEAD) || !raw.endsWith(TAIL)) return undefined
  const timeEnd = raw.indexOf(',', HEAD.length)
  if (timeEnd < 0 || !raw.startsWith(CONNECTION, timeEnd)) return undefined
  const connectionAt = timeEnd + CONNECTION.length
  const connectionEnd = raw.indexOf('"', connectionAt)
  if (connectionEnd < 0 || !raw.startsWith(INBOUND, connectionEnd)) return undefined
  const connection = raw.slice(connectionAt, connectionEnd)
  if (connection.includes('\\')) return undefined
  const text = textOf(raw.slice(connectionEnd + INBOUND.length - 1, -1))
  const timeMs = raw.slice(HEAD.length, timeEnd)
  const timeUs = timeMs === 'null' ? undefined : Math.round(Number(timeMs) * 1000)
  if (text === undefined || Number.isNaN(timeUs)) return undefined
  return { timeUs, connection, isInbound: true, url: undefined, text, note: undefined }
}

/** The text of a JSON string, quotes included; undefined when more than that string stands there. */
function textOf(json: string): string | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}

function parseAny(raw: string): RecordedLine | undefined {
  const value = parseObject(raw)
  if (value === undefined) return undefined
  const t = Reflect.get(value, 't')
  const connection = Reflect.get(value, 'conn')
  const direction = Reflect.get(value, 'dir')
  const url = Reflect.get(value, 'url')
  const text = Reflect.get(value, 'msg')
  if (typeof connection !== 'string' || typeof text !== 'string') return undefined
  if (direction !== 'in' && direction !== 'out') return undefined
  if (t !== null && t !== undefined && typeof t !== 'number') return undefined
  return {
    timeUs: typeof t === 'number' ? Math.round(t * 1000) : undefined,
    connection,
    isInbound: direction === 'in',
    url: typeof url === 'string' ? url : undefined,
    text,
    note: noteOf(value),
  }
}

function noteOf(value: object): RecordedNote | undefined {
  const ended: unknown = Reflect.get(value, 'ended')
  if (typeof ended === 'string') return { kind: 'ended', cause: ended }
  const closed: unknown = Reflect.get(value, 'closed')
  if (typeof closed === 'string') return { kind: 'closed', cause: closed }
  if (Reflect.get(value, 'continues') === true) return { kind: 'continues' }
  const lost: unknown = Reflect.get(value, 'lost')
  if (typeof lost === 'number') return { kind: 'lost', lines: lost }
  const status: unknown = Reflect.get(value, 'status')
  return typeof status === 'number' ? { kind: 'status', status } : undefined
}

function parseObject(raw: string): object | undefined {
  try {
    const value: unknown = JSON.parse(raw)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

/** Writes a line, line feed included: its fields stand in the order that {@link parseRecordedLine} reads fastest. */
export function formatRecordedLine(line: RecordedLine): string {
  const { timeUs, connection, isInbound, url, text, note } = line
  const time = timeUs === undefined ? 'null' : timeText(timeUs)
  const link = url === undefined ? '' : `,"url":${JSON.stringify(url)}`
  const direction = isInbound ? 'in' : 'out'
  return `{"t":${time},"conn":${JSON.stringify(connection)},"dir":"${direction}"${link},"msg":${JSON.stringify(text)}${noteText(note)}}\n`
}

/** Milliseconds with up to three decimals. */
function timeText(timeUs: number): string {
  const ms = Math.floor(timeUs / 1000)
  const us = timeUs - ms * 1000
  return us === 0 ? String(ms) : `${ms}.${String(us).padStart(3, '0')}`
}

function noteText(note: RecordedNote | undefined): string {
  switch (note?.kind) {
    case undefined:
      return ''
    case 'ended':
      return `,"ended":${JSON.stringify(note.cause)}`
    case 'closed':
      return `,"closed":${JSON.stringify(note.cause)}`
    case 'continues':
      return ',"continues":true'
    case 'lost':
      return `,"lost":${note.lines}`
    case 'status':
      return `,"status":${note.status}`
  }
}
