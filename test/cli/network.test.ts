import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/sim/index.ts'
import { ensureBuilt } from './built.ts'
import { Cli, jsonLines, run, stackLines } from './cli.ts'

const BTC = 'binance-usdm:BTCUSDT'
const HTML = '<html><head><title>Denied</title></head>\n<body>\n    at Gate (gate.js:1:2)\n</body></html>'

beforeAll(ensureBuilt)

function at(rest: string, stream: string): string {
  return JSON.stringify({ 'binance-usdm': { rest, stream } })
}

function listening(server: Server | HttpServer): Promise<number> {
  return new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => {
      const address: AddressInfo | string | null = server.address()
      resolve(address !== null && typeof address === 'object' ? address.port : 0)
    })
  })
}

/** A port that nobody listens on: it was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer()
  const port = await listening(server)
  await new Promise(resolve => server.close(resolve))
  return port
}

function waits(cli: Cli): number {
  return cli.events().filter(event => event['kind'] === 'connection' && event['state'] === 'waiting').length
}

/** Watches until three attempts have failed, then Ctrl-C: exit 0, one line a cause, no stack. */
async function watchFailing(endpoints: string): Promise<{ readonly cause: string; readonly stderr: string }> {
  await using cli = await Cli.start(['watch', BTC, '--channel', 'trade', '--endpoints', endpoints])
  await cli.until(current => waits(current) >= 3)
  cli.interrupt()
  const { code, stdout, stderr } = await cli.exit
  expect(code).toBe(0)
  expect(stackLines(stdout + stderr)).toEqual([])
  for (const line of jsonLines(stderr)) expect(String(line['msg'])).not.toContain('\n')
  const cause = jsonLines(stdout).find(event => event['state'] === 'waiting')?.['cause']
  const told = stderr.split('\n').filter(line => line.includes('trying again'))
  expect(told).toHaveLength(1)
  return { cause: String(cause), stderr }
}

describe.concurrent('a venue that cannot be reached: the cause in one line, and it is tried again', () => {
  it('endpoint refused', async () => {
    const port = await closedPort()
    const { cause, stderr } = await watchFailing(at(`http://127.0.0.1:${port}`, `ws://127.0.0.1:${port}`))
    expect(cause).toBe(`could not connect: connect ECONNREFUSED 127.0.0.1:${port}`)
    expect(stderr).toContain(`binance-usdm/market#1: ${cause}; trying again`)
    expect(stderr).toContain('going on without the instrument table')
  })

  it('a name that does not resolve', async () => {
    const { cause } = await watchFailing(at('http://no-such-host.invalid', 'ws://no-such-host.invalid'))
    expect(cause).toMatch(/^the host name could not be resolved: getaddrinfo E\w+ no-such-host\.invalid$/)
  })

  it('TLS to a server that speaks none', async () => {
    const server = createServer(socket => socket.on('error', () => socket.destroy()).end('HTTP/1.1 400 Bad\r\n\r\n'))
    const port = await listening(server)
    try {
      const { cause } = await watchFailing(at(`https://localhost:${port}`, `wss://localhost:${port}`))
      expect(cause).toMatch(/TLS|SSL|wrong version|could not connect/i)
    } finally {
      server.close()
    }
  })

  it('--for without any connection ends with exit 1 and the cause', async () => {
    const port = await closedPort()
    const endpoints = at(`http://127.0.0.1:${port}`, `ws://127.0.0.1:${port}`)
    const { code, stderr } = await run(['watch', BTC, '--endpoints', endpoints, '--for', '1s'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/nothing was received: .*ECONNREFUSED/)
  })

  for (const status of [403, 429, 451]) {
    it(`HTTP ${status} with an HTML body, for REST and for the upgrade`, async () => {
      const headers = { 'content-type': 'text/html', ...(status === 429 ? { 'retry-after': '1' } : {}) }
      const server = createHttpServer((_request, response) => response.writeHead(status, headers).end(HTML))
      let upgrades = 0
      server.on('upgrade', (_request, socket) => {
        upgrades++
        socket.end(`HTTP/1.1 ${status} Denied\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n`)
      })
      const port = await listening(server)
      const endpoints = at(`http://127.0.0.1:${port}`, `ws://127.0.0.1:${port}`)
      try {
        await using cli = await Cli.start(['watch', BTC, '--endpoints', endpoints])
        await cli.until(({ stderr }) => stderr.includes(`HTTP ${status}`))
        await cli.until(current => waits(current) >= 2)
        cli.interrupt()
        const { code, stdout, stderr } = await cli.exit
        expect(code).toBe(0)
        expect(upgrades).toBeGreaterThanOrEqual(2)
        expect(stackLines(stdout)).toEqual([])
        const rest = jsonLines(stderr).map(line => String(line['msg']))
        expect(rest.find(text => text.includes('exchangeInfo'))).toMatch(new RegExp(`HTTP ${status}`))
        expect(rest.filter(text => text.includes('\n') || text.includes('<'))).toEqual([])
        const cause = jsonLines(stdout).find(event => event['state'] === 'waiting')?.['cause']
        expect(cause).toBe(`the server refused the WebSocket upgrade with HTTP ${status}`)
      } finally {
        server.closeAllConnections()
        server.close()
      }
    })
  }
})

describe.concurrent('Ctrl-C ends cleanly with exit 0', () => {
  it('while a server takes the connection and says nothing', async () => {
    const server = createServer(socket => socket.on('error', () => socket.destroy()))
    const connected = new Promise(resolve => server.once('connection', resolve))
    const port = await listening(server)
    const endpoints = at(`http://127.0.0.1:${port}`, `ws://127.0.0.1:${port}`)
    try {
      for (const args of [['watch', BTC], ['book', BTC], ['instruments'], ['doctor'], ['serve', BTC, '--port', '0']]) {
        const arrived = args[0] === 'watch' ? connected : new Promise(resolve => server.once('connection', resolve))
        await using cli = await Cli.start([...args, '--endpoints', endpoints])
        await arrived
        cli.interrupt()
        const { code, signal, stderr } = await cli.exit
        expect([args[0], code, signal, stackLines(stderr)]).toEqual([args[0], 0, null, []])
      }
    } finally {
      server.close()
    }
  })

  it('a firewall’s five minutes do not hold the process', async () => {
    const server = createHttpServer((_request, response) => response.writeHead(403).end(HTML))
    const port = await listening(server)
    try {
      const endpoints = at(`http://127.0.0.1:${port}`, `ws://127.0.0.1:${port}`)
      const { code, stderr } = await run(['instruments', '--endpoints', endpoints, '--for', '1s'])
      expect(code).toBe(1)
      expect(stderr).toContain('HTTP 403 from a firewall')
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })
})

describe.concurrent('a stream that is acknowledged and stays silent', () => {
  let exchange: Simulator

  beforeAll(async () => {
    exchange = await createSimulator({ venues: ['binance-usdm'] })
    exchange.faults.mute('btcusdt@markPrice@1s')
  })

  afterAll(() => exchange[Symbol.asyncDispose]())

  it('is named with its path by watch', async () => {
    const endpoints = JSON.stringify(exchange.endpoints)
    await using cli = await Cli.start(['watch', BTC, '--channel', 'markPrice', '--endpoints', endpoints])
    await cli.until(({ stderr }) => stderr.includes('btcusdt@markPrice@1s'))
    expect(cli.stderr).toContain('acknowledged on the /market path')
  })
})
