import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import type { TickwireError } from '../model/error.ts'
import { socketDial } from './socket-dial.ts'

const hasOpenssl = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return true
  } catch {
    // Without it no certificate can be made here.
    return false
  }
})()

if (!hasOpenssl && process.env['CI'] === 'true')
  throw new Error('openssl is needed under CI=true: apt-get install openssl')

describe.skipIf(!hasOpenssl)('TLS (needs openssl: apt-get install openssl)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-tls-'))
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  let port = 0
  let stop: () => void = () => undefined

  beforeAll(async () => {
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', certificate, ...names],
      { stdio: 'ignore' },
    )
    const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) })
    const sockets = new WebSocketServer({ server })
    sockets.on('connection', socket => {
      for (let index = 0; index < 2000; index++) socket.send(`${index} ${'x'.repeat(index)}`)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    port = typeof address === 'object' && address !== null ? address.port : 0
    stop = () => {
      for (const client of sockets.clients) client.terminate()
      server.close()
    }
  })

  afterAll(() => {
    stop()
    rmSync(folder, { recursive: true })
  })

  it('F:J05 refuses a certificate that nobody vouches for, and says so', async () => {
    const cause = await new Promise<TickwireError>(resolve => {
      const none = (): void => undefined
      socketDial(
        `wss://localhost:${port}/`,
        { opened: none, reading: none, frame: none, pinged: none, ponged: none, closed: resolve },
        { maxFrameBytes: 1 << 20 },
      )
    })
    expect(cause).toMatchObject({ code: 'DIAL', stage: 'tls' })
    expect(cause.message).toMatch(/SELF_SIGNED|self-signed/)
  })

  it('reads every frame over TLS where the certificate is trusted', async () => {
    // In a process of its own, because Node reads the trusted certificates when it starts.
    const dist = fileURLToPath(new URL('../../dist/net/socket-dial.js', import.meta.url))
    const script = `
      const { socketDial } = await import(${JSON.stringify(dist)})
      let next = 0
      const fail = text => { console.log(text); process.exit(1) }
      socketDial('wss://localhost:${port}/', {
        opened() {}, reading() {}, pinged() {}, ponged() {},
        frame(bytes, start, end) {
          const text = Buffer.from(bytes.subarray(start, end)).toString()
          if (text !== next + ' ' + 'x'.repeat(next)) fail('frame ' + next + ' was ' + text.slice(0, 40))
          if (++next === 2000) { console.log('all'); process.exit(0) }
        },
        closed: cause => fail(cause.message),
      }, { maxFrameBytes: 1 << 20 })`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: certificate },
    })
    let said = ''
    child.stdout.on('data', (data: Buffer) => {
      said += data.toString('utf8')
    })
    await once(child, 'exit')
    expect(said.trim()).toBe('all')
  })
})
