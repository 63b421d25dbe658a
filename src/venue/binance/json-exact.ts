import { DecodeError } from '../../model/error.ts'

/** Frames of the venue stay far below; larger ones are refused before anything is parsed. */
const MOST_BYTES = 8 * 1024 * 1024
const MOST_DEPTH = 32

const utf8 = new TextDecoder('utf-8', { fatal: true })
const LARGEST_EXACT = '9007199254740991'

export type JsonRecord = Readonly<Record<string, unknown>>

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Parses UTF-8 JSON; integers that a float64 cannot hold come out as text, so that no id ever loses a digit.
 * @throws DecodeError when the bytes are no UTF-8, no JSON, larger than 8 MiB or nested deeper than 32
 */
export function parseExactBytes(frame: Uint8Array): unknown {
  if (frame.length > MOST_BYTES) throw new DecodeError(`frame of ${frame.length} bytes is larger than ${MOST_BYTES}`)
  const hasLongIntegers = inspect(frame)
  let text: string
  try {
    text = utf8.decode(frame)
  } catch (cause) {
    throw new DecodeError('frame is no valid UTF-8', cause)
  }
  return parse(text, hasLongIntegers)
}

/** As {@link parseExactBytes}, for the body of a REST answer. @throws DecodeError */
export function parseExactText(body: string): unknown {
  return parse(body, /\d{16}/.test(body))
}

function parse(text: string, hasLongIntegers: boolean): unknown {
  try {
    return JSON.parse(hasLongIntegers ? quoteLongIntegers(text) : text)
  } catch (cause) {
    throw new DecodeError(`no valid JSON: ${JSON.stringify(text.slice(0, 80))}`, cause)
  }
}

/** One pass over the bytes: refuses what is nested too deep, and tells whether an integer of 16 or more digits occurs. */
function inspect(frame: Uint8Array): boolean {
  let hasLongIntegers = false
  let isInText = false
  let depth = 0
  let digits = 0
  for (let i = 0; i < frame.length; i++) {
    const byte = frame[i] ?? 0
    if (isInText) {
      if (byte === 0x5c) i++
      else if (byte === 0x22) isInText = false
    } else if (byte >= 0x30 && byte <= 0x39) {
      if (++digits === 16) hasLongIntegers = true
    } else {
      digits = 0
      if (byte === 0x22) isInText = true
      else if (byte === 0x5b || byte === 0x7b) {
        if (++depth > MOST_DEPTH) throw new DecodeError(`JSON is nested deeper than ${MOST_DEPTH}`)
      } else if (byte === 0x5d || byte === 0x7d) depth--
    }
  }
  return hasLongIntegers
}

/** One pass that puts quotes around every integer beyond 2^53 outside a text. */
function quoteLongIntegers(text: string): string {
  let quoted = ''
  let from = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x22) {
      at = endOfText(text, at)
    } else if (isOfNumber(code)) {
      const start = at
      while (isOfNumber(text.charCodeAt(at + 1))) at++
      const token = text.slice(start, at + 1)
      if (!isLongInteger(token)) continue
      quoted += `${text.slice(from, start)}"${token}"`
      from = at + 1
    }
  }
  return quoted + text.slice(from)
}

/** Where the text that begins at `start` has its closing quote, or the end of everything. */
function endOfText(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text.charCodeAt(at) !== 0x22) at += text.charCodeAt(at) === 0x5c ? 2 : 1
  return at
}

/** A digit, or one of `.` `+` `-` `e` `E`. */
function isOfNumber(code: number): boolean {
  const isDigit = code >= 0x30 && code <= 0x39
  return isDigit || code === 0x2e || code === 0x2b || code === 0x2d || code === 0x65 || code === 0x45
}

function isLongInteger(token: string): boolean {
  if (token.length < LARGEST_EXACT.length || !/^-?[1-9]\d{15,}$/.test(token)) return false
  const digits = token.startsWith('-') ? token.slice(1) : token
  return digits.length > LARGEST_EXACT.length || digits > LARGEST_EXACT
}
