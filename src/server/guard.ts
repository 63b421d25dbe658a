import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import { ConfigError } from '../model/error.ts'

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

export interface GuardOptions {
  readonly host: string
  readonly token: string | undefined
  /** Opens what `token` opens, and the accounts; without one the accounts are open to whoever may read the rest. */
  readonly accountToken?: string | undefined
  /** Names by which the server is reached besides its address, e.g. of a TLS proxy; port included unless it is 443 or 80. */
  readonly allowedHosts: readonly string[]
}

/**
 * Who may talk to the server. The Host header must be one of ours, or a web page could reach the loopback by a name of its
 * own (DNS rebinding); a browser's Origin must be this very server, or any page could read the stream (cross-site hijacking).
 */
export class Guard {
  readonly isLoopback: boolean
  private readonly options: GuardOptions
  private readonly tokenHash: Buffer | undefined
  private readonly accountHash: Buffer | undefined
  private port = 0

  /** @throws ConfigError when the server would listen beyond the loopback without a token, or the token is too weak */
  constructor(options: GuardOptions) {
    this.options = options
    const { host, token } = options
    this.isLoopback = host === 'localhost' || host === '::1' || host === '127.0.0.1'
    if (!this.isLoopback && token === undefined) {
      throw new ConfigError(`host "${host}" is reachable from other machines: give a token.`)
    }
    this.tokenHash = hashOf('token', token)
    this.accountHash = hashOf('accountToken', options.accountToken)
  }

  get needsToken(): boolean {
    return this.tokenHash !== undefined
  }

  listeningOn(port: number): void {
    this.port = port
  }

  isHostAllowed(host: string | undefined): boolean {
    if (host === undefined || host.length > 255) return false
    if (this.options.allowedHosts.includes(host)) return true
    const { name, port } = splitHost(host)
    if (port !== this.port) return false
    if (LOOPBACK.includes(name)) return true
    // An address, unlike a name, cannot be pointed at us by somebody else's DNS.
    return !this.isLoopback && (name === this.options.host || isIP(name.replace(/^\[|\]$/g, '')) !== 0)
  }

  /** True for this server's own pages. `null`, other ports and sub-domains are foreign. */
  isOriginAllowed(origin: string | undefined): boolean {
    const match = /^https?:\/\/([^/]{1,255})$/.exec(origin ?? '')
    return match !== null && this.isHostAllowed(match[1])
  }

  isTokenRight(token: string | undefined): boolean {
    if (this.tokenHash === undefined) return true
    return token !== undefined && (timingSafeEqual(digest(token), this.tokenHash) || this.isAccountTokenRight(token))
  }

  /** True when nobody needs a token for the accounts. */
  get areAccountsOpen(): boolean {
    return this.accountHash === undefined
  }

  isAccountTokenRight(token: string | undefined): boolean {
    return token !== undefined && this.accountHash !== undefined && timingSafeEqual(digest(token), this.accountHash)
  }

  /** Why a request is refused; undefined when it is welcome. Assets carry no data and need no token. */
  refuse(
    headers: IncomingHttpHeaders,
    isData: boolean,
  ): { readonly status: 401 | 403; readonly reason: string } | undefined {
    if (!this.isHostAllowed(headers.host)) return { status: 403, reason: 'This Host is not served here.' }
    const { origin } = headers
    if (origin !== undefined && !this.isOriginAllowed(origin))
      return { status: 403, reason: 'This Origin is not allowed.' }
    if (!isData) return undefined
    if (headers['sec-fetch-site'] === 'cross-site')
      return { status: 403, reason: 'Cross-site requests are not allowed.' }
    if (!this.isTokenRight(bearerOf(headers)))
      return { status: 401, reason: 'A token is needed: Authorization: Bearer …' }
    return undefined
  }

  /** Why an upgrade is refused. A client without an Origin is no browser page: it must prove itself by the token. */
  refuseUpgrade(headers: IncomingHttpHeaders): { readonly status: 401 | 403; readonly reason: string } | undefined {
    if (!this.isHostAllowed(headers.host)) return { status: 403, reason: 'This Host is not served here.' }
    if (headers.origin !== undefined) {
      return this.isOriginAllowed(headers.origin) ? undefined : { status: 403, reason: 'This Origin is not allowed.' }
    }
    const hasProof = this.needsToken && this.isTokenRight(bearerOf(headers))
    return hasProof
      ? undefined
      : { status: 403, reason: 'Without an Origin a token is needed: Authorization: Bearer …' }
  }
}

export function bearerOf(headers: IncomingHttpHeaders): string | undefined {
  const match = /^Bearer ([^\s]{1,512})$/.exec(headers.authorization ?? '')
  return match?.[1]
}

function splitHost(host: string): { readonly name: string; readonly port: number } {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:]+)(?::(\d{1,5}))?$/.exec(host)
  if (match === null) return { name: '', port: -1 }
  return { name: (match[1] ?? '').toLowerCase(), port: match[2] === undefined ? 80 : Number(match[2]) }
}

/** Never the token itself: messages end in logs. @throws ConfigError when it is too weak */
function hashOf(name: string, token: string | undefined): Buffer | undefined {
  if (token === undefined) return undefined
  if (/^[\x21-\x7e]{16,512}$/.test(token)) return digest(token)
  throw new ConfigError(`${name}: expected 16 to 512 printable ASCII characters without blanks.`)
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
