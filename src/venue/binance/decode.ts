import type { EpochUs } from '../../model/time.ts'
import type { Decoder, InboundSink, StreamSpec } from '../adapter.ts'
import type { StreamCatalogue } from './catalogue.ts'
import { takeAggTrade, takeDelta, takeMarkPrice, takeQuote, takeTrade } from './decode-bytes.ts'
import { JsonDecoder } from './decode-json.ts'
import { FieldReader } from './field-reader.ts'
import type { TimeUnit } from './fields.ts'
import { StreamEntry } from './stream-entry.ts'
import { StreamTable } from './stream-table.ts'

export interface DecoderOptions {
  /** `binance-usdm`. */
  readonly venue: string
  readonly catalogue: StreamCatalogue
  readonly unit: TimeUnit
  /** The socket carries bare payloads. */
  readonly isRaw: boolean
  /** Rows with another `st` belong to another market. */
  readonly productType: number | undefined
  /** False leaves every frame to the JSON decoder; for the test that both agree. */
  readonly isFast: boolean
}

const HEAD = new TextEncoder().encode('{"stream":"')
const MIDDLE = new TextEncoder().encode(',"data":')
const CLOSE_OBJECT = 0x7d
/** A stream whose frames keep changing their shape is read key by key from then on. */
const MOST_LESSONS = 256

/** Reads the frames of one connection: hot kinds from their bytes, everything else through JSON. */
export class BinanceDecoder<S extends StreamSpec> implements Decoder<S> {
  private readonly table = new StreamTable<S>()
  private readonly reader: FieldReader
  private readonly json: JsonDecoder<S>
  private readonly catalogue: StreamCatalogue
  private readonly isFast: boolean
  /** The stream of the frame before: the next one is often its own. */
  private latest: StreamEntry<S> | undefined

  constructor(options: DecoderOptions) {
    this.reader = new FieldReader(options.unit)
    this.json = new JsonDecoder(options, this.table)
    this.catalogue = options.catalogue
    this.isFast = options.isFast
  }

  add(stream: S): void {
    this.latest = undefined
    const entry = new StreamEntry(stream, this.catalogue.require(stream.name))
    this.json.add(entry)
    this.table.set(entry)
  }

  remove(stream: S): void {
    this.latest = undefined
    this.table.delete(stream.name)
    this.json.remove(stream.name)
  }

  decode(bytes: Uint8Array, start: number, end: number, receiveTimeUs: EpochUs, sink: InboundSink<S>): void {
    if (this.isFast && this.decodeBytes(bytes, start, end, receiveTimeUs, sink)) return
    const isWhole = start === 0 && end === bytes.length
    this.json.decode(isWhole ? bytes : bytes.subarray(start, end), receiveTimeUs, sink)
  }

  /** True when the frame was a hot one, whole and as expected. Nothing has reached the sink otherwise. */
  private decodeBytes(
    bytes: Uint8Array,
    start: number,
    end: number,
    receiveTimeUs: EpochUs,
    sink: InboundSink<S>,
  ): boolean {
    const { reader, latest } = this
    const { scan } = reader
    // Every loop over digits ends at a brace at the latest, so that nothing is read beyond a frame cut short.
    if (bytes[end - 1] !== CLOSE_OBJECT) return false
    scan.load(bytes, start)
    if (latest?.shape !== undefined && reader.readShaped(latest.shape, start, end))
      return this.emit(latest, receiveTimeUs, sink)
    if (!scan.load(bytes, start).literal(HEAD)) return false
    const entry = this.table.find(bytes, scan.at)
    if (entry === undefined) return false
    this.latest = entry
    if (entry !== latest && entry.shape !== undefined) {
      const nameEnd = this.table.nameEnd
      if (reader.readShaped(entry.shape, start, end)) return this.emit(entry, receiveTimeUs, sink)
      this.table.nameEnd = nameEnd
    }
    return this.readKeys(entry, start, end) && this.emit(entry, receiveTimeUs, sink)
  }

  /** Reads the payload key by key, in whatever order they come, and learns the shape of the frame. */
  private readKeys(entry: StreamEntry<S>, start: number, end: number): boolean {
    const { reader } = this
    const { scan } = reader
    scan.at = this.table.nameEnd + 1
    if (entry.plan === undefined || !scan.literal(MIDDLE) || !reader.read(entry.plan, entry.symbolBytes)) return false
    if (scan.at !== end - 1) return false
    if (entry.lessons < MOST_LESSONS) {
      entry.lessons++
      entry.shape = reader.shape(start, end)
    }
    return true
  }

  private emit(entry: StreamEntry<S>, receiveTimeUs: EpochUs, sink: InboundSink<S>): boolean {
    const { instrument, stream } = entry
    if (instrument === undefined) return false
    const reader = this.reader
    switch (entry.rows) {
      case 'bookDelta':
        sink.delta(stream, takeDelta(reader))
        return true
      case 'aggTrade':
        sink.event(stream, takeAggTrade(reader, entry, instrument, receiveTimeUs), reader.value(2))
        return true
      case 'trade':
        sink.event(stream, takeTrade(reader, entry, instrument, receiveTimeUs), reader.value(2))
        return true
      case 'quote':
        sink.event(stream, takeQuote(reader, instrument, receiveTimeUs), reader.value(2))
        return true
      case 'markPrice':
        sink.event(stream, takeMarkPrice(reader, instrument, receiveTimeUs), -1)
        return true
      default:
        return false
    }
  }
}
