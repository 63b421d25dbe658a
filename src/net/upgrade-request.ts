import { createHash, randomBytes } from 'node:crypto'
import { DialError } from '../model/error.ts'
import { upgradeWaitMs } from './retry-after.ts'

/** RFC 6455 §1.3. */
const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const MOST_HEAD_BYTES = 16 * 1024
const HEAD_END = Buffer.from('\r\n\r\n')

/** The HTTP side of a WebSocket: the request, and the reading of the one answer that matters. */
export class UpgradeRequest {
  readonly text: string
  private readonly key = randomBytes(16).toString('base64')
  private head: Buffer = Buffer.alloc(0)

  constructor(url: URL) {
    this.text = [
      `GET ${url.pathname}${url.search} HTTP/1.1`,
      `Host: ${url.host}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${this.key}`,
      '\r\n',
    ].join('\r\n')
  }

  /**
   * Takes what the server sent. Undefined until the head is whole; then the bytes behind it, which are frames already.
   * @throws DialError when the server refused, answered something else, or too much
   */
  read(chunk: Buffer): Buffer | undefined {
    this.head = Buffer.concat([this.head, chunk])
    const end = this.head.indexOf(HEAD_END)
    if (end < 0 && this.head.length <= MOST_HEAD_BYTES) return undefined
    if (end < 0 || end > MOST_HEAD_BYTES) {
      throw new DialError(
        'upgrade',
        `the server answered the WebSocket upgrade with more than ${MOST_HEAD_BYTES} bytes of headers`,
      )
    }
    const [statusLine = '', ...lines] = this.head.toString('latin1', 0, end).split('\r\n')
    this.judge(statusLine, headersOf(lines))
    return this.head.subarray(end + HEAD_END.length)
  }

  private judge(statusLine: string, headers: ReadonlyMap<string, string>): void {
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1])
    if (Number.isNaN(status)) {
      throw new DialError(
        'upgrade',
        `the server answered the WebSocket upgrade with something that is not HTTP: ${JSON.stringify(statusLine.slice(0, 60))}`,
      )
    }
    if (status !== 101) {
      const text = `the server refused the WebSocket upgrade with HTTP ${status}${redirectText(status, headers)}`
      const waitMs = upgradeWaitMs(status, { get: name => headers.get(name) ?? null })
      throw new DialError('upgrade', text, { status, retryAfterMs: waitMs })
    }
    const problem = this.problemOf(headers)
    if (problem !== undefined) {
      throw new DialError('upgrade', `the server answered the WebSocket upgrade with ${problem}`, { status })
    }
  }

  private problemOf(headers: ReadonlyMap<string, string>): string | undefined {
    const expected = createHash('sha1')
      .update(this.key + ACCEPT_SUFFIX)
      .digest('base64')
    if (headers.get('upgrade')?.toLowerCase() !== 'websocket') return 'no "Upgrade: websocket"'
    const tokens = (headers.get('connection') ?? '').toLowerCase().split(',')
    if (!tokens.some(token => token.trim() === 'upgrade')) return 'no "Connection: Upgrade"'
    if (headers.get('sec-websocket-accept') !== expected) return 'a wrong key'
    if ((headers.get('sec-websocket-extensions') ?? '') !== '') return 'an extension that was not offered'
    if (headers.has('sec-websocket-protocol')) return 'a subprotocol that was not asked for'
    return undefined
  }
}

function redirectText(status: number, headers: ReadonlyMap<string, string>): string {
  const location = headers.get('location')
  if (status < 300 || status > 399 || location === undefined) return ''
  // A query may hold a key.
  return `, a redirect to ${JSON.stringify((location.split('?')[0] ?? '').slice(0, 200))}, which is not followed`
}

function headersOf(lines: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    lines.map(line => {
      const colon = line.indexOf(':')
      return [line.slice(0, Math.max(0, colon)).toLowerCase(), line.slice(colon + 1).trim()] as const
    }),
  )
}
