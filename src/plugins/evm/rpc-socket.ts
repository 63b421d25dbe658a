import type { ExternalContext } from '../../external/source.ts'
import { DialError, RateLimited, StaleError, TickwireError } from '../../model/error.ts'
import { fieldsOf } from './wire.ts'

/** The node refused a request. */
export class RpcError extends TickwireError {
  readonly rpcCode: number

  constructor(method: string, code: number, message: string) {
    super('HTTP', 'subscription', `${method}: ${message.slice(0, 200)} (code ${code})`)
    this.rpcCode = code
  }
}

interface Waiting {
  readonly method: string
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
  readonly timer: Disposable
}

const OPEN_WITHIN_MS = 10_000
const ANSWER_WITHIN_MS = 20_000
const MOST_FRAME_BYTES = 16 * 1024 * 1024
const MOST_WAITING = 64
/** What a node that limits its users and names no time is given. */
const UNNAMED_LIMIT_MS = 60_000

/** JSON-RPC over one WebSocket. It ends with the run that opened it. */
export class RpcSocket {
  /** Rejects when the socket ends; never resolves. */
  readonly ended: Promise<never>
  private readonly context: ExternalContext
  private readonly onNotice: (result: unknown) => void
  private readonly socket: ReturnType<ExternalContext['dial']>
  private readonly opened: Promise<void>
  private readonly waiting = new Map<number, Waiting>()
  private open: () => void = () => undefined
  private end: (error: Error) => void = () => undefined
  private cause: Error | undefined
  private nextId = 1

  constructor(context: ExternalContext, url: string, onNotice: (result: unknown) => void) {
    this.context = context
    this.onNotice = onNotice
    this.ended = new Promise((_resolve, reject) => {
      this.end = reject
    })
    // Whoever waits for an answer is told as well; without anybody waiting it is no unhandled rejection.
    this.ended.catch(() => undefined)
    this.opened = new Promise(resolve => {
      this.open = resolve
    })
    this.socket = context.dial(
      url,
      {
        opened: () => this.open(),
        reading: () => undefined,
        frame: (bytes, start, end) => this.received(new TextDecoder().decode(bytes.subarray(start, end))),
        pinged: () => undefined,
        ponged: () => undefined,
        closed: cause => this.over(cause),
      },
      { maxFrameBytes: MOST_FRAME_BYTES },
    )
    context.signal.addEventListener('abort', () => this.over(new StaleError('the run is over')), { once: true })
  }

  /** @throws DialError when it does not open within 10 s */
  async ready(): Promise<void> {
    using _deadline = this.context.clock.setTimer(OPEN_WITHIN_MS, () => {
      this.over(new DialError('timeout', 'no WebSocket connection within 10 s'))
    })
    await Promise.race([this.opened, this.ended])
  }

  /** @throws RpcError, RateLimited, and whatever ended the socket */
  async call(method: string, params: readonly unknown[]): Promise<unknown> {
    if (this.cause !== undefined) throw this.cause
    if (this.waiting.size >= MOST_WAITING) throw new StaleError(`more than ${MOST_WAITING} requests wait for an answer`)
    const id = this.nextId++
    return await new Promise((resolve, reject) => {
      // A node that does not answer one request is not trusted with the next.
      const timer = this.context.clock.setTimer(ANSWER_WITHIN_MS, () => {
        this.over(new StaleError(`${method}: no answer within ${ANSWER_WITHIN_MS / 1000} s`))
      })
      this.waiting.set(id, { method, resolve, reject, timer })
      this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
    })
  }

  close(): void {
    this.over(new StaleError('closed'))
  }

  private received(text: string): void {
    let message: ReadonlyMap<string, unknown>
    try {
      message = fieldsOf(JSON.parse(text))
    } catch {
      // Half a message or a page of HTML says that this is no node, or not any more.
      this.over(new StaleError('received a frame that is no JSON'))
      return
    }
    const params = message.get('params')
    if (params !== undefined) {
      this.notice(fieldsOf(params).get('result'))
      return
    }
    const id = message.get('id')
    const waiting = typeof id === 'number' ? this.waiting.get(id) : undefined
    if (typeof id !== 'number' || waiting === undefined) return
    this.waiting.delete(id)
    waiting.timer[Symbol.dispose]()
    const error = message.get('error')
    if (error === undefined || error === null) waiting.resolve(message.get('result'))
    else waiting.reject(refusal(waiting.method, fieldsOf(error)))
  }

  private notice(result: unknown): void {
    try {
      this.onNotice(result)
    } catch (error) {
      this.over(error instanceof Error ? error : new StaleError(String(error)))
    }
  }

  private over(cause: Error): void {
    if (this.cause !== undefined) return
    this.cause = cause
    this.socket.terminate()
    for (const { timer, reject } of this.waiting.values()) {
      timer[Symbol.dispose]()
      reject(cause)
    }
    this.waiting.clear()
    this.end(cause)
  }
}

/** Providers use -32005 both for "too much at once" and for "too many results": the words decide. */
function refusal(method: string, error: ReadonlyMap<string, unknown>): Error {
  const code = Number(error.get('code') ?? 0)
  const told = error.get('message')
  const message = typeof told === 'string' ? told : 'refused'
  const isLimited = code === 429 || /rate limit|too many requests|request count|throttl|capacity/i.test(message)
  if (!isLimited) return new RpcError(method, code, message)
  const named = Number(fieldsOf(fieldsOf(error.get('data')).get('rate')).get('backoff_seconds'))
  const retryAfterMs = named > 0 && named <= 86_400 ? named * 1000 : UNNAMED_LIMIT_MS
  return new RateLimited(`${method}: ${message.slice(0, 200)}`, { status: 429, retryAfterMs })
}
