import type { Dial } from '../net/dial.ts'
import { fetchHttp, type Http } from '../net/http.ts'
import { HttpProxy } from '../net/http-proxy.ts'
import { socketDial } from '../net/socket-dial.ts'
import { throughProxy } from '../net/through-proxy.ts'
import { secrets } from './secrets.ts'

/** How this process reaches venues: REST and WebSockets by the same way. */
export interface Network {
  readonly dial: Dial
  readonly http: Http
  /** The proxy by which a URL is reached, without its password; undefined for the direct way. */
  proxyOf(url: string): string | undefined
}

/** What runs on this machine is never sent to a proxy: it could not find the way back. */
const OWN_MACHINE = ['localhost', '127.0.0.1', '::1']

let known: Network | undefined

/**
 * As the environment says: `HTTPS_PROXY`, `ALL_PROXY` or `HTTP_PROXY` (the first that is set, also in small letters), and
 * `NO_PROXY` for hosts that are reached directly.
 * @throws ConfigError for what is no HTTP proxy
 */
export function network(): Network {
  known ??= networkFrom(name => process.env[name] ?? process.env[name.toLowerCase()])
  return known
}

function networkFrom(read: (name: string) => string | undefined): Network {
  const url = ['HTTPS_PROXY', 'ALL_PROXY', 'HTTP_PROXY'].map(read).find(text => text !== undefined && text !== '')
  if (url === undefined) return { dial: socketDial, http: fetchHttp, proxyOf: () => undefined }
  if (URL.canParse(url)) secrets.learn(decodeURIComponent(new URL(url).password))
  const options = { url, except: [...OWN_MACHINE, ...(read('NO_PROXY') ?? '').split(',')] }
  const proxy = new HttpProxy(options)
  return {
    ...throughProxy(options),
    proxyOf: text => (proxy.covers(new URL(text)) ? proxy.shown : undefined),
  }
}
