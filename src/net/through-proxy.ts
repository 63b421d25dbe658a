import { once } from 'node:events'
import { Agent, type ClientRequestArgs } from 'node:http'
import { Agent as SecureAgent } from 'node:https'
import { isIP } from 'node:net'
import { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { bareDial, type OpenStream } from './bare-socket.ts'
import type { Dial } from './dial.ts'
import { type Http, httpThrough } from './http.ts'
import { bareHost, HttpProxy, type ProxyOptions } from './http-proxy.ts'
import { openTcp } from './socket-dial.ts'
import { TunnelledStream } from './tunnelled-stream.ts'

/**
 * REST and WebSockets by one HTTP proxy, for `createFeed({ venues, ...throughProxy({ url }) })`. TLS is made with the venue
 * itself: the proxy sees host names and nothing else. What `except` names is reached directly.
 * @throws ConfigError for anything but an `http:` or `https:` URL
 */
export function throughProxy(options: ProxyOptions): { readonly dial: Dial; readonly http: Http } {
  const proxy = new HttpProxy(options)
  const direct = openTcp({})
  const open: OpenStream = (url, on) => {
    if (!proxy.covers(url)) return direct(url, on)
    return new TunnelledStream(signal => way(proxy, url, url.protocol === 'wss:', signal), on)
  }
  const agents = { plain: new TunnelAgent(proxy), secure: new SecureTunnelAgent(proxy) }
  return { dial: bareDial(open), http: httpThrough(url => (proxy.covers(url) ? agents : undefined)) }
}

/** The tunnel, with TLS to the venue inside where the URL asks for it. */
async function way(proxy: HttpProxy, url: URL, isSecure: boolean, signal: AbortSignal): Promise<Duplex> {
  const socket = await proxy.tunnel(url, signal)
  if (!isSecure) return socket
  const host = bareHost(url)
  const secure = connectTls({ socket, rejectUnauthorized: true, ...(isIP(host) === 0 ? { servername: host } : {}) })
  try {
    await once(secure, 'secureConnect', { signal })
  } catch (error) {
    secure.destroy()
    throw error
  }
  return secure
}

type Created = (error: Error | null, stream: Duplex) => void

/** Kept connections belong to nobody: they never keep the process alive. */
const CONNECTIONS = { keepAlive: true, maxSockets: 64 }

class TunnelAgent extends Agent {
  private readonly proxy: HttpProxy

  constructor(proxy: HttpProxy) {
    super(CONNECTIONS)
    this.proxy = proxy
  }

  override createConnection(target: ClientRequestArgs, created?: Created): undefined {
    hand(way(this.proxy, urlOf('http', target), false, NEVER), created)
  }
}

class SecureTunnelAgent extends SecureAgent {
  private readonly proxy: HttpProxy

  constructor(proxy: HttpProxy) {
    super(CONNECTIONS)
    this.proxy = proxy
  }

  override createConnection(target: ClientRequestArgs, created?: Created): undefined {
    hand(way(this.proxy, urlOf('https', target), true, NEVER), created)
  }
}

/** A call that is aborted meanwhile leaves the way to the next one. */
const NEVER = new AbortController().signal

function urlOf(protocol: 'http' | 'https', { host, port }: ClientRequestArgs): URL {
  const name = host ?? 'localhost'
  const url = new URL(`${protocol}://${isIP(name) === 6 ? `[${name}]` : name}`)
  url.port = String(port ?? '')
  return url
}

function hand(opening: Promise<Duplex>, created: Created | undefined): void {
  void opening.then(
    stream => created?.(null, stream),
    (error: unknown) => {
      const none = new Duplex().destroy()
      created?.(error instanceof Error ? error : new Error(String(error)), none)
    },
  )
}
