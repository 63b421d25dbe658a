import type { ReadableBook } from '../../book/readable-book.ts'
import type { BookHandle } from '../../feed/feed.ts'
import { errorLine } from '../../model/error.ts'
import type { Level } from '../../model/event.ts'
import type { Instrument } from '../../model/instrument.ts'
import { decimalsOf, fromUnits, toUnits } from '../../model/number.ts'
import { encodeLadder, type LadderData, type LadderLevel } from '../binary-frame.ts'
import { BookWatch } from './book-watch.ts'
import { ChannelTap } from './channel-tap.ts'
import { groupLevels, imbalance } from './group-levels.ts'
import { MarketView } from './market-view.ts'
import type { Verdict } from './state-machine.ts'
import { TradedAtPrice } from './traded-at-price.ts'
import type { Payload, ViewContext } from './view.ts'

/** Levels read from the book per side for one picture, whatever the grouping. */
const MOST_LEVELS = 2000
/** Rows per side that the automatic grouping tries to fill with about a tenth of a percent of the price. */
const AUTO_STEP = 2e-5
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000]

export interface LadderParams {
  readonly rows: number
  /** Price steps per row; 0 chooses. */
  readonly group: number
}

/** The book as rows of equal price steps. While it is not synchronised the last picture stays, marked as frozen. */
export class LadderView extends MarketView {
  readonly name = 'ladder'
  private readonly params: LadderParams
  private book: BookHandle | undefined
  private watch: BookWatch | undefined
  private changes: Disposable | undefined
  private trades: ChannelTap | undefined
  private traded: TradedAtPrice | undefined
  private scale = 0
  private tickUnits = 1
  private encodedVersion = 0
  private frame: Uint8Array | undefined
  private exchangeUs = 0
  private receiveUs = 0

  constructor(context: ViewContext, wanted: string, params: LadderParams) {
    super(context, wanted, 'ladder')
    this.params = params
  }

  payload(since: number | undefined): Payload | undefined {
    if (this.version === 0 || since === this.version) return undefined
    if (this.encodedVersion !== this.version) this.redraw()
    if (this.frame === undefined) return undefined
    const type = since === undefined ? 'snapshot' : 'delta'
    return {
      type,
      exchangeUs: this.exchangeUs,
      receiveUs: this.receiveUs,
      content: { as: 'binary', frame: this.frame },
    }
  }

  protected open(instrument: Instrument): void {
    const tick = instrument.tickSize ?? '0.01'
    this.scale = decimalsOf(tick)
    this.tickUnits = Math.max(1, toUnits(Number(tick), this.scale))
    const traded = new TradedAtPrice(this.scale)
    this.traded = traded
    try {
      const book = this.context.feed.book(instrument.id)
      this.book = book
      this.watch = new BookWatch(this.context, book)
      book.ready.catch((error: unknown) => this.watch?.refused(errorLine(error)))
      this.changes = book.onChange(changed => this.changed(changed))
    } catch (error) {
      this.fail(error)
      return
    }
    this.trades = new ChannelTap(this.context, instrument.id, 'trade', {
      onData: event => {
        if (event.kind !== 'trade') return
        traded.add(event.price, event.quantity, event.side, this.context.clock.monotonicMs())
      },
    })
  }

  protected verdict(): Verdict {
    return this.watch?.verdict() ?? { kind: 'loading', text: 'Loading ladder' }
  }

  protected async close(): Promise<void> {
    this.changes?.[Symbol.dispose]()
    this.trades?.[Symbol.dispose]()
    await this.book?.[Symbol.asyncDispose]()
  }

  private changed(book: ReadableBook): void {
    this.watch?.changed(book)
    if (book.state !== 'synced') return
    this.exchangeUs = book.exchangeTimeUs
    this.receiveUs = book.receiveTimeUs
    this.version++
  }

  /** Reads the book once for all clients; a book that cannot be read now keeps its last picture. */
  private redraw(): void {
    const view = this.book?.levels(MOST_LEVELS)
    const best = this.book?.best()
    if (view === undefined || best === undefined) return
    const stepUnits = this.stepUnits(best.bidPrice)
    const horizon = this.book?.horizon()
    const sums = this.traded?.grouped(stepUnits, this.context.clock.monotonicMs())
    const rows = (levels: readonly Level[], side: 'bid' | 'ask'): LadderLevel[] => {
      const traded = side === 'bid' ? sums?.down : sums?.up
      return groupLevels(levels, side, stepUnits, this.scale, this.params.rows).map(([price, quantity]) => {
        const [bought, sold] = traded?.get(toUnits(price, this.scale)) ?? [0, 0]
        return { price, quantity, bought, sold }
      })
    }
    const total = best.bidQuantity + best.askQuantity
    const data: LadderData = {
      sequence: this.book?.sequence ?? -1,
      step: fromUnits(stepUnits, this.scale),
      bestBid: best.bidPrice,
      bestAsk: best.askPrice,
      imbalance5: imbalance(view.bids, view.asks, 5),
      imbalance20: imbalance(view.bids, view.asks, 20),
      weightedMid: (best.bidPrice * best.askQuantity + best.askPrice * best.bidQuantity) / total,
      horizonBid: horizon?.bid ?? Number.NaN,
      horizonAsk: horizon?.ask ?? Number.NaN,
      bids: rows(view.bids, 'bid'),
      asks: rows(view.asks, 'ask'),
    }
    this.frame = encodeLadder(data)
    this.encodedVersion = this.version
  }

  private stepUnits(price: number): number {
    if (this.params.group > 0) return this.tickUnits * this.params.group
    const wanted = (toUnits(price, this.scale) * AUTO_STEP) / this.tickUnits
    const step = STEPS.find(candidate => candidate >= wanted) ?? STEPS.at(-1) ?? 1
    return this.tickUnits * step
  }
}
