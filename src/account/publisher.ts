import type { AccountEvent } from '../model/account-event.ts'
import { AccountQueue } from './account-queue.ts'

/** Tells every consumer of one account: observers in the same tick, iterables through their queues. */
export class Publisher {
  private readonly onError: (error: unknown) => void
  /** Replaced, never changed in place: an observer may leave while it is being called. */
  private observers: readonly ((event: AccountEvent) => unknown)[] = []
  private readonly queues = new Set<AccountQueue>()

  constructor(onError: (error: unknown) => void) {
    this.onError = onError
  }

  publish(event: AccountEvent): void {
    for (const observer of this.observers) this.call(observer, event)
    for (const queue of this.queues) queue.push(event)
  }

  observe(fn: (event: AccountEvent) => void): Disposable {
    // One of its own, so that a function that observes twice leaves once at a time.
    const observer = (event: AccountEvent): unknown => fn(event)
    this.observers = [...this.observers, observer]
    return {
      [Symbol.dispose]: () => {
        this.observers = this.observers.filter(other => other !== observer)
      },
    }
  }

  subscribe(): AsyncIterable<readonly AccountEvent[]> & AsyncDisposable {
    const queue = new AccountQueue()
    this.queues.add(queue)
    const leave = async (): Promise<void> => {
      this.queues.delete(queue)
      queue.discard()
      await Promise.resolve()
    }
    return {
      async *[Symbol.asyncIterator]() {
        try {
          for (let batch = await queue.take(); batch !== undefined; batch = await queue.take()) yield batch
        } finally {
          await leave()
        }
      },
      [Symbol.asyncDispose]: leave,
    }
  }

  /** Iterables end after what waits. */
  end(): void {
    for (const queue of this.queues) queue.end()
    this.observers = []
  }

  /** What a user's function throws, or rejects with, is counted, and reaches nobody. */
  private call(observer: (event: AccountEvent) => unknown, event: AccountEvent): void {
    try {
      const returned = observer(event)
      if (returned instanceof Promise) returned.catch((error: unknown) => this.onError(error))
    } catch (error) {
      this.onError(error)
    }
  }
}
