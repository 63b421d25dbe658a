import { createHmac } from 'node:crypto'
import type { Simulator } from '../../src/sim/index.ts'
import type { FakeClock } from '../../src/testing/fake-clock.ts'
import type { Sign, SignedParams } from '../../src/venue/binance/signed-request.ts'
import { signedQuery } from '../../src/venue/binance/signed-request.ts'

export const secret = 'NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j'
export const aliceKey = 'alice'.padEnd(64, 'A')
export const bobKey = 'bob'.padEnd(64, 'B')

export type Json = Readonly<Record<string, unknown>>

export interface RestAnswer {
  readonly status: number
  readonly body: Json
  readonly rows: readonly Json[]
  readonly headers: Headers
}

export function hmac(key: string): Sign {
  return payload => createHmac('sha256', key).update(payload).digest('hex')
}

function isRow(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Reads a field that must be there. */
export function field(row: Json | undefined, name: string): string {
  const value = row?.[name]
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new Error(`no ${name} in ${JSON.stringify(row)}`)
}

/** Calls a simulated venue as one API key does. */
export class TradingClient {
  readonly key: string
  private readonly origin: string
  private readonly sign: Sign
  private readonly nowMs: () => number

  constructor(
    sim: Simulator,
    venue: string,
    options: { readonly key: string; readonly sign?: Sign; readonly clock?: FakeClock },
  ) {
    this.key = options.key
    this.origin = sim.endpoints[venue]?.rest ?? ''
    this.sign = options.sign ?? hmac(secret)
    const { clock } = options
    this.nowMs = clock === undefined ? () => Date.now() : () => Math.floor(clock.nowUs() / 1000)
  }

  /** A signed call; parameters travel in the query. */
  async call(method: string, path: string, params: SignedParams = []): Promise<RestAnswer> {
    const query = signedQuery([...params, ['timestamp', this.nowMs()]], this.sign)
    return await this.raw(method, `${path}?${query}`)
  }

  /** With the key header, and without a signature. */
  async raw(method: string, target: string, body?: string): Promise<RestAnswer> {
    const response = await fetch(`${this.origin}${target}`, {
      method,
      headers: { 'X-MBX-APIKEY': this.key, 'Content-Type': 'application/x-www-form-urlencoded' },
      ...(body === undefined ? {} : { body }),
    })
    const text = await response.text()
    const parsed: unknown = text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : {}
    return {
      status: response.status,
      body: isRow(parsed) ? parsed : {},
      rows: Array.isArray(parsed) ? parsed.filter(isRow) : [],
      headers: response.headers,
    }
  }
}
