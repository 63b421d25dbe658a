import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { HttpError, RateLimited } from '../model/error.ts'
import type { HttpRequest } from '../model/http.ts'
import { systemClock } from './clock.ts'
import { answerError, fetchHttp, type HttpAnswer, withDeadline } from './http.ts'

const cleanups: (() => void)[] = []

afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

async function serve(listener: RequestListener): Promise<HttpRequest> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { method: 'GET', url: `http://127.0.0.1:${port}/x?signature=secret`, weight: 1 }
}

const readError = (body: string): { code: number; message: string } | undefined => {
  return body.startsWith('{"code"') ? { code: -1003, message: body } : undefined
}

function answer(status: number, body: string, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return { status, body, headers: { get: name => headers[name] ?? null } }
}

const request: HttpRequest = { method: 'GET', url: 'http://venue/x?key=secret', weight: 1 }

describe('http', () => {
  it.each([
    ['502 with HTML', answer(502, '<html><body>Bad Gateway</body></html>'), true],
    ['503 with HTML', answer(503, '<html>Service Unavailable</html>'), true],
    ['200 with HTML', answer(200, '<!doctype html><p>hello'), true],
    ['200 with nothing', answer(200, ''), true],
    ['404 with text', answer(404, 'not found'), false],
    ['451', answer(451, '<html>Unavailable For Legal Reasons</html>'), false],
  ])('F:G06 %s is a typed error in one line', (_name, given, isRetryable) => {
    const error = answerError(request, given, readError, 0)
    expect(error).toBeInstanceOf(HttpError)
    expect(error).toMatchObject({ status: given.status, isRetryable })
    expect(error?.message).not.toMatch(/[<>\n]|secret/)
  })

  it('F:B02 429 and 418 carry how long to wait, also from the text of a ban', () => {
    expect(answerError(request, answer(429, '{}', { 'retry-after': '7' }), readError, 0)).toMatchObject({
      retryAfterMs: 7000,
    })
    const ban = answer(418, '{"code":-1003,"msg":"IP banned until 1790000060000"}')
    expect(answerError(request, ban, readError, 1_790_000_000_000)).toMatchObject({ retryAfterMs: 60_000 })
    expect(answerError(request, answer(418, ''), readError, 0)).toMatchObject({ retryAfterMs: 120_000 })
  })

  it('F:G08 a firewall’s 403 is a pause of five minutes', () => {
    const error = answerError(request, answer(403, '<html>Forbidden</html>'), readError, 0)
    expect(error).toBeInstanceOf(RateLimited)
    expect(error).toMatchObject({ retryAfterMs: 300_000 })
  })

  it('F:G07 a call that never answers ends at its deadline', async () => {
    const silent = await serve(() => undefined)
    await expect(withDeadline(fetchHttp, systemClock, silent, 100)).rejects.toMatchObject({ code: 'HTTP', status: 0 })
    const dripping = await serve((_request, response) => {
      response.writeHead(200)
      response.write('[')
    })
    await expect(withDeadline(fetchHttp, systemClock, dripping, 100)).rejects.toThrow(/no answer within 100 ms/)
  })

  it('F:G06 a refused connection is one line without the query', async () => {
    const refused = await serve(() => undefined)
    for (const cleanup of cleanups.splice(0)) cleanup()
    const error = await withDeadline(fetchHttp, systemClock, refused, 1000).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(HttpError)
    expect(String(error)).toContain('ECONNREFUSED')
    expect(String(error)).not.toContain('secret')
  })
})
