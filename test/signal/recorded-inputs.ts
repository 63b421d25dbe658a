import { BookSync } from '../../src/book/index.ts'
import type { BookDelta } from '../../src/model/book-levels.ts'
import type { DataEvent } from '../../src/model/event.ts'
import { instrumentId } from '../../src/model/instrument.ts'
import { type EpochUs, epochUs, epochUsFromMs } from '../../src/model/time.ts'
import type { Signal, SignalInput, SignalOutput } from '../../src/signal/signal.ts'
import type { SignalInstrument } from '../../src/signal/signal-kind.ts'
import type { InboundSink, StreamSpec, VenueAdapter } from '../../src/venue/adapter.ts'
import { binanceAdapter } from '../../src/venue/binance/binance-adapter.ts'
import { decodeWhole } from '../support/decode-whole.ts'
import { binanceCaptures, type CaptureLine, captureLines, streamsIn } from '../venue/capture-lines.ts'

const SECOND_US = 1_000_000

export const BTC_PERPETUAL: SignalInstrument = {
  id: instrumentId('binance-usdm:BTCUSDT'),
  kind: 'perpetual',
  base: 'BTC',
  unit: 'base',
  contractSize: 1,
  isInverse: false,
  tickSize: '0.1',
}

export const BTC_INVERSE: SignalInstrument = {
  id: instrumentId('binance-coinm:BTCUSD_PERP'),
  kind: 'perpetual',
  base: 'BTC',
  unit: 'contracts',
  contractSize: 100,
  isInverse: true,
  tickSize: '0.1',
}

/** A recording of one instrument, read once and played as often as needed, in the order of receipt with every second. */
export class Recorded {
  private readonly adapter: VenueAdapter
  private readonly lines: readonly CaptureLine[]
  private readonly streams: readonly StreamSpec[]

  constructor(name: string, mostLines = Number.POSITIVE_INFINITY) {
    const file = binanceCaptures().find(capture => capture.name === name)
    if (file === undefined) throw new Error(`no recording ${name}`)
    this.adapter = binanceAdapter(file.market, {})
    this.lines = captureLines(name).slice(0, mostLines)
    this.streams = streamsIn(this.lines, file.market)
  }

  /** Books are read in place, as they are live: whoever keeps one keeps what changes. */
  play(take: (input: SignalInput) => void): void {
    const player = new Player(this.adapter, this.streams, take)
    for (const line of this.lines) player.line(line)
  }
}

class Player implements InboundSink {
  private readonly adapter: VenueAdapter
  private readonly take: (input: SignalInput) => void
  private readonly decoder
  private readonly books = new Map<string, { readonly sync: BookSync; epoch: number }>()
  private receiveTimeUs: EpochUs = epochUs(0)
  private second = 0

  constructor(adapter: VenueAdapter, streams: readonly StreamSpec[], take: (input: SignalInput) => void) {
    this.adapter = adapter
    this.take = take
    this.decoder = adapter.openDecoder('')
    for (const stream of streams) {
      this.decoder.add(stream)
      if (stream.channel === 'book' && stream.instrument !== undefined)
        this.books.set(stream.instrument, { sync: new BookSync(stream.instrument, adapter.book), epoch: -1 })
    }
  }

  line(line: CaptureLine): void {
    if (line.dir !== 'in' || line.msg === '') return
    // Receive times never go back.
    this.receiveTimeUs = epochUs(Math.max(this.receiveTimeUs, epochUsFromMs(line.receiveTimeMs)))
    this.seconds()
    if (line.conn === 'rest') this.rest(line)
    else decodeWhole(this.decoder, Buffer.from(line.msg), this.receiveTimeUs, this)
  }

  private seconds(): void {
    const now = Math.floor(this.receiveTimeUs / SECOND_US)
    if (this.second === 0) this.second = now
    while (this.second < now) this.take({ kind: 'second', receiveTimeUs: epochUs(++this.second * SECOND_US) })
  }

  private rest(line: CaptureLine): void {
    const url = new URL(line.url)
    if (!url.pathname.endsWith('/depth')) return
    const instrument = instrumentId(`${this.adapter.id}:${url.searchParams.get('symbol') ?? ''}`)
    const book = this.books.get(instrument)
    if (book === undefined) return
    for (const effect of book.sync.start()) if (effect.do === 'fetchSnapshot') book.epoch = effect.epoch
    const args = { instrument, limit: Number(url.searchParams.get('limit')) }
    const snapshot = this.adapter.book.snapshot.parse(line.msg, this.receiveTimeUs, args)
    book.sync.onSnapshot(snapshot, book.epoch, this.receiveTimeUs)
  }

  event(_: StreamSpec, event: DataEvent): void {
    if (event.kind === 'quote' || event.kind === 'trade' || event.kind === 'markPrice') this.take(event)
  }

  delta(stream: StreamSpec, delta: BookDelta): void {
    const book = stream.instrument === undefined ? undefined : this.books.get(stream.instrument)
    if (book === undefined) return
    for (const effect of book.sync.onDelta(delta, this.receiveTimeUs))
      if (effect.do === 'fetchSnapshot') book.epoch = effect.epoch
    const { instrument, exchangeTimeUs } = book.sync
    const { receiveTimeUs } = this
    this.take({ kind: 'bookState', instrument, exchangeTimeUs, receiveTimeUs, book: book.sync })
  }

  ack(): void {}
  rejected(): void {}
  reply(): void {}
  goingAway(): void {}
  ignored(): void {}
}

/** True when a signal is to be fed with the input. */
export function isFor(signal: Signal, input: SignalInput): boolean {
  const needs = (channel: string): boolean => signal.needs.some(need => need === channel)
  if (input.kind === 'second') return true
  // A stream of a whole market tells its gaps under the name of the market.
  if (!input.instrument.endsWith(':*') && !signal.instruments.includes(input.instrument)) return false
  switch (input.kind) {
    case 'bookState':
      return needs('book')
    case 'trade':
    case 'gap':
    case 'resync':
      return needs(input.channel)
    case 'kline':
      return needs(`kline:${input.interval}`)
    default:
      return needs(input.kind)
  }
}

/** Everything a signal said, each with the number of inputs it had been shown by then. */
export class Told {
  readonly outputs: SignalOutput[] = []
  readonly after: number[] = []
  inputs = 0
  private readonly signal: Signal

  constructor(signal: Signal) {
    this.signal = signal
  }

  show(input: SignalInput): void {
    this.inputs++
    if (isFor(this.signal, input)) this.signal.accept(input, { emit: output => this.said(output) })
  }

  private said(output: SignalOutput): void {
    this.outputs.push(output)
    this.after.push(this.inputs)
  }
}
