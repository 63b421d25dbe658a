import { badRequest } from '../rest/rest-error.ts'
import type { TradingService } from '../rest/trading-route.ts'
import type { Caller } from '../trading/key-ring.ts'
import type { ListenToken } from '../trading/spot/listen-tokens.ts'
import type { UserEvent, UserStream } from '../trading/user-stream.ts'

/** A socket as its API session sees it. */
export interface ApiSocket {
  readonly isMicro: boolean
  readonly showsRateLimits: boolean
  send(text: string): void
}

interface Subscription {
  readonly id: number
  readonly account: string
  /** Made through the socket's logon, and ended with it. */
  readonly isLogon: boolean
  readonly stream: UserStream
  readonly sink: (event: UserEvent) => void
  readonly end: () => void
  /** Of a subscription that ends by itself. */
  timer: Disposable | undefined
}

/** Ids a socket can hand out in its life. */
const mostIds = 65_535
const mostAtOnce = 1000

/** The user streams that one socket of the spot WebSocket API listens to. */
export class ApiSubscriptions implements Disposable {
  private readonly socket: ApiSocket
  private readonly service: TradingService
  private readonly nowMs: () => number
  private readonly active = new Map<number, Subscription>()
  private nextId = 0

  constructor(socket: ApiSocket, service: TradingService, nowMs: () => number) {
    this.socket = socket
    this.service = service
    this.nowMs = nowMs
  }

  get hasLogon(): boolean {
    return [...this.active.values()].some(({ isLogon }) => isLogon)
  }

  list(): string {
    return JSON.stringify([...this.active.keys()].map(subscriptionId => ({ subscriptionId })))
  }

  /** @returns the result; @throws RestError -2035 when the account is listened to already, -2042 when ids have run out */
  open(caller: Caller, isLogon: boolean): string {
    const { account } = caller
    const stream = this.service.stream(account)
    if (stream === undefined) throw badRequest(-2035, 'User Data Stream subscription already active.')
    return JSON.stringify({ subscriptionId: this.begin(account, stream, isLogon).id })
  }

  /** As `open`, for whoever has a token; it ends with the token. A newer token of the same account takes its place. */
  openToken(token: ListenToken): string {
    const { account, stream, expiresMs } = token
    const former = [...this.active.values()].find(known => known.account === account)
    const subscription = former ?? this.begin(account, stream, false)
    subscription.timer?.[Symbol.dispose]()
    subscription.timer = token.whenExpired(() => this.terminate(subscription))
    return JSON.stringify({ subscriptionId: subscription.id, expirationTime: expiresMs })
  }

  /** Ends one subscription, or all. @returns what tells of it; @throws RestError -2036 when there is none */
  close(id: number | undefined): () => void {
    const chosen = [...this.active.values()].filter(known => id === undefined || known.id === id)
    if (chosen.length === 0) throw badRequest(-2036, 'User Data Stream subscription is not active.')
    return () => {
      for (const subscription of chosen) this.terminate(subscription)
    }
  }

  endLogon(): void {
    for (const subscription of this.active.values()) if (subscription.isLogon) this.terminate(subscription)
  }

  [Symbol.dispose](): void {
    for (const subscription of this.active.values()) this.forget(subscription)
  }

  private begin(account: string, stream: UserStream, isLogon: boolean): Subscription {
    if ([...this.active.values()].some(known => known.account === account)) {
      throw badRequest(-2035, 'User Data Stream subscription already active.')
    }
    if (this.nextId >= mostIds || this.active.size >= mostAtOnce) {
      throw badRequest(-2042, 'User Data Stream subscription limit reached.')
    }
    const id = this.nextId++
    const sink = (event: UserEvent): void => {
      this.socket.send(`{"subscriptionId":${id},"event":${event.text(this.socket.isMicro)}}`)
    }
    const subscription: Subscription = {
      id,
      account,
      isLogon,
      stream,
      sink,
      end: () => this.terminate(subscription),
      timer: undefined,
    }
    stream.sinks.add(sink)
    stream.enders.add(subscription.end)
    this.active.set(id, subscription)
    return subscription
  }

  private terminate(subscription: Subscription): void {
    if (!this.active.has(subscription.id)) return
    this.forget(subscription)
    const time = this.socket.isMicro ? this.nowMs() * 1000 : this.nowMs()
    this.socket.send(`{"subscriptionId":${subscription.id},"event":{"e":"eventStreamTerminated","E":${time}}}`)
  }

  private forget({ id, stream, sink, end, timer }: Subscription): void {
    timer?.[Symbol.dispose]()
    this.active.delete(id)
    stream.sinks.delete(sink)
    stream.enders.delete(end)
  }
}
