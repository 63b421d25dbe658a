import { request as plainRequest } from 'node:http'
import { request as secureRequest } from 'node:https'
import { isIP, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { ConfigError } from '../model/error.ts'

export interface ProxyOptions {
  /** `http://[user:password@]host:port`, or `https://…` to reach the proxy itself by TLS. Never shown with its password. */
  readonly url: string
  /**
   * Hosts that are reached directly, as in NO_PROXY: `example.org` (and what is below it), `.example.org`, `10.0.0.1`,
   * `host:port`, `*` for all. @default none
   */
  readonly except?: readonly string[]
}

/** A proxy that is silent for so long while it is asked for a way is given up. */
const TUNNEL_WITHIN_MS = 15_000

/** The proxy refused to connect, or is no proxy. */
export class ProxyRefused extends Error {
  /** Node's own errors carry a code by which the stage that failed is told. */
  readonly code = 'ERR_PROXY_REFUSED'
}

/** An HTTP proxy that is asked by CONNECT for a way to a host: REST and WebSockets go the same way, and TLS stays end to end. */
export class HttpProxy {
  /** Without user and password. */
  readonly shown: string
  private readonly url: URL
  private readonly except: readonly string[]
  private readonly authorization: string | undefined

  /** @throws ConfigError for anything but an `http:` or `https:` URL of a proxy */
  constructor(options: ProxyOptions) {
    if (!URL.canParse(options.url) || !/^https?:$/.test(new URL(options.url).protocol)) {
      const shown = options.url.replace(/\/\/[^@/]*@/, '//***@')
      throw new ConfigError(`proxy: expected the URL of an HTTP proxy such as "http://127.0.0.1:3128", was "${shown}".`)
    }
    this.url = new URL(options.url)
    this.except = (options.except ?? []).map(entry => entry.trim().toLowerCase()).filter(entry => entry !== '')
    this.shown = `${this.url.protocol}//${this.url.host}`
    const { username, password } = this.url
    const userinfo = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
    this.authorization = username === '' ? undefined : `Basic ${Buffer.from(userinfo).toString('base64')}`
  }

  /** Whether the way to this URL leads through the proxy. */
  covers(url: URL): boolean {
    const host = bareHost(url)
    const port = String(portOf(url))
    return !this.except.some(entry => {
      if (entry === '*' || entry === host || entry === `${host}:${port}`) return true
      const [name = '', onlyPort] = isIP(entry) === 0 ? entry.split(':') : [entry]
      if (onlyPort !== undefined && onlyPort !== port) return false
      const below = name.startsWith('.') ? name : `.${name}`
      return host === name.slice(name.startsWith('.') ? 1 : 0) || (isIP(host) === 0 && host.endsWith(below))
    })
  }

  /** A way to the host of the URL. @throws ProxyRefused, or what the network to the proxy throws */
  tunnel(target: URL, signal: AbortSignal): Promise<Duplex> {
    const { url } = this
    const authority = `${target.hostname}:${portOf(target)}`
    return new Promise((resolve, reject) => {
      const request = (url.protocol === 'https:' ? secureRequest : plainRequest)({
        host: bareHost(url),
        port: portOf(url),
        method: 'CONNECT',
        path: authority,
        agent: false,
        signal,
        timeout: TUNNEL_WITHIN_MS,
        headers: {
          Host: authority,
          ...(this.authorization === undefined ? {} : { 'Proxy-Authorization': this.authorization }),
        },
      })
      const refused = (status: number | undefined): ProxyRefused =>
        new ProxyRefused(`the proxy ${this.shown} answered HTTP ${status} to CONNECT ${authority}`)
      request.on('connect', (response, socket: Socket, head) => {
        if (response.statusCode !== 200) {
          socket.destroy()
          reject(refused(response.statusCode))
          return
        }
        socket.setNoDelay(true)
        socket.setTimeout(0)
        if (head.length > 0) socket.unshift(head)
        resolve(socket)
      })
      request.on('response', response => {
        response.destroy()
        reject(refused(response.statusCode))
      })
      request.on('timeout', () => request.destroy(new ProxyRefused(`the proxy ${this.shown} did not answer`)))
      request.on('error', reject)
      request.end()
    })
  }
}

/** Host name or address without the brackets of IPv6. */
export function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').toLowerCase()
}

export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port)
  return url.protocol === 'https:' || url.protocol === 'wss:' ? 443 : 80
}
