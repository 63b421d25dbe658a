import { createHmac } from 'node:crypto'
import { errorLine } from '../../model/error.ts'
import type { DurationMs } from '../../model/time.ts'
import type { Clock } from '../../net/clock.ts'
import { type GuardedPost, guardedPost, type PostAnswer, RefusedTarget } from '../../net/guarded-post.ts'
import type { AlertFire } from '../alert-event.ts'
import { type AlertChannel, type Attempt, digestText, plainText } from './channel.ts'
import { Pace } from './pace.ts'

export interface HttpTools {
  readonly clock: Clock
  /** How a POST is made. @default the guarded one */
  readonly post?: ((post: GuardedPost) => Promise<PostAnswer>) | undefined
  readonly lookup?: GuardedPost['lookup']
  /** @default 5000 */
  readonly timeoutMs?: DurationMs | undefined
  /** Takes secrets out of a text. */
  readonly scrub: (text: string) => string
}

interface Spec {
  readonly name: string
  readonly type: string
  readonly url: string
  readonly allowPrivate: boolean
  readonly pace?: Pace | undefined
  readonly write: (fires: readonly AlertFire[]) => { readonly body: string; readonly headers: Record<string, string> }
  /** Milliseconds that the body of a 429 asks for. */
  readonly retryAfter?: (body: string) => DurationMs | undefined
}

const TIMEOUT_MS = 5000
const MOST_TELEGRAM = 4000
const MOST_DISCORD = 1900

class HttpChannel implements AlertChannel {
  readonly name: string
  readonly type: string
  readonly pace: Pace | undefined
  private readonly spec: Spec
  private readonly tools: HttpTools

  constructor(spec: Spec, tools: HttpTools) {
    this.name = spec.name
    this.type = spec.type
    this.pace = spec.pace
    this.spec = spec
    this.tools = tools
  }

  async deliver(fires: readonly AlertFire[], signal: AbortSignal): Promise<Attempt> {
    const { spec, tools } = this
    const { body, headers } = spec.write(fires)
    const { url, allowPrivate } = spec
    const { post = guardedPost, lookup, timeoutMs = TIMEOUT_MS } = tools
    try {
      const sent = { 'Content-Type': 'application/json', ...headers }
      return this.judge(await post({ url, headers: sent, body, allowPrivate, timeoutMs, signal, lookup }))
    } catch (error) {
      const isFinal = error instanceof RefusedTarget
      return { kind: 'failed', status: 0, reason: tools.scrub(errorLine(error)), isFinal }
    }
  }

  /** The body of an answer is read for the pause it asks for, and goes no further. */
  private judge({ status, retryAfter, body }: PostAnswer): Attempt {
    if (status >= 200 && status < 300) return { kind: 'delivered', status }
    const reason = status >= 300 && status < 400 ? `HTTP ${status}: redirects are not followed` : `HTTP ${status}`
    const asked = status === 429 ? (this.spec.retryAfter?.(body) ?? headerMs(retryAfter)) : headerMs(retryAfter)
    return { kind: 'failed', status, reason, isFinal: false, retryAfterMs: asked }
  }
}

export interface WebhookOptions {
  readonly name: string
  readonly url: string
  readonly secret: string | undefined
  readonly allowPrivate: boolean
}

/** `X-Tickwire-Signature: sha256=<HMAC-SHA256 of timestamp + "." + body>`, the timestamp in seconds in `X-Tickwire-Timestamp`. */
export function webhookChannel(options: WebhookOptions, tools: HttpTools): AlertChannel {
  const { name, url, secret, allowPrivate } = options
  const write: Spec['write'] = ([fire]) => {
    const body = JSON.stringify(fire)
    const timestamp = String(Math.floor(tools.clock.nowUs() / 1_000_000))
    const signature = secret === undefined ? {} : { 'X-Tickwire-Signature': signatureOf(secret, timestamp, body) }
    const key = fire?.id ?? ''
    return { body, headers: { 'Idempotency-Key': key, 'X-Tickwire-Timestamp': timestamp, ...signature } }
  }
  return new HttpChannel({ name, type: 'webhook', url, allowPrivate, write }, tools)
}

export function signatureOf(secret: string, timestamp: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`
}

export interface TelegramOptions {
  readonly name: string
  readonly token: string
  readonly chat: string
  readonly baseUrl: string
  readonly allowPrivate: boolean
}

/** Plain text; one message a second, twenty a minute. Groups (their ids are negative) allow no more, others would. */
export function telegramChannel(options: TelegramOptions, tools: HttpTools): AlertChannel {
  const { name, token, chat, baseUrl, allowPrivate } = options
  const url = `${baseUrl.replace(/\/$/, '')}/bot${token}/sendMessage`
  const write: Spec['write'] = fires => {
    const text = cut(digestText(fires), MOST_TELEGRAM)
    return { body: JSON.stringify({ chat_id: chat, text, disable_web_page_preview: true }), headers: {} }
  }
  const pace = new Pace(1000, 20)
  return new HttpChannel({ name, type: 'telegram', url, allowPrivate, pace, write, retryAfter: telegramPause }, tools)
}

interface HookOptions {
  readonly name: string
  readonly url: string
  readonly allowPrivate: boolean
}

export function discordChannel(options: HookOptions, tools: HttpTools): AlertChannel {
  // Nobody is pinged by what stands in a text.
  const write: Spec['write'] = fires => {
    const content = cut(digestText(fires), MOST_DISCORD)
    return { body: JSON.stringify({ content, allowed_mentions: { parse: [] } }), headers: {} }
  }
  const pace = new Pace(500, 30)
  return new HttpChannel({ ...options, type: 'discord', pace, write, retryAfter: discordPause }, tools)
}

export function slackChannel(options: HookOptions, tools: HttpTools): AlertChannel {
  const write: Spec['write'] = fires => {
    const text = digestText(fires).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
    return { body: JSON.stringify({ text }), headers: {} }
  }
  return new HttpChannel({ ...options, type: 'slack', pace: new Pace(1000, 60), write }, tools)
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text
  // Not in the middle of a character of two units.
  return `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

function headerMs(text: string | undefined): DurationMs | undefined {
  const seconds = Number(text)
  return text === undefined || !(seconds >= 0) ? undefined : seconds * 1000
}

function telegramPause(body: string): DurationMs | undefined {
  return secondsMs(body, json => (hasKey(json, 'parameters') ? memberOf(json.parameters, 'retry_after') : undefined))
}

function discordPause(body: string): DurationMs | undefined {
  return secondsMs(body, json => memberOf(json, 'retry_after'))
}

function secondsMs(body: string, pick: (json: unknown) => unknown): DurationMs | undefined {
  try {
    const seconds = pick(JSON.parse(body))
    return typeof seconds === 'number' && seconds >= 0 ? Math.min(seconds, 3600) * 1000 : undefined
  } catch {
    // No JSON: the header may tell.
    return undefined
  }
}

function hasKey<K extends string>(value: unknown, key: K): value is Record<K, unknown> {
  return typeof value === 'object' && value !== null && key in value
}

function memberOf(value: unknown, key: string): unknown {
  return hasKey(value, key) ? value[key] : undefined
}

/** What a receiver of plain texts gets, for channels that send no JSON. */
export function subjectOf(fires: readonly AlertFire[]): string {
  const [first] = fires
  const text = fires.length > 1 ? `${fires.length} alerts` : first === undefined ? '' : plainText(first)
  return cut(text.replace(/[\r\n]+/g, ' '), 150)
}
