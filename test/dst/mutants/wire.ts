import type { Mutant } from './mutant.ts'

/** What is read and asked: rules of the venue, budgets, names. */
export const WIRE: readonly Mutant[] = [
  {
    name: 'C05-names-as-the-user-wrote-them',
    what: 'stream names keep their capitals: acknowledged, and never fed',
    file: 'venue/binance/stream-symbol.ts',
    find: 'letters => letters.toLowerCase()',
    replace: 'letters => letters',
  },
  {
    name: 'C12-unanswered-is-forgotten',
    what: 'a request without an answer is not sent again',
    file: 'feed/control-ledger.ts',
    find: 'return request.tries >= 2 ? undefined : this.requests(request.method, request.names, request.tries + 1)',
    replace: 'return []',
  },
  {
    name: 'B06-an-hour-between-attempts',
    what: 'the pause between attempts grows to an hour',
    file: 'net/backoff.ts',
    find: 'const ceiling = Math.min(mostMs, ',
    replace: 'const ceiling = Math.min(60 * mostMs * 4, ',
  },
  {
    name: 'A04-rhythm-of-hours',
    what: 'only a silence of a thousand usual distances is suspicious',
    file: 'feed/rhythm.ts',
    find: 'const FACTOR = 10\n',
    replace: 'const FACTOR = 10_000\n',
  },
  {
    name: 'E06-first-change-unchecked',
    what: 'any change may follow a futures snapshot',
    file: 'venue/binance/book-rules.ts',
    find: "return delta.first <= snapshot || delta.previous === snapshot ? 'apply' : 'gap'",
    replace: "return 'apply'",
  },
  {
    name: 'E02-buffer-is-not-replayed',
    what: 'the changes that came during the request are dropped when the snapshot is there',
    file: 'book/book-sync.ts',
    find: '      if (delta !== undefined) this.apply(delta, receiveTimeUs)\n',
    replace: '      void delta\n',
  },
  {
    name: 'D-price-is-the-quantity',
    what: 'the price of a trade is its quantity',
    file: 'venue/binance/make-events.ts',
    find: '    price,\n    quantity,\n    side:',
    replace: '    price: quantity,\n    quantity,\n    side:',
  },
  {
    name: 'E-quote-with-its-sides-swapped',
    what: 'the quantities of a quote change places',
    file: 'venue/binance/make-events.ts',
    find: '    bidQuantity,\n    askPrice,\n    askQuantity,\n    sequence,\n  }',
    replace: '    bidQuantity: askQuantity,\n    askPrice,\n    askQuantity: bidQuantity,\n    sequence,\n  }',
  },
  {
    name: 'E-quantity-is-added',
    what: 'a quantity that is absolute is halved',
    file: 'model/book-levels.ts',
    find: '    this.quantities[this.count] = quantity\n',
    replace: '    this.quantities[this.count] = quantity / 2\n',
  },
  {
    name: 'D-healed-in-reverse',
    what: 'recovered trades come newest first',
    file: 'feed/dense-track.ts',
    find: '    for (let id = from; id <= to; id++) {\n',
    replace: '    for (let id = to; id >= from; id--) {\n',
  },
  {
    name: 'D01-hole-of-one-is-nothing',
    what: 'a single missing id is not worth a word',
    file: 'feed/dense-track.ts',
    find: '    if (this.held === undefined && (sequence === this.last + 1 || this.last < 0)) {\n',
    replace:
      '    if (this.held === undefined && (sequence === this.last + 1 || sequence === this.last + 2 || this.last < 0)) {\n',
  },
  {
    name: 'D-declared-and-delivered',
    what: 'a hole is declared one id too far',
    file: 'feed/dense-track.ts',
    find: '      this.declare(this.last + 1, first - 1)\n      this.last = first - 1\n    }\n    this.drain()',
    replace: '      this.declare(this.last + 1, first)\n      this.last = first - 1\n    }\n    this.drain()',
  },
  {
    name: 'D-second-consumer-left-out',
    what: 'only the first consumer of a stream is told',
    file: 'feed/topic.ts',
    find: 'for (let i = 0; i < consumers.length; i++) consumers[i]?.event(event, this)',
    replace: 'for (let i = 0; i < 1; i++) consumers[i]?.event(event, this)',
  },
  {
    name: 'D-gap-for-the-first-consumer-only',
    what: 'only the first consumer is told of a gap',
    file: 'feed/topic.ts',
    find: 'for (const consumer of this.consumers) consumer.lifecycle(event, this)',
    replace: 'this.consumers[0]?.lifecycle(event, this)',
  },
  {
    name: 'D06-next-candle-one-step-late',
    what: 'one missing candle is not noticed',
    file: 'feed/kline-track.ts',
    find: 'if (this.stepUs === undefined || openUs === this.openUs + this.stepUs) return undefined',
    replace: 'if (this.stepUs === undefined || openUs <= this.openUs + 2 * this.stepUs) return undefined',
  },
  {
    name: 'I-queue-loses-the-batch-that-fails',
    what: 'the batch behind a slow read is delivered twice',
    file: 'feed/event-queue.ts',
    find: '    const batch = this.events\n    this.events = []\n',
    replace:
      '    const batch = this.events\n    this.events = batch.length > 3 ? [batch[0] ?? batch[1]].flatMap(event => event ?? []) : []\n',
  },
]
