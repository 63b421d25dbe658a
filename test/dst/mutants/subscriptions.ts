import type { Mutant } from './mutant.ts'

/** Family C: subscriptions, routing, odd frames. */
export const SUBSCRIPTIONS: readonly Mutant[] = [
  {
    name: 'C01-no-deadline-of-answers',
    what: 'a SUBSCRIBE that is not answered is waited for',
    file: 'feed/stream-connection.ts',
    find: '() => this.unanswered(request))',
    replace: '() => undefined)',
  },
  {
    name: 'C06-batch-refused-as-a-whole',
    what: 'one bad stream takes the others of its batch with it',
    file: 'feed/control-ledger.ts',
    find: 'if (request.names.length === 1 && first !== undefined) {',
    replace: 'if (first !== undefined) {\n      for (const name of request.names) this.refused.add(name)',
  },
  {
    name: 'C07-whole-list-each-time',
    what: 'what is confirmed is subscribed again with every change',
    file: 'feed/control-ledger.ts',
    find: 'name => !this.confirmed.has(name) && !this.inFlight.has(name) && !this.refused.has(name),',
    replace: 'name => !this.inFlight.has(name) && !this.refused.has(name),',
  },
  {
    name: 'C08-wrong-path',
    what: 'aggTrade is asked for on the path of the other class',
    file: 'venue/binance/catalogue-futures.ts',
    find: "stream('<symbol>@aggTrade', market,",
    replace: "stream('<symbol>@aggTrade', open,",
  },
  {
    name: 'C10-dropped-and-kept',
    what: 'a stream that the user dropped goes on',
    file: 'feed/membership.ts',
    find: "      if (attachment !== undefined && attachment !== 'pending') attachment.release()\n",
    replace: '',
  },
  {
    name: 'C10-never-unsubscribed',
    what: 'what nobody wants any more stays subscribed',
    file: 'feed/control-ledger.ts',
    find: "return [...this.requests('unsubscribe', drop, 1), ...this.requests('subscribe', add, 1)]",
    replace:
      "return [...this.requests('unsubscribe', drop.slice(drop.length), 1), ...this.requests('subscribe', add, 1)]",
  },
  {
    name: 'C11-bad-frame-is-fatal',
    what: 'a frame that cannot be read throws into the socket',
    file: 'feed/stream-connection.ts',
    find: 'if (!(error instanceof DecodeError)) throw error',
    replace: 'if (error !== DecodeError) throw error',
  },
  {
    name: 'C-burst-of-control-frames',
    what: 'control frames are sent without pace',
    file: 'net/pacer.ts',
    find: 'const waitMs = this.nextAtMs - this.clock.monotonicMs()',
    replace: 'const waitMs = Math.min(0, this.nextAtMs - this.clock.monotonicMs())',
  },
  {
    name: 'C-observer-throws-into-the-socket',
    what: 'what an observer throws is not contained',
    file: 'feed/create-feed.ts',
    find: '    this.observerErrors++\n',
    replace: '    if (error instanceof Error) throw error\n    this.observerErrors++\n',
  },
]
