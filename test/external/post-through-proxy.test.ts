import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { describe, expect, it } from 'vitest'
import { createExternal } from '../../src/external/create-external.ts'
import type { ExternalSource } from '../../src/external/source.ts'
import { systemClock } from '../../src/net/clock.ts'
import { fetchHttp, type Http } from '../../src/net/http.ts'
import { throughProxy } from '../../src/net/through-proxy.ts'
import { connectProxy } from '../support/connect-proxy.ts'

interface Seen {
  readonly method: string | undefined
  readonly body: string
  readonly headers: IncomingHttpHeaders
}

/** A node that answers every question with its block height. */
async function node(): Promise<AsyncDisposable & { readonly port: number; readonly seen: Seen[] }> {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString('utf8')))
    request.on('end', () => {
      seen.push({ method: request.method, body, headers: request.headers })
      response.end('{"result":840000}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
  return { port, seen, [Symbol.asyncDispose]: close }
}

/** Asks a node once, by POST. */
async function ask(url: string, http: Http): Promise<string | undefined> {
  const answers: string[] = []
  const faults: string[] = []
  const source: ExternalSource = {
    id: 'node',
    kind: 'poll',
    cadenceMs: 60_000,
    async start(context) {
      const headers = { 'Content-Type': 'application/json', Authorization: 'Basic abc' }
      const { body } = await context.post({ url, headers, body: '{"method":"getblockcount","note":"Größe"}' })
      answers.push(body)
    },
    stop() {},
  }
  await using _running = createExternal({
    sources: [source],
    clock: systemClock,
    http,
    log: (_level, message) => faults.push(message),
  })
  await expect.poll(() => answers.length + faults.length, { timeout: 10_000 }).toBeGreaterThan(0)
  expect(faults).toEqual([])
  return answers[0]
}

describe('what a plug-in posts', () => {
  it('F:J04 goes through the proxy like everything else, with its body and headers', async () => {
    await using own = await node()
    await using proxy = await connectProxy()
    // Only the proxy knows the name: what goes past it gets nowhere.
    const { http } = throughProxy({ url: `http://127.0.0.1:${proxy.port}` })
    expect(await ask(`http://node.invalid:${own.port}/`, http)).toBe('{"result":840000}')
    expect(proxy.asked).toEqual([`node.invalid:${own.port}`])
    const [call] = own.seen
    expect([call?.method, call?.body]).toEqual(['POST', '{"method":"getblockcount","note":"Größe"}'])
    // In bytes, not in characters.
    expect(call?.headers).toMatchObject({ 'content-length': '43', authorization: 'Basic abc' })
  })

  it('goes directly to hosts that are excepted, and without a proxy', async () => {
    await using own = await node()
    await using proxy = await connectProxy()
    const { http } = throughProxy({ url: `http://127.0.0.1:${proxy.port}`, except: ['127.0.0.1'] })
    expect(await ask(`http://127.0.0.1:${own.port}/`, http)).toBe('{"result":840000}')
    expect(await ask(`http://127.0.0.1:${own.port}/`, fetchHttp)).toBe('{"result":840000}')
    expect(proxy.asked).toEqual([])
    expect(own.seen.map(({ method }) => method)).toEqual(['POST', 'POST'])
  })
})
