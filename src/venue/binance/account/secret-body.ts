import { DecodeError } from '../../../model/error.ts'
import type { JsonRecord } from '../json-exact.ts'
import { isRecord, parseExactText } from '../json-exact.ts'

/**
 * Parses JSON that may hold a listen key or a token. The error names the length only: neither the text nor the parser's own
 * message, which quotes it, may reach a log.
 * @throws DecodeError
 */
export function parseSecretJson(text: string, what: string): JsonRecord {
  let value: unknown
  try {
    value = parseExactText(text)
  } catch {
    throw new DecodeError(`${what} is no valid JSON (${text.length} letters)`)
  }
  if (!isRecord(value)) throw new DecodeError(`${what} must be an object (${text.length} letters)`)
  return value
}

/** A required secret text; its value never stands in the error. @throws DecodeError */
export function secretTextOf(row: JsonRecord, key: string, what: string): string {
  const value = row[key]
  if (typeof value === 'string' && value !== '') return value
  throw new DecodeError(`${what} has no text in "${key}"`)
}
