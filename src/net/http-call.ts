import { Agent, type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http'
import { Agent as SecureAgent, request as secureRequest } from 'node:https'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import type { HttpRequest } from '../model/http.ts'
import { ADDRESS_ATTEMPT_MS, rememberingLookup } from './lookup.ts'

export interface RawAnswer {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  readonly body: string
}

/** The largest answer of any venue is below 20 MiB. */
const MOST_BODY_BYTES = 64 * 1024 * 1024
const MOST_HEAD_BYTES = 16 * 1024

/** The answer is larger than any that a venue sends: it was refused before it was whole. */
export class BodyTooLarge extends Error {
  constructor() {
    super(`the answer has more than ${MOST_BODY_BYTES / 1024 / 1024} MiB`)
  }
}

/** Connections are kept for a while and belong to nobody: they never keep the process alive. */
const CONNECTIONS = {
  keepAlive: true,
  maxSockets: 64,
  lookup: rememberingLookup(),
  autoSelectFamily: true,
  autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_MS,
}
export interface Agents {
  readonly plain: Agent
  readonly secure: SecureAgent
}

const DIRECT: Agents = {
  plain: new Agent(CONNECTIONS),
  /** Certificates are always checked, whatever the environment says. */
  secure: new SecureAgent({ ...CONNECTIONS, rejectUnauthorized: true }),
}

/**
 * One HTTP call on Node's own client, because its `fetch` gives an address 250 ms. Redirects are not followed. Aborting
 * frees the socket. A read whose kept connection turned out to be gone is sent once more, on a new one.
 * @throws BodyTooLarge, and whatever the network or the abort throws
 */
export async function httpCall(request: HttpRequest, signal: AbortSignal, agents = DIRECT): Promise<RawAnswer> {
  try {
    return await once(request, signal, agents)
  } catch (error) {
    if (!(error instanceof StaleConnection) || signal.aborted) throw error
    return await once(request, signal, agents)
  }
}

class StaleConnection extends Error {}

function once(request: HttpRequest, signal: AbortSignal, agents: Agents): Promise<RawAnswer> {
  const url = new URL(request.url)
  const isSecure = url.protocol === 'https:'
  const options = {
    method: request.method,
    signal,
    agent: isSecure ? agents.secure : agents.plain,
    maxHeaderSize: MOST_HEAD_BYTES,
    headers: { Accept: '*/*', 'Accept-Encoding': 'gzip, deflate, br', ...request.headers },
  }
  return new Promise((resolve, reject) => {
    const call = isSecure ? secureRequest(url, options) : plainRequest(url, options)
    call.on('error', error => reject(isStale(call, request) ? new StaleConnection(error.message) : error))
    call.on('response', response => {
      // What fails from here on is not the fault of a kept connection.
      void read(response).then(
        body => resolve({ status: response.statusCode ?? 0, headers: headersOf(response), body }),
        error => {
          call.destroy()
          reject(error)
        },
      )
    })
    call.end(request.body)
  })
}

function isStale(call: ClientRequest, request: HttpRequest): boolean {
  return request.method === 'GET' && call.reusedSocket
}

async function read(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response) {
    if (!(chunk instanceof Buffer)) continue
    bytes += chunk.length
    if (bytes > MOST_BODY_BYTES) throw new BodyTooLarge()
    chunks.push(chunk)
  }
  const body = await unpack(Buffer.concat(chunks, bytes), response.headers['content-encoding'])
  return body.toString('utf8')
}

type Unpack = (
  packed: Buffer,
  options: { readonly maxOutputLength: number },
  done: (error: Error | null, body: Buffer) => void,
) => void

const UNPACK: ReadonlyMap<string, Unpack> = new Map<string, Unpack>([
  ['gzip', gunzip],
  ['x-gzip', gunzip],
  ['deflate', inflate],
  ['br', brotliDecompress],
])

/** A small answer that unpacks to more than the limit is refused while it is unpacked. */
function unpack(packed: Buffer, encoding: string | undefined): Promise<Buffer> {
  const run = UNPACK.get(encoding?.trim().toLowerCase() ?? '')
  if (run === undefined || packed.length === 0) return Promise.resolve(packed)
  return new Promise((resolve, reject) => {
    run(packed, { maxOutputLength: MOST_BODY_BYTES }, (error, body) => {
      if (error === null) resolve(body)
      else reject('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE' ? new BodyTooLarge() : error)
    })
  })
}

function headersOf(response: IncomingMessage): { get(name: string): string | null } {
  return {
    get: name => {
      const value = response.headers[name.toLowerCase()]
      return value === undefined ? null : String(value)
    },
  }
}
