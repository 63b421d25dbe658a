import type { IncomingHttpHeaders } from 'node:http'

const names: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]'])

/**
 * Why a request is refused; undefined when it is welcome. The Host must be the loopback by its own name, or a page could
 * reach it by a name of its own (DNS rebinding); an Origin says that a page of some other server asks.
 */
export function refusalOf(headers: IncomingHttpHeaders, port: number): string | undefined {
  const host = headers.host ?? ''
  const colon = host.lastIndexOf(':')
  if (!names.has(host.slice(0, colon).toLowerCase()) || host.slice(colon + 1) !== String(port))
    return 'This Host is not served here.'
  if (headers.origin !== undefined) return 'Web pages may not use the control API.'
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'none') return 'Web pages may not use the control API.'
  return undefined
}
