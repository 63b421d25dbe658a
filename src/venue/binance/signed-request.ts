import { ConfigError } from '../../model/error.ts'
import { decimalText } from '../../model/number.ts'

/** Integers only as numbers or bigints; anything with a point is text, see {@link decimalParam}. */
export type SignedValue = string | number | bigint | boolean

/** Names and values in the order they are sent; the names are the venue's own. */
export type SignedParams = readonly (readonly [name: string, value: SignedValue])[]

/** HMAC-SHA256 in hex, or RSA PKCS#1 v1.5 or Ed25519 in base64, over exactly these bytes (UTF-8). */
export type Sign = (payload: string) => string

const PLAIN_DECIMAL = /^-?\d+(\.\d+)?$/

/**
 * A price or quantity as the venue reads it: plain decimal text, never with an exponent.
 * @throws ConfigError when it is no finite decimal number
 */
export function decimalParam(value: number | string): string {
  const text = typeof value === 'number' ? decimalText(value) : value
  if (!PLAIN_DECIMAL.test(text)) throw new ConfigError(`expected a decimal such as "0.00000001", was "${text}".`)
  return text
}

/**
 * The query or body of a signed REST call, `signature` last. The values are percent-encoded (UTF-8) first, and exactly the
 * text that is sent is signed. Source: Binance REST docs, in force since 2026-01-15; error -1022 otherwise.
 */
export function signedQuery(params: SignedParams, sign: Sign): string {
  const payload = restPayload(params)
  return `${payload}${payload === '' ? '' : '&'}signature=${percentEncoded(sign(payload))}`
}

/** What is signed of a REST call. */
export function restPayload(params: SignedParams): string {
  return params.map(([name, value]) => `${percentEncoded(name)}=${percentEncoded(valueText(name, value))}`).join('&')
}

/**
 * One request of the WebSocket API as JSON. Its parameters are signed sorted by name, and not encoded: raw UTF-8, numbers as
 * their JSON text. Source: Binance WebSocket API docs, "Request security".
 */
export function signedWsRequest(id: number, method: string, params: SignedParams, sign: Sign): string {
  const signature = sign(wsApiPayload(params))
  const fields = [...params, ['signature', signature] as const].map(([name, value]) => {
    return `${JSON.stringify(name)}:${jsonText(name, value)}`
  })
  return `{"id":${id},"method":${JSON.stringify(method)},"params":{${fields.join(',')}}}`
}

/** What is signed of a WebSocket API request. */
export function wsApiPayload(params: SignedParams): string {
  const sorted = [...params].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return sorted.map(([name, value]) => `${name}=${valueText(name, value)}`).join('&')
}

/** An id beyond 2^53 is a bigint here and plain digits there: it never passes through a float64. */
function jsonText(name: string, value: SignedValue): string {
  return typeof value === 'string' ? JSON.stringify(value) : valueText(name, value)
}

function valueText(name: string, value: SignedValue): string {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw new ConfigError(`${name}: expected an integer or decimal text, was ${value}.`)
  }
  return String(value)
}

/** RFC 3986: everything but letters, digits and `-._~`, also what JavaScript's own function leaves as it is. */
function percentEncoded(text: string): string {
  let encoded: string
  try {
    encoded = encodeURIComponent(text)
  } catch (cause) {
    throw new ConfigError(`expected well-formed text, was ${JSON.stringify(text)}.`, [], cause)
  }
  return encoded.replace(/[!'()*]/g, letter => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
}
