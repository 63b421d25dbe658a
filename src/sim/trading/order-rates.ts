import { RestError } from '../rest/rest-error.ts'

export interface OrderLimit {
  /** As in `rateLimits`. */
  readonly interval: 'SECOND' | 'MINUTE' | 'DAY'
  readonly intervalNum: number
  readonly limit: number
}

interface Usage {
  readonly window: number
  count: number
}

const spans = { SECOND: 1000, MINUTE: 60_000, DAY: 86_400_000 } as const

/** How much a call counts: in the shortest window, and in the others. */
export type OrderCount = readonly [shortest: number, others: number]

export const noOrder: OrderCount = [0, 0]
export const oneOrder: OrderCount = [1, 1]

/** New orders per account, counted in windows of the wall clock. */
export class OrderRates {
  readonly limits: readonly OrderLimit[]
  private readonly usage = new Map<string, Usage>()

  constructor(limits: readonly OrderLimit[]) {
    this.limits = limits
  }

  /**
   * Counts new orders.
   * @throws RestError 429 with -1015 when it is one too many
   */
  add(account: string, nowMs: number, count: OrderCount = oneOrder): void {
    for (const [index, limit] of this.limits.entries()) {
      if (this.count(account, limit, nowMs) + (count[index === 0 ? 0 : 1] ?? 0) <= limit.limit) continue
      const span = spans[limit.interval] * limit.intervalNum
      const retryAfter = String(Math.ceil((span - (nowMs % span)) / 1000))
      throw new RestError(
        429,
        -1015,
        `Too many new orders; current limit is ${limit.limit} orders per ${limit.intervalNum} ${limit.interval}.`,
        { ...this.headers(account, nowMs), 'Retry-After': retryAfter },
      )
    }
    for (const [index, limit] of this.limits.entries()) {
      this.entry(account, limit, nowMs).count += count[index === 0 ? 0 : 1] ?? 0
    }
  }

  count(account: string, limit: OrderLimit, nowMs: number): number {
    return this.entry(account, limit, nowMs).count
  }

  /** `X-MBX-ORDER-COUNT-10S` and its like. */
  headers(account: string, nowMs: number): Readonly<Record<string, string>> {
    return Object.fromEntries(
      this.limits.map(limit => [
        `X-MBX-ORDER-COUNT-${limit.intervalNum}${limit.interval.slice(0, 1)}`,
        String(this.count(account, limit, nowMs)),
      ]),
    )
  }

  /** Rows of `rateLimits`, with what has been used. */
  rows(account: string, nowMs: number): readonly object[] {
    return this.limits.map(limit => ({
      rateLimitType: 'ORDERS',
      ...limit,
      count: this.count(account, limit, nowMs),
    }))
  }

  private entry(account: string, limit: OrderLimit, nowMs: number): Usage {
    const name = `${limit.interval} ${limit.intervalNum} ${account}`
    const window = Math.floor(nowMs / (spans[limit.interval] * limit.intervalNum))
    let usage = this.usage.get(name)
    if (usage === undefined || usage.window !== window) {
      usage = { window, count: 0 }
      this.usage.set(name, usage)
    }
    return usage
  }
}
