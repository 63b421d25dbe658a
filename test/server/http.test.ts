import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { systemClock } from '../../src/net/clock.ts'
import { createServer, type DashboardServer } from '../../src/server/index.ts'
import { FakeFeed } from './fake-feed/fake-feed.ts'

const BTC = 'binance-usdm:BTCUSDT'
const TOKEN = 'correct-horse-battery-staple'

let feed: FakeFeed
let server: DashboardServer
let guarded: DashboardServer
let root: string

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** A raw request: `fetch` would normalise the path and refuse to forge a Host. */
function ask(port: number, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path, method, headers, setHost: headers['Host'] === undefined },
      answer => {
        let body = ''
        answer.setEncoding('utf8')
        answer.on('data', (part: string) => {
          body += part
        })
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }))
      },
    )
    sent.on('error', reject)
    sent.end()
  })
}

/** Status of a refused upgrade, or 101. */
function upgrade(port: number, headers: Record<string, string>, path = '/ws'): Promise<number> {
  return new Promise(resolve => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers })
    socket.on('open', () => {
      socket.terminate()
      resolve(101)
    })
    socket.on('unexpected-response', (_request, response) => {
      response.resume()
      socket.terminate()
      resolve(response.statusCode ?? 0)
    })
    socket.on('error', () => {})
  })
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tickwire-web-'))
  await mkdir(join(root, 'web', 'assets'), { recursive: true })
  await writeFile(join(root, 'secret.txt'), 'secret')
  await writeFile(join(root, 'web', 'index.html'), '<!doctype html><title>Tickwire</title>')
  await writeFile(join(root, 'web', 'assets', 'app-1a2b.js'), 'export {}')
  await symlink(join(root, 'secret.txt'), join(root, 'web', 'link.txt'))
  feed = new FakeFeed(systemClock)
  const common = { feed, instruments: [BTC], port: 0, clock: systemClock, webRoot: join(root, 'web') }
  server = await createServer({ ...common, source: { kind: 'generated', label: 'seed 3' } })
  guarded = await createServer({ ...common, source: { kind: 'live', label: 'Binance' }, token: TOKEN })
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await guarded[Symbol.asyncDispose]()
  await feed[Symbol.asyncDispose]()
  await rm(root, { recursive: true })
})

describe('files', () => {
  it('serves the dashboard under a strict policy', async () => {
    const page = await ask(server.port, '/')
    expect(page.status).toBe(200)
    expect(page.headers['content-type']).toContain('text/html')
    expect(page.headers['cache-control']).toBe('no-cache')
    expect(page.headers['x-content-type-options']).toBe('nosniff')
    const policy = String(page.headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self'")
    expect(policy).not.toContain('unsafe')
    expect(policy).not.toContain('http:')
    const again = await ask(server.port, '/', { 'If-None-Match': String(page.headers['etag']) })
    expect(again.status).toBe(304)
    const asset = await ask(server.port, '/assets/app-1a2b.js')
    expect(asset.headers['cache-control']).toContain('immutable')
  })

  it.each([
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/..%5c..%5csecret.txt',
    '/link.txt',
    '/%00',
    '//etc/passwd',
  ])('F:M09 %s does not leave the folder', async path => {
    const answer = await ask(server.port, path)
    expect(answer.status).toBe(404)
    expect(answer.body).not.toContain('secret\n')
  })
})

describe('data', () => {
  it('answers status, instruments, klines, metrics and health', async () => {
    const status = await ask(server.port, '/api/status')
    expect(JSON.parse(status.body)).toMatchObject({
      source: { kind: 'generated' },
      feed: { connections: [{}] },
      process: {},
    })
    const instruments = await ask(server.port, '/api/instruments')
    expect(JSON.parse(instruments.body)).toMatchObject({ offered: [BTC] })
    const klines = await ask(server.port, `/api/klines?instrument=${BTC}&interval=5m&limit=3`)
    expect(JSON.parse(klines.body)).toMatchObject({ interval: '5m', klines: [{}, {}, { kind: 'kline' }] })
    const metrics = await ask(server.port, '/metrics')
    expect(metrics.body).toContain('tickwire_connection_delivering{venue="binance-usdm",connection="usdm-1"} 1')
    expect((await ask(server.port, '/healthz')).status).toBe(200)
  })

  it.each([
    [`instrument=${BTC}&interval=5m&limit=100000`, 'limit'],
    [`instrument=${BTC}`, 'interval'],
    [`instrument=${BTC}&interval=5m&colour=red`, 'colour'],
    ['instrument=binance-usdm:BTCUSTD&interval=5m', 'Did you mean'],
    ['instrument=%3Cimg%3E&interval=5m', 'must look like'],
  ])('refuses /api/klines?%s and says what was expected', async (query, word) => {
    const answer = await ask(server.port, `/api/klines?${query}`)
    expect(answer.status).toBe(400)
    expect(answer.body).toContain(word)
  })

  it('F:M05 changes nothing: other methods are refused', async () => {
    for (const method of ['POST', 'PUT', 'DELETE'])
      expect((await ask(server.port, '/api/status', {}, method)).status).toBe(405)
  })

  it('needs the token where one is set; assets need none', async () => {
    expect((await ask(guarded.port, '/api/status')).status).toBe(401)
    expect((await ask(guarded.port, '/metrics', { Authorization: 'Bearer wrong' })).status).toBe(401)
    expect((await ask(guarded.port, '/api/status', { Authorization: `Bearer ${TOKEN}` })).status).toBe(200)
    expect((await ask(guarded.port, '/')).status).toBe(200)
  })
})

describe('who may ask', () => {
  it('F:M04 refuses foreign hosts before routing', async () => {
    const { port } = server
    for (const Host of [
      'attacker.com',
      `attacker.com:${port}`,
      `127.0.0.1.nip.io:${port}`,
      `127.0.0.1:${port + 1}`,
      'localhost',
      '',
    ]) {
      expect((await ask(port, '/', { Host })).status, Host).toBeGreaterThanOrEqual(400)
      expect((await ask(port, '/api/status', { Host })).status, Host).toBeGreaterThanOrEqual(400)
      if (Host !== '') expect(await upgrade(port, { Host, Origin: `http://127.0.0.1:${port}` }), Host).toBe(403)
    }
    for (const Host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`]) {
      expect((await ask(port, '/api/status', { Host })).status, Host).toBe(200)
    }
  })

  it('F:M03 refuses foreign origins on upgrades and requests', async () => {
    const { port } = server
    const foreign = [
      'http://attacker.com',
      'null',
      `http://127.0.0.1:${port + 1}`,
      `http://evil.localhost:${port}`,
      'file://',
    ]
    for (const Origin of foreign) {
      expect(await upgrade(port, { Origin }), Origin).toBe(403)
      expect((await ask(port, '/api/status', { Origin })).status, Origin).toBe(403)
    }
    expect(await upgrade(port, {})).toBe(403)
    expect(await upgrade(port, { Origin: `http://127.0.0.1:${port}` })).toBe(101)
    expect(await upgrade(port, { Origin: `http://127.0.0.1:${port}` }, '/other')).toBe(404)
    expect((await ask(port, '/api/status', { 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403)
    const answer = await ask(port, '/api/status', { Origin: `http://127.0.0.1:${port}` })
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
  })

  it('F:M03 lets a client without an Origin in by its token only', async () => {
    expect(await upgrade(guarded.port, {})).toBe(403)
    expect(await upgrade(guarded.port, { Authorization: 'Bearer wrong' })).toBe(403)
    expect(await upgrade(guarded.port, { Authorization: `Bearer ${TOKEN}` })).toBe(101)
  })

  it('F:M02 does not listen beyond the loopback without a token', async () => {
    const open = { feed, instruments: [BTC], port: 0, clock: systemClock, source: { kind: 'live', label: '' } } as const
    await expect(createServer({ ...open, host: '0.0.0.0' })).rejects.toThrow('give a token')
    await expect(createServer({ ...open, token: 'short' })).rejects.toThrow('16 to 512')
    await expect(createServer({ ...open, token: 'sixteen characters with blanks' })).rejects.toThrow('without blanks')
  })

  it('names the port that is taken', async () => {
    const taken = {
      feed,
      instruments: [BTC],
      port: server.port,
      clock: systemClock,
      source: { kind: 'live', label: '' },
    } as const
    await expect(createServer(taken)).rejects.toMatchObject({ code: 'EADDRINUSE', port: server.port })
  })
})
