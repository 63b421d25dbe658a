import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { DialError, type TickwireError } from '../model/error.ts'
import type { Dial, Socket } from './dial.ts'
import { socketDial } from './socket-dial.ts'
import { wsDial } from './ws-dial.ts'

const cleanups: (() => void)[] = []

afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => server.close())
  const address = server.address()
  return `ws://127.0.0.1:${isAddress(address) ? address.port : 0}`
}

function isAddress(address: string | AddressInfo | null): address is AddressInfo {
  return typeof address === 'object' && address !== null
}

async function webSocketServer(onSocket: (socket: WebSocket) => void): Promise<string> {
  const server = createServer()
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', onSocket)
  cleanups.push(() => {
    for (const client of sockets.clients) client.terminate()
  })
  return await listen(server)
}

interface Client {
  readonly socket: Socket
  readonly texts: string[]
  readonly log: string[]
  readonly closed: Promise<TickwireError>
  readonly opened: Promise<void>
}

function connect(dial: Dial, url: string, maxFrameBytes = 1 << 20): Client {
  const texts: string[] = []
  const log: string[] = []
  let open: () => void = () => undefined
  let close: (cause: TickwireError) => void = () => undefined
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  const closed = new Promise<TickwireError>(resolve => {
    close = resolve
  })
  const socket = dial(
    url,
    {
      opened: () => {
        log.push('opened')
        open()
      },
      reading: () => undefined,
      frame: (bytes, start, end) => texts.push(Buffer.from(bytes.subarray(start, end)).toString('utf8')),
      pinged: () => log.push('pinged'),
      ponged: () => log.push('ponged'),
      closed: cause => {
        log.push('closed')
        close(cause)
      },
    },
    { maxFrameBytes },
  )
  cleanups.push(() => socket.terminate())
  return { socket, texts, log, closed, opened }
}

describe.each([
  ['socketDial', socketDial],
  ['wsDial', wsDial],
])('%s', (_name, dial) => {
  it('sends, receives, pings and closes', async () => {
    const received: string[] = []
    const url = await webSocketServer(socket => {
      socket.on('message', data => {
        const text = Buffer.isBuffer(data) ? data.toString('utf8') : ''
        received.push(text)
        socket.send(`echo ${text}`)
      })
    })
    const client = connect(dial, url)
    await client.opened
    client.socket.send('héllo 币')
    client.socket.send('x'.repeat(70_000))
    client.socket.ping()
    await expect.poll(() => client.texts.length).toBe(2)
    expect(received).toEqual(['héllo 币', 'x'.repeat(70_000)])
    expect(client.texts[0]).toBe('echo héllo 币')
    await expect.poll(() => client.log.includes('ponged')).toBe(true)
    client.socket.close()
    await client.closed
    expect(client.log.filter(entry => entry === 'closed')).toHaveLength(1)
  })

  it('F:A06 answers each ping once, with its payload', async () => {
    const pongs: string[] = []
    const url = await webSocketServer(socket => {
      socket.on('pong', payload => pongs.push(payload.toString('utf8')))
      socket.ping('1790000000000')
      socket.ping('1790000000001')
    })
    const client = connect(dial, url)
    await expect.poll(() => pongs).toEqual(['1790000000000', '1790000000001'])
    expect(client.log.filter(entry => entry === 'pinged')).toHaveLength(2)
  })

  it('reports the close code and reason of the server', async () => {
    const url = await webSocketServer(socket => socket.close(1008, 'Pong timeout'))
    const cause = await connect(dial, url).closed
    expect(cause.message).toContain('1008')
    expect(cause.message).toContain('Pong timeout')
  })

  it('F:I01 a refused port, an unknown host and an HTTP answer become typed errors', async () => {
    const refused = await connect(dial, 'ws://127.0.0.1:1').closed
    expect(refused).toBeInstanceOf(DialError)
    expect(refused.message).toContain('ECONNREFUSED')
    const unknown = await connect(dial, 'ws://no-such-host.invalid').closed
    expect(unknown).toMatchObject({ stage: 'dns' })
    const url = await listen(
      createServer((_request, response) =>
        response.writeHead(429, { 'retry-after': '7' }).end('<html>slow down</html>'),
      ),
    )
    expect(await connect(dial, url).closed).toMatchObject({ stage: 'upgrade', status: 429, retryAfterMs: 7000 })
  })

  it('F:I02 terminating while connecting reports one close and nothing after it', async () => {
    const silent = createTcpServer()
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    cleanups.push(() => silent.close())
    const address = silent.address()
    const clients = Array.from({ length: 50 }, () =>
      connect(dial, `ws://127.0.0.1:${isAddress(address) ? address.port : 0}`),
    )
    for (const client of clients) client.socket.terminate()
    await Promise.all(clients.map(client => client.closed))
    for (const client of clients) expect(client.log).toEqual(['closed'])
  })

  it('a dropped connection without a close frame is told as 1006', async () => {
    const url = await webSocketServer(socket => socket.terminate())
    expect(await connect(dial, url).closed).toMatchObject({ closeCode: 1006 })
  })

  it('F:H12 a message above the limit ends the socket', async () => {
    const url = await webSocketServer(socket => socket.send('x'.repeat(5000)))
    const client = connect(dial, url, 1000)
    await client.closed
    expect(client.texts).toEqual([])
  })
})
