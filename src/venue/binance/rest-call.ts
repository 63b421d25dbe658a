import { DecodeError } from '../../model/error.ts'
import type { HttpRequest } from '../../model/http.ts'
import { shown } from './fields.ts'
import type { JsonRecord } from './json-exact.ts'
import { isRecord, parseExactText } from './json-exact.ts'

type Parameter = string | number | undefined

/** A public GET with its predicted weight. Values are percent-encoded as UTF-8. */
export function getRequest(
  base: string,
  path: string,
  parameters: Readonly<Record<string, Parameter>>,
  weight: number,
): HttpRequest {
  const query = Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
    .join('&')
  return { method: 'GET', url: `${base}/${path}${query === '' ? '' : `?${query}`}`, weight }
}

/** @throws DecodeError */
export function parseObject(body: string, what: string): JsonRecord {
  const value = parseExactText(body)
  if (!isRecord(value)) throw new DecodeError(`${what} must be an object, was ${shown(value)}`)
  return value
}

/** @throws DecodeError */
export function parseRows(body: string, what: string): readonly JsonRecord[] {
  const value = parseExactText(body)
  if (!Array.isArray(value)) throw new DecodeError(`${what} must be a list, was ${shown(value)}`)
  return value.map((row: unknown) => {
    if (!isRecord(row)) throw new DecodeError(`a row of ${what} must be an object, was ${shown(row)}`)
    return row
  })
}
