import WebSocket from 'ws'

export interface Closed {
  readonly code: number
  readonly reason: string
}

/** A plain `ws` client that keeps what it hears. */
export class SimClient {
  readonly messages: string[] = []
  readonly pings: string[] = []
  readonly closed: Promise<Closed>
  readonly ws: WebSocket
  private waiters: (() => void)[] = []

  private constructor(ws: WebSocket) {
    this.ws = ws
    this.closed = new Promise(resolve =>
      ws.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
    )
    ws.on('message', data => {
      this.messages.push(
        Array.isArray(data) ? Buffer.concat(data).toString() : Buffer.from(new Uint8Array(data)).toString(),
      )
      this.wake()
    })
    ws.on('ping', payload => {
      this.pings.push(payload.toString())
      this.wake()
    })
    ws.on('close', () => this.wake())
    ws.on('error', () => ws.terminate())
  }

  static open(url: string, options: WebSocket.ClientOptions = {}): Promise<SimClient> {
    const client = new SimClient(new WebSocket(url, { perMessageDeflate: false, ...options }))
    return new Promise((resolve, reject) => {
      client.ws.once('open', () => resolve(client))
      client.ws.once('error', reject)
      client.ws.once('unexpected-response', (_request, response) => {
        let body = ''
        response.on('data', chunk => (body += String(chunk)))
        response.on('end', () =>
          reject(new Refused(response.statusCode ?? 0, body, String(response.headers['retry-after'] ?? ''))),
        )
      })
    })
  }

  send(message: unknown): void {
    this.ws.send(typeof message === 'string' ? message : JSON.stringify(message))
  }

  /** Sends a control frame and waits for the answer with its id. */
  async ask(
    message: { readonly id: number | string | null } & Record<string, unknown>,
  ): Promise<Record<string, unknown>> {
    const from = this.messages.length
    this.send(message)
    return await this.next(answer => 'id' in answer && answer['id'] === message.id, from)
  }

  /** The first message from index `from` on that matches, wrapper and all. */
  async next(matches: (message: Record<string, unknown>) => boolean, from = 0): Promise<Record<string, unknown>> {
    let index = from
    let found: Record<string, unknown> | undefined
    await this.until(() => {
      for (; found === undefined && index < this.messages.length; index++) {
        const message: Record<string, unknown> = JSON.parse(this.messages[index] ?? '')
        if (matches(message)) found = message
      }
      return found !== undefined
    })
    return found ?? {}
  }

  /** Resolves when the condition holds; looked at after everything that arrives. Fails after `withinMs`. */
  async until(condition: () => boolean, withinMs = 8000): Promise<void> {
    const failAt = Date.now() + withinMs
    while (!condition()) {
      if (Date.now() > failAt) throw new Error(`waited ${withinMs} ms in vain; last message: ${this.messages.at(-1)}`)
      await new Promise<void>(resolve => {
        this.waiters.push(resolve)
        setTimeout(resolve, 50)
      })
    }
  }

  /** Names of streams heard of so far, in combined form. */
  streams(): ReadonlySet<string> {
    return new Set(this.messages.flatMap(text => /^\{"stream":"([^"]*)"/.exec(text)?.[1] ?? []))
  }

  close(): void {
    this.ws.terminate()
  }

  private wake(): void {
    const { waiters } = this
    this.waiters = []
    for (const resolve of waiters) resolve()
  }
}

/** The server answered the upgrade with a status. */
export class Refused extends Error {
  readonly status: number
  readonly body: string
  readonly retryAfter: string

  constructor(status: number, body: string, retryAfter: string) {
    super(`refused with ${status}: ${body}`)
    this.status = status
    this.body = body
    this.retryAfter = retryAfter
  }
}

/** Waits in real time, for what must not happen. */
export function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
