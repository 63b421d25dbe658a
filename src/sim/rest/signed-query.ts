import { parseQuery } from '../server/paths.ts'
import { badRequest } from './rest-error.ts'

/** A request as it is signed: the bytes of query and body as they were sent, without the signature. */
export interface SignedQuery {
  readonly params: ReadonlyMap<string, string>
  readonly payload: string
  readonly signature: string | undefined
}

/**
 * Reads query and form body of a call. What is verified is what was sent, percent-encoding and all: a client that signs
 * other bytes than it sends gets -1022. Of a name in both, the query's value counts.
 * @throws RestError -1100 when the encoding is broken
 */
export function readSignedQuery(search: string, body: string): SignedQuery {
  // A plus is a space, in a form as in a query: base64 that was not percent-encoded does not verify.
  const fromQuery = parseQuery(search.replaceAll('+', '%20'))
  const fromBody = parseQuery(body.replaceAll('+', '%20'))
  if (fromQuery === undefined || fromBody === undefined)
    throw badRequest(-1100, 'Illegal characters found in a parameter.')
  const all = new Map([...fromBody, ...fromQuery])
  const signature = all.get('signature')
  all.delete('signature')
  return { params: all, payload: withoutSignature(search) + withoutSignature(body), signature }
}

function withoutSignature(text: string): string {
  return text
    .split('&')
    .filter(pair => !pair.startsWith('signature='))
    .join('&')
}
