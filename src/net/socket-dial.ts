import { connect as connectTcp, isIP, type LookupFunction } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { bareDial, type OpenStream } from './bare-socket.ts'
import type { Dial } from './dial.ts'
import { ADDRESS_ATTEMPT_MS, rememberingLookup } from './lookup.ts'

const READ_BYTES = 64 * 1024

export interface SocketDialOptions {
  /** Finds the addresses of a host name, anew for each attempt. @default the system's resolver, and the last good answer when it fails */
  readonly lookup?: LookupFunction
  /** Certificates (PEM) that are trusted instead of the ones Node comes with. There is no way to trust everybody. */
  readonly ca?: string | readonly string[]
}

/**
 * WebSockets on Node's bare sockets, reading into one buffer for the life of the socket. An address gets 1.5 s before the
 * next one is tried, because Node's 250 ms never reach a far host.
 */
export function socketDialWith(options: SocketDialOptions): Dial {
  return bareDial(openTcp(options))
}

export const socketDial: Dial = socketDialWith({})

/** The way of {@link socketDialWith}, without WebSockets on it. */
export function openTcp(options: SocketDialOptions): OpenStream {
  const lookup = options.lookup ?? rememberingLookup()
  return (url, on) => {
    const isSecure = url.protocol === 'wss:'
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const target = {
      host,
      port: url.port === '' ? (isSecure ? 443 : 80) : Number(url.port),
      lookup,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_MS,
      onread: {
        buffer: Buffer.alloc(READ_BYTES),
        callback: (bytes: number, buffer: Uint8Array): boolean => {
          if (buffer instanceof Buffer) on.read(buffer, bytes)
          return true
        },
      },
    }
    const socket = isSecure ? connectTls({ ...target, ...tlsOptions(host, options) }) : connectTcp(target)
    socket.setNoDelay(true)
    socket.on(isSecure ? 'secureConnect' : 'connect', () => on.connected())
    return socket
  }
}

/** The name is always sent and the certificate always checked against it, whatever the environment says. */
function tlsOptions(
  host: string,
  { ca }: SocketDialOptions,
): { servername?: string; ca?: string[]; rejectUnauthorized: true } {
  return {
    rejectUnauthorized: true,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === undefined ? {} : { ca: typeof ca === 'string' ? [ca] : [...ca] }),
  }
}
