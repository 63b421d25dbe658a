import type { Link, ServerEnd } from '../net/link.ts'
import { API_KEY, type PrivateExchange } from './private-exchange.ts'
import type { Told } from './wire.ts'

interface Request {
  readonly id: number
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
}

/** How long a socket may hear nothing that is told, once the reason is to be seen. */
const SILENT_FORM_MS = 130_000
const TERMINATED_MS = 20_000

/** The exchange's end of a user stream: by a listen key in the URL or a frame, or by a subscription of the WebSocket API. */
export class PrivateSocket implements ServerEnd {
  readonly link: Link
  private readonly exchange: PrivateExchange
  private readonly isApi: boolean
  private keys = new Set<string>()
  private isSilent = false
  subscription: number | undefined
  private nextSubscription = 0
  private isEnded = false
  private readonly sinceMs: number
  private terminatedMs: number | undefined

  constructor(exchange: PrivateExchange, link: Link) {
    this.exchange = exchange
    this.link = link
    this.sinceMs = exchange.world.nowMs
    this.isApi = link.url.pathname.startsWith('/ws-api')
  }

  opened(): void {
    const key = this.link.url.searchParams.get('listenKey')
    // A wrong or dead key is accepted without a word.
    if (key !== null) {
      this.keys.add(key)
      this.isSilent = this.exchange.faults.isFirstFormSilent
    }
    this.ping()
  }

  /** Tells an event when this socket carries the stream; false when it ought to and does not. */
  tell({ body }: Told): boolean {
    if (!this.link.isServed) return true
    const isReachable = !this.link.down.effects.isForgotten && !this.link.down.effects.isHeld
    if (this.isSilent) {
      this.exchange.silentSinceMs ??= this.exchange.world.nowMs
      if (isReachable) this.exchange.deaf('F08', SILENT_FORM_MS, this.exchange.silentSinceMs)
      return false
    }
    if (this.isApi) {
      if (this.subscription !== undefined)
        this.link.push(JSON.stringify({ subscriptionId: this.subscription, event: body }))
      else if (this.terminatedMs !== undefined && isReachable)
        this.exchange.deaf('F19', TERMINATED_MS, this.terminatedMs)
      return this.terminatedMs === undefined || this.subscription !== undefined
    }
    let isTold = this.keys.size === 0
    for (const key of this.keys) {
      if (!this.exchange.keys.has(key)) continue
      isTold = true
      this.exchange.silentSinceMs = undefined
      this.link.push(this.isCombined ? JSON.stringify({ stream: key, data: body }) : JSON.stringify(body))
    }
    if (!isTold && isReachable) this.exchange.deafByKey(this.sinceMs)
    return isTold
  }

  keyExpired(key: string): void {
    if (!this.keys.has(key) || !this.link.isServed || this.isSilent) return
    const body = { e: 'listenKeyExpired', E: this.exchange.nowMs, listenKey: key }
    this.link.push(this.isCombined ? JSON.stringify({ stream: key, data: body }) : JSON.stringify(body))
  }

  /** The subscription ends on the open socket. */
  terminate(): void {
    if (this.subscription === undefined) return
    const body = { e: 'eventStreamTerminated', E: this.exchange.nowMs }
    this.link.push(JSON.stringify({ subscriptionId: this.subscription, event: body }))
    this.subscription = undefined
    this.terminatedMs = this.exchange.world.nowMs
  }

  announceShutdown(): void {
    const body = { e: 'serverShutdown', E: this.exchange.nowMs }
    this.link.push(this.isApi ? JSON.stringify({ event: body }) : JSON.stringify(body))
  }

  text(text: string): void {
    const request = readRequest(text)
    if (this.isApi) this.answerApi(request)
    else {
      for (const key of request.keys) this.keys.add(key)
      this.link.push(JSON.stringify({ result: null, id: request.id }))
    }
  }

  pong(): void {}

  ended(): void {
    this.isEnded = true
    this.exchange.sockets.delete(this)
  }

  private get isCombined(): boolean {
    return this.link.url.pathname.endsWith('/stream')
  }

  ping(): void {
    if (this.link.isServed) this.link.pushPong()
    this.pingLater()
  }

  private isPinging = false

  private pingLater(): void {
    if (this.isPinging) return
    this.isPinging = true
    const { world, options } = this.exchange
    const next = (): void => {
      if (this.isEnded || !this.link.isServed) return
      this.link.pushPing('')
      world.after(options.pingEveryMs, next)
    }
    world.after(options.pingEveryMs, next)
  }

  private answerApi({ id, method, params }: Request): void {
    const { exchange } = this
    const limit = exchange.weights.take(2)
    if (limit !== undefined) {
      const retryAfter = exchange.nowMs + limit.retryAfterS * 1000
      this.refuse(id, limit.status, -1003, 'Too many requests.', { retryAfter, serverTime: exchange.nowMs })
      return
    }
    const timestamp = typeof params['timestamp'] === 'number' ? params['timestamp'] : undefined
    const refusal = exchange.refuse(timestamp)
    if (refusal !== undefined) {
      const isRevoked = refusal[0] === -2015
      this.refuse(isRevoked ? null : id, isRevoked ? 401 : 400, refusal[0], refusal[1])
      return
    }
    switch (method) {
      case 'userDataStream.subscribe.signature':
        this.subscribe(id, params)
        return
      case 'userDataStream.unsubscribe':
        this.subscription = undefined
        this.reply(id, {})
        return
      case 'session.subscriptions':
        this.reply(id, this.subscription === undefined ? [] : [{ subscriptionId: this.subscription }])
        return
      default:
        this.refuse(id, 400, -1100, `unknown method ${method}`)
    }
  }

  private subscribe(id: number, params: Readonly<Record<string, unknown>>): void {
    const payload = Object.keys(params)
      .filter(name => name !== 'signature')
      .sort()
      .map(name => `${name}=${String(params[name])}`)
      .join('&')
    if (params['apiKey'] !== API_KEY || !this.exchange.isSigned(payload, String(params['signature'])))
      this.refuse(id, 400, -1022, 'Signature for this request is not valid.')
    else if (this.subscription !== undefined) this.refuse(id, 400, -2035, 'Subscription already active.')
    else {
      this.subscription = this.nextSubscription++
      this.reply(id, { subscriptionId: this.subscription })
    }
  }

  private reply(id: number, result: unknown): void {
    this.link.push(JSON.stringify({ id, status: 200, result }))
  }

  private refuse(id: number | null, status: number, code: number, msg: string, data?: unknown): void {
    this.link.push(JSON.stringify({ id, status, error: { code, msg, ...(data === undefined ? {} : { data }) } }))
  }
}

function readRequest(text: string): Request & { readonly keys: readonly string[] } {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null || !('id' in value) || !('method' in value))
    throw new Error(`no request: ${text}`)
  const given = 'params' in value ? value.params : undefined
  const keys = Array.isArray(given) ? given.map(String) : []
  const params = typeof given === 'object' && given !== null && !Array.isArray(given) ? Object.entries(given) : []
  return { id: Number(value.id), method: String(value.method), params: Object.fromEntries(params), keys }
}
