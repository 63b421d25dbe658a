import net from 'node:net'
import { afterAll, expect } from 'vitest'

/**
 * Nothing leaves this machine: a client that was pointed wrongly, or that phones home, fails with the name of the host it
 * wanted. Every TCP and TLS connection of Node goes through this one method, whatever library opens it.
 */
const strays: string[] = []
const connect: unknown = Reflect.get(net.Socket.prototype, 'connect')

/** The host among the arguments of `connect`; undefined for a local path, which is no network. */
function hostOf(first: unknown, second: unknown): string | undefined {
  // Node hands its own normalised arguments over as one array.
  const options: unknown = Array.isArray(first) ? first[0] : first
  if (typeof options === 'object' && options !== null) {
    if ('path' in options && options.path !== undefined && options.path !== null) return undefined
    return 'host' in options && typeof options.host === 'string' ? options.host : 'localhost'
  }
  return typeof second === 'string' ? second : 'localhost'
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

net.Socket.prototype.connect = function guarded(this: net.Socket, ...parts: unknown[]): net.Socket {
  const host = hostOf(parts[0], parts[1])
  if (host === undefined || isLoopback(host))
    return typeof connect === 'function' ? Reflect.apply(connect, this, parts) : this
  strays.push(host)
  process.nextTick(() => this.destroy(new Error(`tried to reach ${host}: only loopback may be reached`)))
  return this
}

/** Hosts somebody tried to reach since the last look, for the test of the guard itself. */
export function takeStrays(): readonly string[] {
  return strays.splice(0)
}

afterAll(() => {
  expect(takeStrays(), 'hosts that are not this machine').toEqual([])
})
