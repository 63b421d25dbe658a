import type { BookDelta } from '../../model/book-levels.ts'
import { assertNever, DecodeError } from '../../model/error.ts'
import type { DataEvent, RawEvent } from '../../model/event.ts'
import type { InstrumentId } from '../../model/instrument.ts'
import { instrumentId } from '../../model/instrument.ts'
import type { EpochUs } from '../../model/time.ts'
import type { InboundSink, StreamSpec } from '../adapter.ts'
import type { DecoderOptions } from './decode.ts'
import { classify } from './envelope.ts'
import { asDecodeError, integerOf, optionalIntegerOf, sequenceOf, shown, textOf, timeOf } from './fields.ts'
import type { JsonRecord } from './json-exact.ts'
import { isRecord, parseExactBytes } from './json-exact.ts'
import { emptyDelta, readLevels } from './levels-json.ts'
import { RawRouter } from './raw-router.ts'
import type { StreamEntry } from './stream-entry.ts'
import type { StreamTable } from './stream-table.ts'
import { engineTime, unify } from './unify.ts'

/** Instruments remembered by symbol; far above any market's count. */
const MOST_INSTRUMENTS = 20_000

/** Reads every frame there is: both envelopes, lists, control answers, notices. */
export class JsonDecoder<S extends StreamSpec> {
  private readonly options: DecoderOptions
  private readonly table: StreamTable<S>
  private readonly router: RawRouter<S>
  private readonly instruments = new Map<string, InstrumentId>()
  private readonly delta: BookDelta = emptyDelta()
  /** Events of the frame at hand: they go out when the whole frame was read. */
  private readonly events: DataEvent[] = []

  constructor(options: DecoderOptions, table: StreamTable<S>) {
    this.options = options
    this.table = table
    this.router = new RawRouter<S>(options.isRaw)
  }

  add(entry: StreamEntry<S>): void {
    this.router.add(entry)
  }

  remove(name: string): void {
    this.router.remove(name)
  }

  /** @throws DecodeError and nothing else; the sink has then received nothing of the frame */
  decode(frame: Uint8Array, receiveTimeUs: EpochUs, sink: InboundSink<S>): void {
    const message = classify(parseExactBytes(frame))
    switch (message.kind) {
      case 'combined': {
        const entry = this.table.get(message.stream)
        if (entry === undefined) sink.ignored(`frame of stream "${message.stream}", which is not subscribed here`)
        else this.payload(entry, message.payload, receiveTimeUs, sink)
        break
      }
      case 'payload': {
        const entry = this.router.find(message.payload)
        if (entry === undefined) sink.ignored(`payload of no stream subscribed here: ${shown(message.payload)}`)
        else this.payload(entry, message.payload, receiveTimeUs, sink)
        break
      }
      case 'ack':
        sink.ack(message.id)
        break
      case 'reply':
        sink.reply(message.id, message.value)
        break
      case 'rejected':
        sink.rejected(message.id, message.code, message.text)
        break
      case 'goingAway':
        sink.goingAway(message.reason)
        break
      case 'unknown':
        sink.ignored(message.reason)
        break
      default:
        assertNever(message)
    }
  }

  private payload(entry: StreamEntry<S>, payload: unknown, receiveTimeUs: EpochUs, sink: InboundSink<S>): void {
    if (entry.rows === 'bookDelta') {
      this.bookDelta(entry, payload, sink)
      return
    }
    const rows: readonly unknown[] = Array.isArray(payload) ? payload : [payload]
    const { events } = this
    events.length = 0
    let unknown: string | undefined
    for (const row of rows) {
      if (!isRecord(row)) throw new DecodeError(`a row of "${entry.stream.name}" must be an object, was ${shown(row)}`)
      if (entry.instrument === undefined && this.isOfOtherMarket(row)) continue
      const event = unknownEvent(entry, row)
      if (event === undefined) events.push(this.event(entry, row, receiveTimeUs))
      else unknown = event
    }
    for (const event of events) sink.event(entry.stream, event, sequenceOfEvent(event))
    if (unknown !== undefined) sink.ignored(`event "${unknown}" on stream "${entry.stream.name}"`)
  }

  private event(entry: StreamEntry<S>, row: JsonRecord, receiveTimeUs: EpochUs): DataEvent {
    const kind = entry.rows
    if (kind === 'native' || kind === 'bookDelta') return this.rawEvent(entry, row, receiveTimeUs)
    const symbol = kind === 'liquidation' ? symbolOfOrder(row) : symbolOfRow(row)
    const { unit } = this.options
    try {
      return unify(kind, row, {
        instrument: this.instrumentOf(entry, symbol),
        tradeChannel: entry.tradeChannel,
        unit,
        receiveTimeUs,
      })
    } catch (error) {
      throw asDecodeError(error)
    }
  }

  private rawEvent(entry: StreamEntry<S>, row: JsonRecord, receiveTimeUs: EpochUs): RawEvent {
    const symbol = row['s']
    const isOwn = entry.instrument === undefined && typeof symbol === 'string' && symbol !== ''
    return {
      kind: 'raw',
      instrument: isOwn ? this.idOf(symbol) : (entry.instrument ?? this.idOf('*')),
      exchangeTimeUs: timeOf(row, 'E', this.options.unit),
      receiveTimeUs,
      recovered: undefined,
      stream: entry.stream.name,
      payload: row,
    }
  }

  private bookDelta(entry: StreamEntry<S>, row: unknown, sink: InboundSink<S>): void {
    if (!isRecord(row)) throw new DecodeError(`a book change must be an object, was ${shown(row)}`)
    const unknown = unknownEvent(entry, row)
    if (unknown !== undefined) {
      sink.ignored(`event "${unknown}" on stream "${entry.stream.name}"`)
      return
    }
    this.instrumentOf(entry, symbolOfRow(row))
    const { delta } = this
    delta.first = integerOf(row, 'U')
    delta.last = integerOf(row, 'u')
    delta.previous = optionalIntegerOf(row, 'pu') ?? -1
    delta.exchangeTimeUs = engineTime(row, this.options) ?? 0
    delta.scale = readLevels(row['b'], row['a'], delta.bids, delta.asks)
    sink.delta(entry.stream, delta)
  }

  /** Since 2026-06-30 all-market streams carry the rows of both futures markets; `st` 1 is USD-M, 2 is COIN-M. */
  private isOfOtherMarket(row: JsonRecord): boolean {
    const { productType } = this.options
    if (productType === undefined) return false
    const order = row['o']
    const st = row['st'] ?? (isRecord(order) ? order['st'] : undefined)
    return typeof st === 'number' && st !== productType
  }

  /** The stream's own instrument, or the row's where the stream carries many. @throws DecodeError when they contradict */
  private instrumentOf(entry: StreamEntry<S>, symbol: string | undefined): InstrumentId {
    if (entry.instrument === undefined) {
      if (symbol === undefined || symbol === '')
        throw new DecodeError(`a row of "${entry.stream.name}" names no symbol`)
      return this.idOf(symbol)
    }
    if (symbol !== undefined && symbol !== entry.symbol) {
      throw new DecodeError(`stream "${entry.stream.name}" of ${entry.symbol} carried a row of ${shown(symbol)}`)
    }
    return entry.instrument
  }

  private idOf(symbol: string): InstrumentId {
    const known = this.instruments.get(symbol)
    if (known !== undefined) return known
    if (this.instruments.size >= MOST_INSTRUMENTS) this.instruments.clear()
    try {
      const id = instrumentId(`${this.options.venue}:${symbol}`)
      this.instruments.set(symbol, id)
      return id
    } catch (error) {
      throw asDecodeError(error)
    }
  }
}

/** The value of `e` when this stream does not send it; undefined when all is well. @throws DecodeError without `e` */
function unknownEvent<S extends StreamSpec>(entry: StreamEntry<S>, row: JsonRecord): string | undefined {
  const { events } = entry.match.template
  if (events.length === 0) return undefined
  const event = textOf(row, 'e')
  return events.includes(event) ? undefined : event
}

/** Partial depth of spot names no symbol. */
function symbolOfRow(row: JsonRecord): string | undefined {
  return row['s'] === undefined ? undefined : textOf(row, 's')
}

function symbolOfOrder(row: JsonRecord): string | undefined {
  const order = row['o']
  return isRecord(order) ? symbolOfRow(order) : undefined
}

function sequenceOfEvent(event: DataEvent): number {
  if (event.kind === 'trade') return sequenceOf(event.id)
  if (event.kind === 'quote') return event.sequence ?? -1
  if (event.kind === 'kline') return event.openTimeUs / 1000
  return -1
}
