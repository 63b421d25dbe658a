import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { FreezeProxy } from './freeze-proxy.ts'
import { pause } from './sim-client.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** A server that sends back what it hears, behind a proxy. */
async function open(): Promise<{ readonly proxy: FreezeProxy; readonly dial: () => Promise<Client> }> {
  const echo: Server = createServer(socket => socket.on('error', () => socket.destroy()).pipe(socket))
  await new Promise<void>(resolve => echo.listen(0, '127.0.0.1', resolve))
  const address = echo.address()
  const proxy = new FreezeProxy(typeof address === 'object' ? (address?.port ?? 0) : 0)
  const port = await proxy.listen()
  closers.push(
    () => proxy[Symbol.asyncDispose](),
    () => new Promise(resolve => echo.close(resolve)),
  )
  return { proxy, dial: () => Client.dial(port) }
}

class Client {
  readonly socket: Socket
  text = ''
  bytes = 0
  end: 'open' | 'end' | 'reset' = 'open'

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', data => {
      this.bytes += data.length
      if (this.bytes < 1000) this.text += data.toString()
    })
    socket.on('end', () => (this.end = 'end'))
    socket.on('error', () => (this.end = 'reset'))
  }

  static dial(port: number): Promise<Client> {
    return new Promise(resolve => {
      const socket = connect(port, '127.0.0.1', () => resolve(new Client(socket)))
    })
  }
}

describe('the freezing proxy', () => {
  it('passes on, freezes both ways, and passes on what was sent meanwhile', async () => {
    const { proxy, dial } = await open()
    const client = await dial()
    client.socket.write('one ')
    await expect.poll(() => client.text).toBe('one ')
    proxy.freeze()
    client.socket.write('two ')
    const late = await dial()
    late.socket.write('late')
    await pause(300)
    expect([client.text, client.end, late.text]).toEqual(['one ', 'open', ''])
    proxy.thaw()
    await expect.poll(() => [client.text, late.text]).toEqual(['one two ', 'late'])
    client.socket.end()
    await expect.poll(() => client.end).toBe('end')
    await expect.poll(() => proxy.connections).toBe(1)
  })

  it('nobody learns of an end while it is frozen', async () => {
    const { proxy, dial } = await open()
    const client = await dial()
    proxy.freeze()
    client.socket.destroy()
    await pause(100)
    expect(proxy.connections).toBe(1)
    proxy.thaw()
    await expect.poll(() => proxy.connections).toBe(0)
  })

  it('drops by reset', async () => {
    const { proxy, dial } = await open()
    const client = await dial()
    client.socket.write('x')
    await expect.poll(() => client.text).toBe('x')
    proxy.drop()
    await expect.poll(() => client.end).toBe('reset')
    expect(proxy.connections).toBe(0)
  })

  it('limits the rate, and loses nothing', async () => {
    const { proxy, dial } = await open()
    const client = await dial()
    proxy.limit(100)
    const startMs = performance.now()
    client.socket.write(Buffer.alloc(60_000))
    await expect.poll(() => client.bytes, { timeout: 5000 }).toBe(60_000)
    expect(performance.now() - startMs).toBeGreaterThan(400)
    proxy.limit(0)
    const fastMs = performance.now()
    client.socket.write(Buffer.alloc(600_000))
    await expect.poll(() => client.bytes, { timeout: 5000 }).toBe(660_000)
    expect(performance.now() - fastMs).toBeLessThan(2000)
  })
})
