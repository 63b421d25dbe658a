/** Scope in which a failure is contained, narrowest first: a gap in one book never touches another. */
export type ErrorScope = 'frame' | 'instrument' | 'subscription' | 'connection' | 'venue' | 'process'

/** Stable codes; scripts may rely on them. */
export type ErrorCode =
  | 'CONFIG'
  | 'AUTH'
  | 'DIAL'
  | 'SOCKET_CLOSED'
  | 'STALE'
  | 'RATE_LIMITED'
  | 'HTTP'
  | 'SUBSCRIPTION_REJECTED'
  | 'DECODE'
  | 'SEQUENCE_GAP'
  | 'PRECISION'
  | 'OVERFLOW'
  | 'SINK'
  | 'ABORTED'
  | 'INVARIANT'

/** Base of every error Tickwire throws: a stable `code`, the `scope` it is contained in, and its `cause`. */
export class TickwireError extends Error {
  readonly code: ErrorCode
  readonly scope: ErrorScope

  constructor(code: ErrorCode, scope: ErrorScope, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.code = code
    this.scope = scope
  }
}

/** The caller's fault: names the option, what was expected and what was received. Thrown at once, before anything is sent. */
export class ConfigError extends TickwireError {
  /** The nearest valid names, best first; empty when nothing is near. */
  readonly suggestions: readonly string[]

  constructor(message: string, suggestions: readonly string[] = [], cause?: unknown) {
    const hint = suggestions.length > 0 ? ` Did you mean ${suggestions.map(text => `"${text}"`).join(' or ')}?` : ''
    super('CONFIG', 'process', message + hint, cause)
    this.suggestions = suggestions
  }
}

/**
 * The venue does not accept the key: it is unknown there, not allowed from this address, lacks the right, or its signature is
 * wrong. Nothing is tried again by itself. The message names the environment and never the key.
 */
export class AuthError extends TickwireError {
  /** The venue's own error code, where it told one. */
  readonly venueCode: number | undefined

  constructor(message: string, detail: { readonly venueCode?: number | undefined; readonly cause?: unknown } = {}) {
    super('AUTH', 'venue', message, detail.cause)
    this.venueCode = detail.venueCode
  }
}

/** A socket could not be opened: DNS, TCP, TLS or the WebSocket upgrade failed. Retried with backoff. */
export class DialError extends TickwireError {
  /** The stage that failed. */
  readonly stage: 'dns' | 'tcp' | 'tls' | 'upgrade' | 'timeout'
  /** HTTP status of a refused upgrade. */
  readonly status: number | undefined
  /** What the server asked us to wait, milliseconds. */
  readonly retryAfterMs: number | undefined

  constructor(
    stage: DialError['stage'],
    message: string,
    detail: {
      readonly status?: number | undefined
      readonly retryAfterMs?: number | undefined
      readonly cause?: unknown
    } = {},
  ) {
    super('DIAL', 'connection', message, detail.cause)
    this.stage = stage
    this.status = detail.status
    this.retryAfterMs = detail.retryAfterMs
  }
}

/** An open socket ended. */
export class SocketClosed extends TickwireError {
  readonly closeCode: number

  constructor(closeCode: number, message: string, cause?: unknown) {
    super('SOCKET_CLOSED', 'connection', message, cause)
    this.closeCode = closeCode
  }
}

/** A stream or a socket has been silent for longer than its limit. */
export class StaleError extends TickwireError {
  constructor(message: string) {
    super('STALE', 'connection', message)
  }
}

/** The venue asked us to slow down (HTTP 429 or 418, a firewall's 403). Nothing is sent to the host until the time is over. */
export class RateLimited extends TickwireError {
  readonly status: number
  readonly retryAfterMs: number

  constructor(message: string, detail: { readonly status: number; readonly retryAfterMs: number }) {
    super('RATE_LIMITED', 'venue', message)
    this.status = detail.status
    this.retryAfterMs = detail.retryAfterMs
  }
}

/** A REST call failed otherwise: status, a non-JSON body, a network error or the deadline. */
export class HttpError extends TickwireError {
  /** HTTP status; 0 when no answer came. */
  readonly status: number
  /** The venue's own error code, when the body was its JSON error. */
  readonly venueCode: number | undefined
  readonly isRetryable: boolean

  constructor(
    message: string,
    detail: {
      readonly status: number
      readonly venueCode?: number | undefined
      readonly isRetryable: boolean
      readonly cause?: unknown
    },
  ) {
    super('HTTP', 'venue', message, detail.cause)
    this.status = detail.status
    this.venueCode = detail.venueCode
    this.isRetryable = detail.isRetryable
  }
}

/** The venue refused a subscription, or never answered it. */
export class SubscriptionRejected extends TickwireError {
  readonly streams: readonly string[]

  constructor(message: string, streams: readonly string[]) {
    super('SUBSCRIPTION_REJECTED', 'subscription', message)
    this.streams = streams
  }
}

/** A frame could not be read. The frame is counted and set aside; the stream goes on. */
export class DecodeError extends TickwireError {
  constructor(message: string, cause?: unknown) {
    super('DECODE', 'frame', message, cause)
  }
}

/** Ids of a stream do not follow one another. */
export class SequenceGap extends TickwireError {
  constructor(message: string) {
    super('SEQUENCE_GAP', 'instrument', message)
  }
}

/** A decimal with more than 15 significant digits, which a float64 would not give back unchanged. */
export class PrecisionError extends TickwireError {
  constructor(message: string) {
    super('PRECISION', 'frame', message)
  }
}

/** A bounded queue was full and its policy is `fail`. */
export class OverflowError extends TickwireError {
  constructor(message: string) {
    super('OVERFLOW', 'subscription', message)
  }
}

/** The operation was aborted by its signal or by the disposal of its owner. */
export class AbortedError extends TickwireError {
  constructor(message: string) {
    super('ABORTED', 'process', message)
  }
}

/** Our own fault: a state that the code holds impossible. */
export class InvariantError extends TickwireError {
  constructor(message: string) {
    super('INVARIANT', 'process', message)
  }
}

/** Ends an exhaustive `switch`. @throws InvariantError always */
export function assertNever(value: never): never {
  throw new InvariantError(`unexpected value ${JSON.stringify(value)}`)
}

/** One line for people: the message of an error, and of its causes where they add something. */
export function errorLine(error: unknown): string {
  const kept: string[] = []
  for (const text of messagesOf(error)) if (!kept.some(earlier => earlier.includes(text))) kept.push(text)
  const [head = 'an error without a message', ...details] = kept
  return details.length === 0 ? head : `${head} (${details.join('; ')})`
}

/** Outermost first. A network library's "fetch failed" says nothing that its cause does not say better. */
function messagesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return [String(error)]
  const inner: readonly unknown[] =
    error instanceof AggregateError ? error.errors : error.cause === undefined ? [] : [error.cause]
  const details = inner.flatMap(messagesOf)
  const isEmpty = error.message === '' || (error.message === 'fetch failed' && details.length > 0)
  return isEmpty ? (details.length > 0 ? details : [error.name]) : [error.message.trim(), ...details]
}
