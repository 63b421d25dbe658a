import type { FuturesTrader } from './futures-trader.ts'

/** Cancels all orders of a symbol when their owner has not been heard of for a time. */
export class FuturesCountdowns {
  private readonly timers = new Map<string, Disposable>()

  /** Begins anew; 0 stops it. */
  set(trader: FuturesTrader, symbol: string, countdownMs: number): void {
    this.timers.get(symbol)?.[Symbol.dispose]()
    this.timers.delete(symbol)
    if (countdownMs === 0) return
    const { floor, account } = trader
    const timer = floor.source.world.scheduler.at(floor.nowUs() + countdownMs * 1000, () => {
      this.timers.delete(symbol)
      for (const order of account.orders.open(symbol)) trader.cancel(order)
    })
    this.timers.set(symbol, timer)
  }

  [Symbol.dispose](): void {
    for (const timer of this.timers.values()) timer[Symbol.dispose]()
    this.timers.clear()
  }
}
