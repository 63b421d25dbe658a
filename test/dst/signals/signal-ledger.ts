import type { GapEvent, MarketEvent } from '../../../src/model/event.ts'
import type { World } from '../core/world.ts'

/** Ids, or open times of candles, that were declared missing. */
export interface DeclaredRange {
  readonly from: number
  to: number
}

/** What one stream has brought to the signals so far, and what it has declared missing. */
export class StreamLedger {
  /** Trades: the first id that was delivered, and the one that comes next; -1 before the first. */
  first = -1
  next = -1
  readonly declared: DeclaredRange[] = []
  /** World time of the newest event; -1 before the first. */
  heardMs = -1
  /** Exchange time of the first event behind the newest unhealed gap; infinity while none has come, -1 when there was none. */
  behindGapUs = -1
  /** The newest quote's id. */
  sequence = -1
  /** A gap without ids came: what is missing is known when the stream goes on. */
  private isReset = false
  /** The venue began anew once: what was missing then has no ids. */
  hasReset = false

  see(event: MarketEvent, world: World): void {
    if (event.kind === 'gap') {
      if (!event.healed) this.gap(event)
      return
    }
    if (event.kind === 'resync' || event.kind === 'connection') return
    this.heardMs = world.nowMs
    if (this.behindGapUs === Number.POSITIVE_INFINITY) this.behindGapUs = event.exchangeTimeUs ?? event.receiveTimeUs
    if (event.kind === 'quote') this.sequence = event.sequence ?? -1
    if (event.kind !== 'trade') return
    const id = Number(event.id)
    if (this.first < 0) this.first = id
    if (this.isReset && id > this.next) this.declared.push({ from: this.next, to: id - 1 })
    this.isReset = false
    this.next = id + 1
  }

  private gap({ channel, from, to }: GapEvent): void {
    // What is missing before the first event is missing to nobody.
    if (this.heardMs < 0) return
    this.behindGapUs = Number.POSITIVE_INFINITY
    const isById = channel === 'trade' || channel === 'rawTrade' || channel.startsWith('kline:')
    if (!isById) return
    if (from === undefined || to === undefined) {
      this.isReset = true
      this.hasReset = true
      return
    }
    this.declared.push({ from: Number(from), to: Number(to) })
    if (!channel.startsWith('kline:')) this.next = Number(to) + 1
  }
}
