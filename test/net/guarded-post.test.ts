import { lookup as systemLookup } from 'node:dns'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { signatureOf, webhookChannel } from '../../src/alert/delivery/http-channel.ts'
import { systemClock } from '../../src/net/clock.ts'
import { guardedPost } from '../../src/net/guarded-post.ts'
import { isPublicAddress } from '../../src/net/public-address.ts'

const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

interface Got {
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

async function serve(answer: (response: ServerResponse, request: IncomingMessage) => void): Promise<[string, Got[]]> {
  const got: Got[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text
    })
    request.on('end', () => {
      got.push({ headers: request.headers, body })
      answer(response, request)
    })
  })
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return [`http://127.0.0.1:${port}`, got]
}

const plain = { headers: {}, body: '{}', timeoutMs: 2000 }

const FORBIDDEN = [
  'https://169.254.169.254/latest/meta-data',
  'https://127.0.0.1/',
  'https://[::1]/',
  'https://[::ffff:10.0.0.1]/',
  'https://[::ffff:7f00:1]/',
  'https://2130706433/',
  'https://0x7f.1/',
  'https://0/',
  'https://10.1.2.3/',
  'https://172.16.0.1/',
  'https://192.168.1.1/',
  'https://100.64.0.1/',
  'https://[fe80::1]/',
  'https://[fd00::1]/',
  'https://[64:ff9b::a00:1]/',
  'https://[2002:a00:1::]/',
]

describe('guarded POST', () => {
  it.each(FORBIDDEN)('F:M06 does not connect to %s', async url => {
    await expect(guardedPost({ ...plain, url, allowPrivate: false })).rejects.toThrow('no public address')
  })

  it('F:M06 refuses plain http, users in the URL, and what is no URL', async () => {
    await expect(guardedPost({ ...plain, url: 'http://example.org', allowPrivate: false })).rejects.toThrow('https')
    await expect(guardedPost({ ...plain, url: 'https://a:b@example.org', allowPrivate: false })).rejects.toThrow('user')
    await expect(guardedPost({ ...plain, url: 'hook', allowPrivate: false })).rejects.toThrow('URL')
  })

  it('F:M06 a name that leads inside is refused, also when only one of its addresses does, and when it changes', async () => {
    const answers = [['93.184.216.34', '10.0.0.1'], ['127.0.0.1']]
    for (const addresses of answers) {
      const found = addresses.map(address => ({ address, family: 4 }))
      const lookup = Object.assign(
        (_host: string, _options: unknown, done: (error: null, all: typeof found) => void) => done(null, found),
        { __promisify__: systemLookup.__promisify__ },
      )
      // @ts-expect-error a name server of the test knows one form only
      const own: typeof systemLookup = lookup
      const post = guardedPost({ ...plain, url: 'https://rebinding.example', allowPrivate: false, lookup: own })
      await expect(post).rejects.toThrow('no public address')
    }
  })

  it('F:M06 does not follow a redirect, and cuts an endless answer off', async () => {
    const [inner, reached] = await serve(response => response.end())
    const [outer] = await serve(response => response.writeHead(302, { Location: inner }).end())
    expect((await guardedPost({ ...plain, url: outer, allowPrivate: true })).status).toBe(302)
    expect(reached).toEqual([])
    const [endless] = await serve(response => response.end('x'.repeat(100_000)))
    await expect(guardedPost({ ...plain, url: endless, allowPrivate: true })).rejects.toThrow('64 KiB')
  })

  it('gives up at its deadline, whatever trickles in', async () => {
    const [url] = await serve(response => {
      response.writeHead(200)
      response.write('a')
    })
    const post = guardedPost({ ...plain, url, allowPrivate: true, timeoutMs: 200 })
    await expect(post).rejects.toThrow('no answer within 200 ms')
  })

  it('tells public addresses from others', () => {
    expect(['8.8.8.8', '2606:4700::1111', '[2a00:1450::1]'].map(isPublicAddress)).toEqual([true, true, true])
    expect(['::', '::1', 'fe80::1%eth0', '2001:db8::1', '224.0.0.1', 'name'].some(isPublicAddress)).toBe(false)
  })
})

const fire = {
  kind: 'alert',
  id: 'abc',
  rule: 'r',
  name: 'r',
  severity: 'warn',
  instrument: '',
  source: 'trade.price',
  message: 'm',
  beganUs: 1,
  firedUs: 2,
  suppressed: 0,
  channels: ['ops'],
} as const

describe('webhook', () => {
  it('signs timestamp and body, and bears the alert’s id', async () => {
    const [url, got] = await serve(response => response.end())
    const tools = { clock: systemClock, scrub: (text: string): string => text }
    const channel = webhookChannel({ name: 'ops', url, secret: 'a long secret', allowPrivate: true }, tools)
    expect(await channel.deliver([fire], new AbortController().signal)).toEqual({ kind: 'delivered', status: 200 })
    const [first] = got
    const timestamp = String(first?.headers['x-tickwire-timestamp'])
    expect(first?.headers['idempotency-key']).toBe('abc')
    expect(first?.headers['x-tickwire-signature']).toBe(signatureOf('a long secret', timestamp, first?.body ?? ''))
    expect(JSON.parse(first?.body ?? '')).toEqual(fire)
  })

  it('a reset, a refused connection and a redirect are failures with a reason', async () => {
    const [reset] = await serve((_response, request) => request.socket.destroy())
    const [redirect] = await serve(response => response.writeHead(301, { Location: 'https://example.org' }).end())
    const tools = { clock: systemClock, scrub: (text: string): string => text }
    for (const [url, reason] of [
      [reset, 'socket hang up'],
      [redirect, 'redirects are not followed'],
    ] as const) {
      const channel = webhookChannel({ name: 'ops', url, secret: undefined, allowPrivate: true }, tools)
      const attempt = await channel.deliver([fire], new AbortController().signal)
      expect(attempt.kind === 'failed' && attempt.reason).toContain(reason)
    }
  })
})
