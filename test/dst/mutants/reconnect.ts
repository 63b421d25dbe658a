import type { Mutant } from './mutant.ts'

/** Family B: reconnection, rate limits, rotation. */
export const RECONNECT: readonly Mutant[] = [
  {
    name: 'B01-no-limit-of-failures',
    what: 'refused attempts are repeated as often as the backoff allows',
    file: 'net/attempt-budget.ts',
    find: '    if (waiting < 0 || leaving === undefined) return 0\n',
    replace: '    if (waiting < 1e9 || leaving === undefined) return 0\n',
  },
  {
    name: 'B02-upgrade-retry-after-ignored',
    what: 'the other sockets of the host do not respect what one was told',
    file: 'net/connection.ts',
    find: 'this.options.attempts.block(cause.retryAfterMs)',
    replace: 'void cause.retryAfterMs',
  },
  {
    name: 'B02-rest-retry-after-ignored',
    what: 'REST goes on after a 429',
    file: 'feed/rest-client.ts',
    find: 'if (error instanceof RateLimited) budget.block(error.retryAfterMs)',
    replace: 'void RateLimited',
  },
  {
    name: 'B06-gives-up',
    what: 'a maximum number of attempts',
    file: 'net/connection.ts',
    find: '    this.failures++\n    this.lastCause = cause\n',
    replace: '    if (++this.failures > 5) return\n    this.lastCause = cause\n',
  },
  {
    name: 'B09-late-results-count',
    what: 'callbacks of an older generation are obeyed',
    file: 'net/connection.ts',
    find: 'const isCurrent = (): boolean => generation === this.generation',
    replace: 'const isCurrent = (): boolean => generation <= this.generation',
  },
  {
    name: 'B10-closed-sockets-come-back',
    what: 'the retry of a closed connection is not cancelled',
    file: 'net/connection.ts',
    find: '    this.timer?.[Symbol.dispose]()\n    this.timer = undefined\n    this.socket = undefined\n',
    replace: '    this.socket = undefined\n',
  },
  {
    name: 'B11-nothing-subscribed-again',
    what: 'a new socket is opened and left empty',
    file: 'feed/stream-connection.ts',
    find: '    this.ledger.reset()\n    this.reconcile()\n    this.listTimer',
    replace: '    this.listTimer',
  },
  {
    name: 'B14-second-loss-is-final',
    what: 'a socket that was opened again is not repaired a third time',
    file: 'net/connection.ts',
    find: '    if (isPlanned) this.attempt()\n    else this.retry(cause)',
    replace: '    if (isPlanned) this.attempt()\n    else if (this.reconnects < 3) this.retry(cause)',
  },
  {
    name: 'B15-break-before-make',
    what: 'the old socket is closed before the new one brings anything',
    file: 'feed/pool.ts',
    find: '    for (const leg of old.legs) successor.add(leg.stream)\n',
    replace:
      '    for (const leg of old.legs) successor.add(leg.stream)\n    for (const leg of [...old.legs]) old.remove(leg)\n',
  },
  {
    name: 'B15-rotation-does-not-wait',
    what: 'the new socket counts as fed as soon as it is there',
    file: 'feed/pool.ts',
    find: '    if (rotation.settled !== undefined && isReady(rotation, rotation.settled, nowMs)) this.complete(rotation)\n',
    replace: '    if (nowMs > 0) this.complete(rotation)\n',
  },
  {
    name: 'B16-no-dedup-of-trades',
    what: 'a trade that was delivered is delivered again',
    file: 'feed/dense-track.ts',
    find: '      this.old(event, sequence)\n      return\n',
    replace: '      this.out.publish(event)\n      return\n',
  },
  {
    name: 'B16-no-owner-of-streams-without-ids',
    what: 'both sockets deliver a stream without ids',
    file: 'feed/owned-track.ts',
    find: 'if (!this.isTaken(event, sequence, leg)) return',
    replace: 'this.isTaken(event, sequence, leg)',
  },
  {
    name: 'B18-sockets-are-left',
    what: 'a feed that ends leaves its sockets open',
    file: 'feed/venue-runtime.ts',
    find: '    this.pool.closeAll()\n',
    replace: '',
  },
  {
    name: 'B-retry-without-delay-and-budget',
    what: 'no delay before the next attempt, and none that the budget asks for',
    file: 'net/connection.ts',
    find: '    const waitMs = this.options.attempts.take()\n',
    replace: '    const waitMs = Math.min(0, this.options.attempts.take())\n',
  },
]
