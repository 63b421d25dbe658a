import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer as createHttpsServer } from 'node:https'
import { connect, createServer, type LookupFunction, type Server, type Socket as TcpSocket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import type { TickwireError } from '../../src/model/error.ts'
import { AttemptBudget } from '../../src/net/attempt-budget.ts'
import { systemClock } from '../../src/net/clock.ts'
import { Connection } from '../../src/net/connection.ts'
import type { Dial } from '../../src/net/dial.ts'
import { fetchHttp } from '../../src/net/http.ts'
import { rememberingLookup } from '../../src/net/lookup.ts'
import { seededRandom } from '../../src/net/random.ts'
import { socketDialWith } from '../../src/net/socket-dial.ts'
import { wsDial } from '../../src/net/ws-dial.ts'
import { isOpensslMissing, selfSigned } from '../support/certificates.ts'

const cleanups: (() => void)[] = []

afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup()
})

async function listening(server: Server, host = '127.0.0.1'): Promise<number> {
  server.listen(0, host)
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** A TCP server whose sockets are counted; it does with them what it is told. */
async function tcpServer(
  onSocket: (socket: TcpSocket) => void,
): Promise<{ readonly port: number; readonly open: () => number }> {
  const sockets = new Set<TcpSocket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    onSocket(socket)
  })
  const port = await listening(server)
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port, open: () => sockets.size }
}

async function webSocketServer(host = '127.0.0.1', port = 0): Promise<number> {
  const server = new WebSocketServer({ host, port })
  await once(server, 'listening')
  cleanups.push(() => {
    for (const client of server.clients) client.terminate()
    server.close()
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

type Outcome =
  | { readonly kind: 'opened'; readonly tookMs: number }
  | { readonly kind: 'closed'; readonly cause: TickwireError }

function outcome(dial: Dial, url: string): Promise<Outcome> {
  const startMs = performance.now()
  return new Promise(resolve => {
    const none = (): void => undefined
    const socket = dial(
      url,
      {
        opened: () => resolve({ kind: 'opened', tookMs: performance.now() - startMs }),
        reading: none,
        frame: none,
        pinged: none,
        ponged: none,
        closed: cause => resolve({ kind: 'closed', cause }),
      },
      { maxFrameBytes: 1 << 20 },
    )
    cleanups.push(() => socket.terminate())
  })
}

async function failureOf(dial: Dial, url: string): Promise<TickwireError> {
  const result = await outcome(dial, url)
  if (result.kind === 'opened') throw new Error('it opened')
  return result.cause
}

/** Addresses instead of a name server. */
function answering(...addresses: readonly string[]): LookupFunction {
  return (_host, _options, answer) => {
    setImmediate(() =>
      answer(
        null,
        addresses.map(address => ({ address, family: 4 })),
      ),
    )
  }
}

/**
 * An address of this machine that swallows connection attempts, as a black hole does: a stopped process whose queue of
 * waiting connections is full.
 */
async function blackHole(): Promise<{ readonly host: string; readonly port: number }> {
  const host = '127.0.0.7'
  const script = `require('node:net').createServer(() => {}).listen({ port: 0, host: '${host}', backlog: 1 }, function () { console.log(this.address().port) })`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  cleanups.push(() => child.kill('SIGKILL'))
  const [text] = await once(child.stdout, 'data')
  const port = Number(String(text))
  child.kill('SIGSTOP')
  for (let index = 0; index < 8; index++) {
    const socket = connect({ host, port })
    socket.on('error', () => socket.destroy())
    cleanups.push(() => socket.destroy())
  }
  await new Promise(resolve => setTimeout(resolve, 100))
  return { host, port }
}

describe('addresses', () => {
  it('F:J01 the first address is a black hole: connected by the second one within 3 s', async () => {
    const hole = await blackHole()
    await webSocketServer('127.0.0.1', hole.port)
    const dial = socketDialWith({ lookup: answering(hole.host, '127.0.0.1') })
    const result = await outcome(dial, `ws://venue.test:${hole.port}/`)
    expect(result.kind).toBe('opened')
    if (result.kind !== 'opened') return
    expect(result.tookMs).toBeLessThan(3000)
    // The first one had the time that a far host needs.
    expect(result.tookMs).toBeGreaterThan(1400)
  })

  it('F:J01 the error lists each address and what it said', async () => {
    const dial = socketDialWith({ lookup: answering('127.0.0.2', '127.0.0.3') })
    const cause = await failureOf(dial, 'ws://venue.test:1/')
    expect(cause).toMatchObject({ code: 'DIAL', stage: 'tcp' })
    expect(cause.message).toContain('ECONNREFUSED 127.0.0.2:1')
    expect(cause.message).toContain('ECONNREFUSED 127.0.0.3:1')
  })

  it('F:J03 each attempt resolves anew, and finds the venue where it moved', async () => {
    const port = await webSocketServer('127.0.0.5')
    let address = '127.0.0.4'
    let asked = 0
    const lookup: LookupFunction = (host, options, answer) => {
      asked++
      answering(address)(host, options, answer)
    }
    const dial = socketDialWith({ lookup })
    expect((await outcome(dial, `ws://venue.test:${port}/`)).kind).toBe('closed')
    address = '127.0.0.5'
    expect((await outcome(dial, `ws://venue.test:${port}/`)).kind).toBe('opened')
    expect(asked).toBe(2)
  })

  it('F:J02 a name server that fails: the last good addresses serve, and without any it is an error that is retried', async () => {
    const port = await webSocketServer('127.0.0.1')
    let isDown = true
    const lookup = rememberingLookup((_host, _options, answer) => {
      const failure = Object.assign(new Error('getaddrinfo EAI_AGAIN venue.test'), { code: 'EAI_AGAIN' })
      setImmediate(() => (isDown ? answer(failure, []) : answer(null, [{ address: '127.0.0.1', family: 4 }])))
    })
    const dial = socketDialWith({ lookup })
    const url = `ws://venue.test:${port}/`
    expect(await failureOf(dial, url)).toMatchObject({ code: 'DIAL', stage: 'dns' })
    isDown = false
    expect((await outcome(dial, url)).kind).toBe('opened')
    isDown = true
    expect((await outcome(dial, url)).kind).toBe('opened')
  })

  it('F:J02 a name that does not resolve for a while ends nothing: live soon after it does', async () => {
    const port = await webSocketServer('127.0.0.1')
    let isDown = true
    const lookup: LookupFunction = (host, options, answer) => {
      if (!isDown) answering('127.0.0.1')(host, options, answer)
      else setImmediate(() => answer(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' }), ''))
    }
    const states: string[] = []
    const connection = openConnection(socketDialWith({ lookup }), `ws://venue.test:${port}/`, states)
    await expect.poll(() => states.filter(state => state === 'connecting').length).toBeGreaterThan(2)
    isDown = false
    await expect.poll(() => connection.state.kind, { timeout: 5000 }).toBe('open')
  })
})

function openConnection(dial: Dial, url: string, states: string[], handshakeTimeoutMs = 300): Connection {
  const connection = new Connection(
    {
      url,
      dial,
      clock: systemClock,
      random: seededRandom(1),
      attempts: new AttemptBudget(systemClock, 300, 300_000),
      heartbeat: { pingEveryMs: 5000, pongWithinMs: 5000, deadAfterMs: 60_000 },
      backoff: { firstMs: 20, mostMs: 50 },
      handshakeTimeoutMs,
    },
    {
      opened: () => states.push('opened'),
      frame: () => undefined,
      lost: () => states.push('lost'),
      stateChanged: state => states.push(state.kind),
    },
  )
  cleanups.push(() => connection.close())
  connection.start()
  return connection
}

describe('handshakes that never end', () => {
  /** Where it stalls: the address of it, and how many sockets the other side still holds. */
  const stages: readonly (readonly [string, () => Promise<{ url: string; dial: Dial; open: () => number }>])[] = [
    [
      'dns',
      () =>
        Promise.resolve({ url: 'ws://venue.test/', dial: socketDialWith({ lookup: () => undefined }), open: () => 0 }),
    ],
    [
      'tcp',
      async () => {
        const { host, port } = await blackHole()
        return { url: `ws://${host}:${port}/`, dial: socketDialWith({}), open: () => 0 }
      },
    ],
    [
      'tls',
      async () => {
        const server = await tcpServer(socket => socket.resume())
        return { url: `wss://127.0.0.1:${server.port}/`, dial: socketDialWith({}), open: server.open }
      },
    ],
    [
      'upgrade',
      async () => {
        const server = await tcpServer(socket => socket.resume())
        return { url: `ws://127.0.0.1:${server.port}/`, dial: socketDialWith({}), open: server.open }
      },
    ],
    [
      'the middle of the upgrade',
      async () => {
        const server = await tcpServer(socket => socket.resume().write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: '))
        return { url: `ws://127.0.0.1:${server.port}/`, dial: socketDialWith({}), open: server.open }
      },
    ],
    [
      'the upgrade, with ws',
      async () => {
        const server = await tcpServer(socket => socket.resume())
        return { url: `ws://127.0.0.1:${server.port}/`, dial: wsDial, open: server.open }
      },
    ],
  ]

  it.each(stages)(
    'F:A13 stalled at %s: each attempt ends at its deadline, the next follows, no socket is left',
    async (_stage, prepare) => {
      const { url, dial, open } = await prepare()
      const states: string[] = []
      const startMs = performance.now()
      const connection = openConnection(dial, url, states, 300)
      await expect.poll(() => states.filter(state => state === 'waiting').length, { timeout: 5000 }).toBe(3)
      const tookMs = performance.now() - startMs
      expect(tookMs).toBeGreaterThan(880)
      expect(tookMs).toBeLessThan(1700)
      expect(connection.lastCause).toMatchObject({ code: 'DIAL', stage: 'timeout' })
      connection.close()
      await expect.poll(open).toBe(0)
    },
  )
})

describe.skipIf(isOpensslMissing())('TLS (needs openssl: apt-get install openssl)', () => {
  const good = ['20200101000000Z', '20490101000000Z'] as const

  async function tlsServer(
    host: string,
    from: string,
    to: string,
  ): Promise<{ url: string; cert: string; names: string[] }> {
    const names: string[] = []
    const certificate = selfSigned(host, from, to)
    const server = createHttpsServer({
      ...certificate,
      SNICallback: (name, done) => {
        names.push(name)
        done(null)
      },
    })
    server.on('request', (_request, response) => response.end('{}'))
    const sockets = new WebSocketServer({ server })
    server.on('tlsClientError', () => undefined)
    const port = await listening(server)
    cleanups.push(() => {
      for (const client of sockets.clients) client.terminate()
      server.closeAllConnections()
      server.close()
    })
    return { url: `localhost:${port}`, cert: certificate.cert, names }
  }

  it('F:J05 a certificate that is trusted by the ca option opens, and the name is always sent', async () => {
    const server = await tlsServer('localhost', ...good)
    expect((await outcome(socketDialWith({ ca: server.cert }), `wss://${server.url}/`)).kind).toBe('opened')
    expect(server.names).toEqual(['localhost'])
  })

  it.each([
    ['self-signed', 'localhost', ...good, false, /SELF.SIGNED|self.signed/i, /intercepting TLS.*NODE_EXTRA_CA_CERTS/],
    ['expired', 'localhost', '20200101000000Z', '20200201000000Z', true, /expired/i, /is this computer’s clock right/],
    [
      'not yet valid',
      'localhost',
      '20480101000000Z',
      '20490101000000Z',
      true,
      /not yet valid/i,
      /is this computer’s clock right/,
    ],
    ['of another host', 'other.test', ...good, true, /other\.test/, /belongs to another host/],
  ])(
    'F:J05 %s: refused with the precise reason, and no variable of the environment changes that',
    async (_what, host, from, to, isTrusted, reason, hint) => {
      const server = await tlsServer(host, from, to)
      const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED']
      process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
      try {
        const cause = await failureOf(socketDialWith(isTrusted ? { ca: server.cert } : {}), `wss://${server.url}/`)
        expect(cause).toMatchObject({ code: 'DIAL', stage: 'tls' })
        expect(cause.message).toMatch(reason)
        expect(cause.message).toMatch(hint)
        expect(await failureOf(wsDial, `wss://${server.url}/`)).toMatchObject({ stage: 'tls' })
        const call = fetchHttp(
          { method: 'GET', url: `https://${server.url}/x?key=secret`, weight: 1 },
          AbortSignal.timeout(5000),
        )
        await expect(call).rejects.toThrow(/TLS failed/)
      } finally {
        if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
        else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before
      }
    },
  )
})
