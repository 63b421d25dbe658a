import type { AlertFeed } from '../../src/alert/index.ts'
import type { MarketEvent } from '../../src/model/event.ts'
import { epochUs } from '../../src/model/time.ts'
import { BTC } from './core-support.ts'

/** A feed whose events the test makes by hand. */
export class HandFeed {
  private readonly observers = new Map<string, Set<(event: MarketEvent) => void>>()
  readonly feed: AlertFeed

  constructor() {
    this.feed = {
      observe: (request, fn) => {
        const channel = String(request.channels[0])
        const listeners = this.observers.get(channel) ?? new Set()
        this.observers.set(channel, listeners)
        listeners.add(fn)
        return {
          ready: Promise.resolve(),
          isPaused: false,
          resume: () => undefined,
          add: async () => undefined,
          drop: () => undefined,
          [Symbol.dispose]: () => listeners.delete(fn),
        }
      },
      subscribe: () => unused(),
      book: () => unused(),
      status: () => ({
        venues: [],
        connections: [],
        streams: [],
        books: [],
        consumers: { observers: 0, paused: 0, queues: 0, dropped: 0, observerErrors: 0 },
      }),
      instruments: async () => [],
      async [Symbol.asyncDispose]() {},
    }
  }

  get channels(): readonly string[] {
    return [...this.observers].filter(([, listeners]) => listeners.size > 0).map(([channel]) => channel)
  }

  trade(atUs: number, price: number, id = `${atUs}`): void {
    const stamps = { exchangeTimeUs: epochUs(atUs - 3000), receiveTimeUs: epochUs(atUs) }
    const trade = { kind: 'trade', channel: 'trade', instrument: BTC, id, price, quantity: 1, side: 'buy' } as const
    for (const listener of this.observers.get('trade') ?? []) listener({ ...trade, ...stamps })
  }
}

function unused(): never {
  throw new Error('no test asks for this')
}
