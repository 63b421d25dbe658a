import { AbortedError, AuthError, errorLine, HttpError, StaleError } from '../model/error.ts'
import type { DurationMs } from '../model/time.ts'
import { nextDelay } from '../net/backoff.ts'
import { sleep } from '../net/clock.ts'
import type { ServerClock } from '../net/server-clock.ts'
import type { AccountAdapter, CallAuth, SessionAccess, UserMessage } from '../venue/account-adapter.ts'
import type { PrivateRest } from './private-rest.ts'
import { BaseUserSocket, type SocketTools, type UserSocketHandlers } from './user-socket.ts'

export interface SessionSocketOptions {
  readonly adapter: AccountAdapter
  readonly access: SessionAccess
  readonly tools: SocketTools
  readonly rest: PrivateRest
  readonly serverClock: ServerClock
}

const ANSWER_WITHIN_MS = 10_000
/** What a request of the session costs where its price is not told. */
const REQUEST_WEIGHT = 2
/** Tries on one socket, before it is replaced. */
const MOST_TRIES = 3
/** A token is replaced this long before its end. */
const RENEW_BEFORE_MS = 60_000
/** A subscription that says nothing for so long is asked whether it is alive. */
const PROBE_EVERY_MS = 60_000
const LONGEST_TIMER_MS = 2 ** 31 - 1

interface Waiting {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
}

/** The venue refused a request of the session. */
class RequestRefused extends Error {
  readonly code: number
  readonly retryAfterMs: DurationMs | undefined

  constructor(code: number, message: string, retryAfterMs: DurationMs | undefined) {
    super(`${message} (code ${code})`)
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}

/** A socket of the venue's request API, on which the user stream is subscribed to; when that ends, again on the same socket. */
export class SessionSocket extends BaseUserSocket {
  private readonly options: SessionSocketOptions
  private readonly waiting = new Map<number, Waiting>()
  /** Everything that is under way on the socket that is open now ends with it. */
  private life = new AbortController()
  private nextId = 1
  private source: string | undefined
  private isSubscribing = false
  private renewTimer: Disposable | undefined
  private probeTimer: Disposable | undefined
  private updatesAtProbe = 0

  constructor(options: SessionSocketOptions, handlers: UserSocketHandlers) {
    super(options.adapter, options.tools, handlers)
    this.options = options
  }

  override close(): void {
    this.endLife('the socket was closed')
    super.close()
  }

  protected url(): string {
    return this.options.access.url
  }

  protected opened(): void {
    this.life = new AbortController()
    this.source = undefined
    this.isSubscribing = false
    this.subscribe()
    this.scheduleProbe()
  }

  protected override lost(cause: string): void {
    this.endLife(cause)
    super.lost(cause)
  }

  protected control(message: Exclude<UserMessage, { kind: 'updates' | 'goingAway' | 'ignored' }>): void {
    switch (message.kind) {
      case 'reply':
        this.take(message.id)?.resolve(message.result)
        return
      case 'refused':
        this.answerRefused(message)
        return
      case 'expired':
      case 'terminated':
        this.ended(message.source, message.reason)
    }
  }

  private answerRefused(message: Extract<UserMessage, { kind: 'refused' }>): void {
    const { id, code, message: text, retryAfterMs } = message
    const refused = new RequestRefused(code, text, retryAfterMs)
    const asked = id === undefined ? undefined : this.take(id)
    // A refusal of nothing that was asked is meant for the key as a whole.
    if (asked !== undefined) asked.reject(refused)
    else if (this.isFinal(refused)) this.refuse(refused)
  }

  /** The subscription is gone, the socket is not. */
  private ended(source: string | undefined, reason: string): void {
    // The end of an older subscription, which a newer one has replaced, is no loss.
    if (source !== undefined && this.source !== undefined && source !== this.source) return
    if (this.isSubscribing && !this.isConfirmed) return
    this.source = undefined
    this.doubt(reason)
    this.subscribe()
  }

  /** Runs the steps in the background; what fails again and again ends in another socket. */
  private subscribe(): void {
    if (this.isSubscribing) return
    this.isSubscribing = true
    const { signal } = this.life
    void this.trySteps(signal)
      .catch((error: unknown) => {
        if (!signal.aborted) this.failed(error)
      })
      .finally(() => {
        if (!signal.aborted) this.isSubscribing = false
      })
  }

  private failed(error: unknown): void {
    if (error instanceof AuthError) this.handlers.refused(error)
    else if (this.isFinal(error)) this.refuse(error)
    else this.connection.replace(new StaleError(`the user stream could not be subscribed to: ${errorLine(error)}`))
  }

  private async trySteps(signal: AbortSignal): Promise<void> {
    const { tools } = this.options
    for (let attempt = 1; ; attempt++) {
      try {
        await this.steps(signal)
        return
      } catch (error) {
        if (signal.aborted || this.isFinal(error) || error instanceof AuthError || attempt >= MOST_TRIES) throw error
        if (this.isRefusedAs(error, 'alreadySubscribed')) await this.leave(signal)
        this.handlers.trouble(`the user stream could not be subscribed to: ${errorLine(error)}`)
        const askedMs = error instanceof RequestRefused ? (error.retryAfterMs ?? 0) : 0
        await sleep(tools.clock, Math.max(askedMs, nextDelay(attempt, tools.random)), signal)
        if (signal.aborted) throw new AbortedError('the socket is gone')
      }
    }
  }

  private async steps(signal: AbortSignal): Promise<void> {
    const { access, rest } = this.options
    const token = access.token === undefined ? undefined : await rest.call(access.token, undefined, signal)
    let result: unknown
    for (const step of access.steps(token?.token, rest.algorithm))
      result = await this.signed((id, auth) => step.frame(id, auth), signal)
    const subscription = access.readSubscription(result)
    this.source = subscription.source
    await this.scheduleRenewal(subscription.expiresMs ?? token?.expiresMs)
    if (!signal.aborted) this.confirm()
  }

  /** The venue has a subscription of which the id is known: it makes room for the new one. */
  private async leave(signal: AbortSignal): Promise<void> {
    const { source } = this
    if (source === undefined) throw new StaleError('the venue holds a subscription of which nothing is known')
    this.doubt('the subscription is replaced')
    this.source = undefined
    await this.request(id => this.options.access.unsubscribe(id, source), signal)
  }

  private async scheduleRenewal(expiresMs: number | undefined): Promise<void> {
    this.renewTimer?.[Symbol.dispose]()
    if (expiresMs === undefined) return
    const { tools, serverClock } = this.options
    const leftMs = expiresMs - (await serverClock.timestampMs())
    const delayMs = Math.max(1000, leftMs - Math.min(RENEW_BEFORE_MS, leftMs / 3))
    this.renewTimer = tools.clock.setTimer(Math.min(LONGEST_TIMER_MS, delayMs), () => this.subscribe())
  }

  private scheduleProbe(): void {
    const { signal } = this.life
    this.probeTimer = this.options.tools.clock.setTimer(PROBE_EVERY_MS, () => {
      const isQuiet = this.updates === this.updatesAtProbe
      this.updatesAtProbe = this.updates
      if (!isQuiet || !this.isConfirmed || this.source === undefined) {
        this.scheduleProbe()
        return
      }
      void this.probe(this.source, signal).then(
        () => {
          if (!signal.aborted) this.scheduleProbe()
        },
        (error: unknown) => {
          if (!signal.aborted) this.failed(error)
        },
      )
    })
  }

  private async probe(source: string, signal: AbortSignal): Promise<void> {
    const { access } = this.options
    const result = await this.signed((id, auth) => access.probe(id, auth), signal)
    if (signal.aborted || this.source !== source || access.readsAlive(result, source)) return
    this.ended(source, 'the venue no longer lists the subscription')
  }

  /** A time that is refused is measured anew, once. */
  private signed(frame: (id: number, auth: CallAuth) => string, signal: AbortSignal): Promise<unknown> {
    const { rest, serverClock } = this.options
    const run = async (): Promise<unknown> => {
      await rest.spend(REQUEST_WEIGHT, signal)
      const auth = await rest.auth()
      return await this.request(id => frame(id, auth), signal)
    }
    return serverClock.signed(run, error => this.isRefusedAs(error, 'timestamp'))
  }

  private request(frame: (id: number) => string, signal: AbortSignal): Promise<unknown> {
    if (signal.aborted) return Promise.reject(new AbortedError('the socket is gone'))
    const id = this.nextId++
    return new Promise((resolve, reject) => {
      const timer = this.options.tools.clock.setTimer(ANSWER_WITHIN_MS, () => {
        const text = `no answer within ${ANSWER_WITHIN_MS / 1000} s`
        this.take(id)?.reject(new HttpError(text, { status: 0, isRetryable: true }))
      })
      const settle =
        <T>(act: (value: T) => void) =>
        (value: T): void => {
          timer[Symbol.dispose]()
          act(value)
        }
      this.waiting.set(id, { resolve: settle(resolve), reject: settle(reject) })
      this.connection.send(frame(id))
    })
  }

  private take(id: number): Waiting | undefined {
    const waiting = this.waiting.get(id)
    this.waiting.delete(id)
    return waiting
  }

  private isRefusedAs(error: unknown, refusal: ReturnType<AccountAdapter['classify']>): boolean {
    if (!(error instanceof RequestRefused)) return false
    return this.adapter.classify({ code: error.code, message: error.message }) === refusal
  }

  private isFinal(error: unknown): boolean {
    return this.isRefusedAs(error, 'keyRefused') || this.isRefusedAs(error, 'signature')
  }

  private refuse(error: unknown): void {
    const code = error instanceof RequestRefused ? error.code : undefined
    this.handlers.refused(this.options.rest.refusedKey(errorLine(error), code, error))
  }

  private endLife(cause: string): void {
    this.renewTimer?.[Symbol.dispose]()
    this.probeTimer?.[Symbol.dispose]()
    this.life.abort()
    for (const waiting of this.waiting.values()) waiting.reject(new AbortedError(cause))
    this.waiting.clear()
    this.source = undefined
  }
}
