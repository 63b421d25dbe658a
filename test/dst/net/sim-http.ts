import { HttpError } from '../../../src/model/error.ts'
import type { HttpRequest } from '../../../src/model/http.ts'
import type { Http, HttpAnswer } from '../../../src/net/http.ts'
import type { Chance } from '../core/chance.ts'
import type { World } from '../core/world.ts'

/** What an exchange says to a REST call, and how long it thinks about it. */
export interface RestReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly delayMs: number
}

export interface RestServer {
  /** `waits` tells when the client has read the answer. */
  answer(url: URL, request: HttpRequest): { readonly reply: RestReply; readonly arrived: () => void }
}

/** REST calls in simulated time. */
export class SimHttp {
  /** Calls whose answer the client waits for. */
  pending = 0
  calls = 0
  readonly perform: Http
  private readonly world: World
  private readonly chance: Chance
  private readonly latencyMs: number
  private readonly servers: ReadonlyMap<string, RestServer>

  constructor(world: World, latencyMs: number, servers: ReadonlyMap<string, RestServer>) {
    this.world = world
    this.latencyMs = latencyMs
    this.servers = servers
    this.chance = world.chance('http')
    this.perform = (request, signal) => this.call(request, signal)
  }

  private call(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const url = new URL(request.url)
    const server = this.servers.get(url.host)
    if (server === undefined) throw new Error(`no REST server at ${url.host}`)
    this.calls++
    this.pending++
    this.world.trace.mixText(request.url)
    this.world.trace.detail(() => `REST ${request.url}`)
    return new Promise<HttpAnswer>((resolve, reject) => {
      const settle = (act: () => void): void => {
        if (signal.aborted && act !== abort) return
        signal.removeEventListener('abort', onAbort)
        this.pending--
        act()
      }
      const abort = (): void =>
        reject(new HttpError('the call was aborted', { status: 0, isRetryable: true, cause: signal.reason }))
      const onAbort = (): void => settle(abort)
      if (signal.aborted) {
        settle(abort)
        return
      }
      signal.addEventListener('abort', onAbort, { once: true })
      this.world.after(this.tripMs(), () => {
        const { reply, arrived } = server.answer(url, request)
        this.world.after(reply.delayMs + this.tripMs(), () => {
          this.atHost(() => {
            arrived()
            settle(() => resolve(answerOf(reply)))
          })
        })
      })
    })
  }

  /** A machine that sleeps or is busy reads its answers afterwards. */
  private atHost(run: () => void): void {
    const { host, nowMs } = this.world
    if (host.frozenUntilMs > nowMs) this.world.at(host.frozenUntilMs, () => this.atHost(run))
    else run()
  }

  private tripMs(): number {
    return this.latencyMs * this.chance.between(0.6, 1.4)
  }
}

function answerOf(reply: RestReply): HttpAnswer {
  const headers = new Map(Object.entries(reply.headers).map(([name, value]) => [name.toLowerCase(), value]))
  return { status: reply.status, headers: { get: name => headers.get(name.toLowerCase()) ?? null }, body: reply.body }
}
