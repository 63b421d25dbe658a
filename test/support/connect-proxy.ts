import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'

export interface ConnectProxy extends AsyncDisposable {
  readonly port: number
  /** Every `host:port` that was asked for, in order. */
  readonly asked: readonly string[]
  /** Ends every way through it. */
  cut(): void
}

/** An HTTP proxy on loopback that leads every host name to 127.0.0.1, so that who is not proxied gets nowhere. */
export async function connectProxy(
  options: { readonly credentials?: string; readonly status?: number } = {},
): Promise<ConnectProxy> {
  const asked: string[] = []
  const open = new Set<Socket>()
  const expected =
    options.credentials === undefined ? undefined : `Basic ${Buffer.from(options.credentials).toString('base64')}`
  const server = createServer((_request, response) => response.writeHead(400).end())
  server.on('connect', (request, client: Socket) => {
    const target = request.url ?? ''
    asked.push(target)
    client.on('error', () => client.destroy())
    const isAllowed = expected === undefined || request.headers['proxy-authorization'] === expected
    const status = isAllowed ? (options.status ?? 200) : 407
    if (status !== 200) {
      client.end(`HTTP/1.1 ${status} no\r\ncontent-length: 0\r\n\r\n`)
      return
    }
    const far = connect(Number(target.slice(target.lastIndexOf(':') + 1)), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      client.pipe(far)
      far.pipe(client)
    })
    for (const [one, other] of [
      [client, far],
      [far, client],
    ] as const) {
      open.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const cut = (): void => {
    for (const socket of open) socket.destroy()
  }
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    asked,
    cut,
    async [Symbol.asyncDispose]() {
      cut()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
