import { describe, expect, it } from 'vitest'
import { CLIENTS, dial, open } from './client.ts'
import { frame, goodAnswer } from './scripted-server.ts'

const without =
  (name: string) =>
  (accept: string): string => {
    return goodAnswer(accept)
      .split('\r\n')
      .filter(line => !line.toLowerCase().startsWith(`${name}:`))
      .join('\r\n')
  }

const withLine =
  (line: string) =>
  (accept: string): string =>
    goodAnswer(accept).replace('\r\n\r\n', `\r\n${line}\r\n\r\n`)

describe.each(CLIENTS)('upgrade: %s', (_name, make) => {
  it('asks as RFC 6455 wants, and offers no extension', async () => {
    const { server } = await open(make)
    const [first, ...lines] = server.request.split('\r\n')
    expect(first).toBe('GET /stream?x=1 HTTP/1.1')
    const headers = new Map(
      lines.map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    )
    expect(headers.get('host')).toBe('venue.test')
    expect(headers.get('upgrade')).toBe('websocket')
    expect(headers.get('connection')).toBe('Upgrade')
    expect(headers.get('sec-websocket-version')).toBe('13')
    expect(Buffer.from(headers.get('sec-websocket-key') ?? '', 'base64')).toHaveLength(16)
    expect(headers.has('sec-websocket-extensions')).toBe(false)
    expect(headers.has('origin')).toBe(false)
  })

  it.each([
    [
      'names in any case',
      (accept: string) => goodAnswer(accept).replace('Upgrade: websocket', 'UPGRADE:   WebSocket  '),
    ],
    [
      'other tokens beside Upgrade',
      (accept: string) => goodAnswer(accept).replace('Connection: Upgrade', 'Connection: keep-alive, upgrade'),
    ],
    ['further headers', withLine('Server: x\r\nX-Anything: a: b: c')],
    [
      'an odd reason',
      (accept: string) => goodAnswer(accept).replace('Switching Protocols', 'Web Socket Protocol Handshake'),
    ],
  ])('takes %s', async (_what, answer) => {
    const line = await open(make, { answer })
    expect(line.log).toEqual(['opened'])
  })

  it.each([
    ['a wrong key', (accept: string) => goodAnswer(accept.toLowerCase() === accept ? 'x' : accept.toLowerCase())],
    ['no key', without('sec-websocket-accept')],
    ['no Upgrade', without('upgrade')],
    ['no Connection', without('connection')],
    ['another Upgrade', (accept: string) => goodAnswer(accept).replace('Upgrade: websocket', 'Upgrade: h2c')],
    ['an extension', withLine('Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99')],
    ['a subprotocol', withLine('Sec-WebSocket-Protocol: mqtt')],
    ['something that is not HTTP', () => 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
    ['HTTP 200', () => 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'],
  ])('F:H12 refuses %s', async (_what, answer) => {
    const line = await open(make, { answer: accept => `${answer(accept)}` })
    line.server.write(frame(0x81, 'data'))
    await line.until('the end', () => line.log.includes('closed'))
    await line.settle()
    expect(line.log).toEqual(['closed'])
    expect(line.texts).toEqual([])
    expect(line.cause).toMatchObject({ code: 'DIAL', stage: 'upgrade' })
    expect(line.cause?.message).not.toContain('\n')
    expect(line.server.frames).toEqual([])
  })

  it.each([
    ['HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7', 429, 7000],
    ['HTTP/1.1 503 Service Unavailable\r\nRetry-After: 120', 503, 120_000],
    [
      'HTTP/1.1 429 Too Many\r\nDate: Sat, 21 Nov 2026 23:59:30 GMT\r\nRetry-After: Sun, 22 Nov 2026 00:00:45 GMT',
      429,
      75_000,
    ],
    ['HTTP/1.1 429 Too Many Requests\r\nRetry-After: soon', 429, undefined],
    ['HTTP/1.1 418 I am a teapot', 418, 120_000],
    ['HTTP/1.1 403 Forbidden', 403, undefined],
    ['HTTP/1.1 404 Not Found', 404, undefined],
    ['HTTP/1.1 414 URI Too Long', 414, undefined],
    ['HTTP/1.1 302 Found\r\nLocation: wss://elsewhere.test/x?key=secret', 302, undefined],
  ])('F:B02 F:I01 %s', async (head, status, retryAfterMs) => {
    const line = await open(make, { answer: () => `${head}\r\nContent-Length: 13\r\n\r\n<html></html>` })
    await line.until('the end', () => line.log.includes('closed'))
    expect(line.cause).toMatchObject({ stage: 'upgrade', status, retryAfterMs })
    expect(line.cause?.message).toContain(String(status))
    expect(line.cause?.message).not.toMatch(/secret|<html>/)
    expect(line.log).toEqual(['closed'])
  })

  it('reads an answer that comes one byte at a time, with a frame behind it', async () => {
    const line = dial(make, { answer: () => undefined })
    await line.until('the request', () => line.server.request !== '')
    const bytes = Buffer.concat([Buffer.from(goodAnswer(line.server.accept)), frame(0x81, 'at once')])
    for (let at = 0; at < bytes.length; at++) {
      line.server.write(bytes.subarray(at, at + 1))
      if (at % 7 === 0) await new Promise(setImmediate)
    }
    await line.until('the message', () => line.messages.length === 1)
    expect(line.log).toEqual(['opened'])
  })

  it.each([
    ['in one read', 1],
    ['in many', 64],
  ])('F:M11 refuses more than 16 KiB of headers, %s', async (_what, pieces) => {
    const line = dial(make, { answer: () => undefined })
    await line.until('the request', () => line.server.request !== '')
    const text = withLine(`X-Long: ${'x'.repeat(20_000)}`)(line.server.accept)
    const size = Math.ceil(text.length / pieces)
    for (let at = 0; at < text.length; at += size) {
      line.server.write(text.slice(at, at + size))
      await new Promise(setImmediate)
    }
    await line.until('the end', () => line.log.includes('closed'))
    expect(line.log).toEqual(['closed'])
    expect(line.cause).toMatchObject({ stage: 'upgrade' })
  })

  it('F:M11 headers that never end are cut off', async () => {
    const line = dial(make, { answer: () => 'HTTP/1.1 101 Switching Protocols\r\n' })
    for (let round = 0; round < 1000 && !line.log.includes('closed'); round++) {
      line.server.write(`X-${round}: ${'y'.repeat(100)}\r\n`)
      await new Promise(setImmediate)
    }
    expect(line.log).toEqual(['closed'])
  })

  it('a connection that ends before the answer is one failure', async () => {
    const line = dial(make, { answer: () => 'HTTP/1.1 101 Switch' })
    await line.until('the request', () => line.server.request !== '')
    line.server.end()
    await line.until('the end', () => line.log.includes('closed'))
    expect(line.log).toEqual(['closed'])
    expect(line.cause).toMatchObject({ code: 'DIAL' })
  })
})
