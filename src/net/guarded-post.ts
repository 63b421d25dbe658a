import { type LookupAddress, lookup as systemLookup } from 'node:dns'
import { request as plainRequest, type RequestOptions } from 'node:http'
import { request as secureRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { HttpRequest } from '../model/http.ts'
import type { DurationMs } from '../model/time.ts'
import { isPublicAddress } from './public-address.ts'

export interface GuardedPost {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Addresses of this machine, of private networks and of metadata services, and plain http, are refused unless this is set. */
  readonly allowPrivate: boolean
  /** For everything, from the look-up of the name to the last byte of the answer. */
  readonly timeoutMs: DurationMs
  readonly signal?: AbortSignal | undefined
  /** How names are found. @default the system's */
  readonly lookup?: typeof systemLookup | undefined
}

export interface PostAnswer {
  readonly status: number
  readonly retryAfter: string | undefined
  readonly body: string
}

/** A POST for whoever performs calls, to a target that the user names and that may well be on this machine. */
export function postRequest(post: Pick<GuardedPost, 'url' | 'headers' | 'body'>): HttpRequest {
  const { url, headers, body } = post
  return { method: 'POST', url, headers, body, weight: 1 }
}

/** The target is none that may be reached: it stays so, whatever is tried. */
export class RefusedTarget extends Error {}

const MOST_ANSWER_BYTES = 64 * 1024

/**
 * One POST to a target that a configuration names. The addresses of the name are checked where the connection takes them from,
 * and the one that was connected to once more: a name that answers differently the second time gains nothing. Redirects are not
 * followed, connections are not kept, answers beyond 64 KiB are cut off.
 * @throws RefusedTarget; whatever the network, the deadline or the abort throws
 */
export async function guardedPost(post: GuardedPost): Promise<PostAnswer> {
  const url = targetOf(post)
  const deadline = AbortSignal.timeout(post.timeoutMs)
  const signal = post.signal === undefined ? deadline : AbortSignal.any([deadline, post.signal])
  const bytes = Buffer.from(post.body)
  const options: RequestOptions = {
    method: 'POST',
    agent: false,
    signal,
    maxHeaderSize: 16_384,
    lookup: checkedLookup(post.allowPrivate, post.lookup ?? systemLookup),
    headers: { ...post.headers, 'Content-Length': String(bytes.length), 'User-Agent': 'tickwire' },
  }
  try {
    return await exchange(url, options, bytes, post.allowPrivate)
  } catch (error) {
    if (!deadline.aborted) throw error
    throw new Error(`no answer within ${post.timeoutMs} ms`, { cause: error })
  }
}

/** @throws RefusedTarget */
function targetOf({ url: text, allowPrivate }: GuardedPost): URL {
  if (!URL.canParse(text)) throw new RefusedTarget('expected a URL')
  const url = new URL(text)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && allowPrivate))
    throw new RefusedTarget(`expected https, was ${url.protocol.slice(0, -1)}`)
  if (url.username !== '' || url.password !== '') throw new RefusedTarget('expected a URL without a user')
  // An address is not looked up, and so not checked there. The URL parser has made decimal and short forms plain by now.
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (!allowPrivate && isIP(host) !== 0 && !isPublicAddress(host)) throw refusal()
  return url
}

function refusal(): RefusedTarget {
  return new RefusedTarget('the target is no public address (allowPrivate: true permits it)')
}

function checkedLookup(allowPrivate: boolean, lookup: typeof systemLookup): LookupFunction {
  return (host, options, answer) => {
    lookup(
      host,
      { all: true, family: options.family === 'IPv6' ? 6 : options.family === 'IPv4' ? 4 : 0 },
      (error, found) => {
        const addresses: readonly LookupAddress[] = error === null ? found : []
        const [first] = addresses
        if (first === undefined) {
          answer(error ?? Object.assign(new Error(`no address for ${host}`), { code: 'ENOTFOUND' }), '')
        } else if (!allowPrivate && !addresses.every(({ address }) => isPublicAddress(address))) {
          answer(refusal(), '')
        } else if (options.all === true) {
          answer(null, [...addresses])
        } else {
          answer(null, first.address, first.family)
        }
      },
    )
  }
}

function exchange(url: URL, options: RequestOptions, bytes: Buffer, allowPrivate: boolean): Promise<PostAnswer> {
  return new Promise((resolve, reject) => {
    const call = url.protocol === 'https:' ? secureRequest(url, options) : plainRequest(url, options)
    call.on('error', reject)
    call.on('socket', socket => {
      const check = (): void => {
        const { remoteAddress } = socket
        if (allowPrivate || (remoteAddress !== undefined && isPublicAddress(remoteAddress))) call.end(bytes)
        else call.destroy(refusal())
      }
      // Nothing is sent before the address is known.
      if (socket.connecting) socket.once('connect', check)
      else check()
    })
    call.on('response', response => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size <= MOST_ANSWER_BYTES) chunks.push(chunk)
        else call.destroy(new Error(`the answer has more than ${MOST_ANSWER_BYTES / 1024} KiB`))
      })
      response.on('error', reject)
      response.on('end', () => {
        const { 'retry-after': retryAfter } = response.headers
        resolve({ status: response.statusCode ?? 0, retryAfter, body: Buffer.concat(chunks).toString('utf8') })
      })
    })
  })
}
