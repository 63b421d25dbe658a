import { isJsonObject, parseJson } from '../wire/json.ts'

export type ApiId = number | string | null

export interface ApiRequest {
  readonly id: ApiId
  readonly method: string
  /** As text: numbers as they were written, lists as JSON. */
  readonly params: ReadonlyMap<string, string>
}

export interface ApiProblem {
  readonly id: ApiId
  readonly code: number
  readonly message: string
}

/** Text in quotes, or a number. */
const tokens = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g

/** Reads one request of a WebSocket API. Never throws. */
export function readApiRequest(text: string): ApiRequest | ApiProblem {
  const message = parseJson(text)
  if (!isJsonObject(message)) return { id: null, code: -1102, message: 'Malformed request: expected a JSON object.' }
  const { id: givenId = null, method, params = {} } = message
  const isId =
    givenId === null || Number.isSafeInteger(givenId) || (typeof givenId === 'string' && givenId.length <= 36)
  const id: ApiId = typeof givenId === 'string' || typeof givenId === 'number' ? givenId : null
  if (!isId)
    return {
      id: null,
      code: -1100,
      message: "Illegal characters found in parameter 'id'; legal range is '^[a-zA-Z0-9-_]{1,36}$'.",
    }
  if (typeof method !== 'string') return missing(id, 'method')
  if (!isJsonObject(params)) return { id, code: -1102, message: "Mandatory parameter 'params' was malformed." }
  // A signature is made over numbers as they stand in the text: read them again as text.
  const written = parseJson(text.replace(tokens, token => (token.startsWith('"') ? token : JSON.stringify(token))))
  const exact = isJsonObject(written) && isJsonObject(written['params']) ? written['params'] : {}
  const read = new Map<string, string>()
  for (const [name, value] of Object.entries(params)) {
    const asWritten = exact[name]
    if (value === null) continue
    read.set(name, typeof value !== 'object' && typeof asWritten === 'string' ? asWritten : JSON.stringify(value))
  }
  return { id, method, params: read }
}

function missing(id: ApiId, name: string): ApiProblem {
  return { id, code: -1102, message: `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.` }
}

/** What is signed: everything but the signature, sorted by name, as it is, without any encoding. */
export function apiPayload(params: ReadonlyMap<string, string>): string {
  return [...params]
    .filter(([name]) => name !== 'signature')
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}
