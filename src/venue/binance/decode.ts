import type { EpochUs } from '../../model/time.ts'
import type { Decoder, InboundSink, StreamSpec } from '../adapter.ts'
import type { StreamCatalogue } from './catalogue.ts'
import { readAggTrade, readDelta, readMarkPrice, readQuote, readTrade } from './decode-bytes.ts'
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

/** Reads the frames of one connection: hot kinds from their bytes, everything else through JSON. */
export class BinanceDecoder<S extends StreamSpec> implements Decoder<S> {
  private readonly table = new StreamTable<S>()
  private readonly reader: FieldReader
  private readonly json: JsonDecoder<S>
  private readonly catalogue: StreamCatalogue
  private readonly isFast: boolean

  constructor(options: DecoderOptions) {
    this.reader = new FieldReader(options.unit)
    this.json = new JsonDecoder(options, this.table)
    this.catalogue = options.catalogue
    this.isFast = options.isFast
  }

  add(stream: S): void {
    const entry = new StreamEntry(stream, this.catalogue.require(stream.name))
    this.json.add(entry)
    this.table.set(entry)
  }

  remove(stream: S): void {
    this.table.delete(stream.name)
    this.json.remove(stream.name)
  }

  decode(frame: Uint8Array, receiveTimeUs: EpochUs, sink: InboundSink<S>): void {
    if (this.isFast && this.decodeBytes(frame, receiveTimeUs, sink)) return
    this.json.decode(frame, receiveTimeUs, sink)
  }

  /** True when the frame was a hot one, whole and as expected. Nothing has reached the sink otherwise. */
  private decodeBytes(frame: Uint8Array, receiveTimeUs: EpochUs, sink: InboundSink<S>): boolean {
    const { scan } = this.reader
    scan.bytes = frame
    scan.at = 0
    // Every loop over digits ends at a brace at the latest, so that nothing is read beyond a frame cut short.
    if (frame[frame.length - 1] !== CLOSE_OBJECT || !scan.literal(HEAD)) return false
    const entry = this.table.find(frame, scan.at)
    if (entry === undefined) return false
    scan.at = this.table.nameEnd + 1
    if (!scan.literal(MIDDLE)) return false
    return this.decodePayload(entry, receiveTimeUs, sink)
  }

  private decodePayload(entry: StreamEntry<S>, receiveTimeUs: EpochUs, sink: InboundSink<S>): boolean {
    const { instrument, stream } = entry
    if (instrument === undefined) return false
    const reader = this.reader
    switch (entry.rows) {
      case 'bookDelta': {
        if (!readDelta(reader, entry) || !this.isAtEnd()) return false
        sink.delta(stream, reader.delta)
        return true
      }
      case 'aggTrade': {
        const event = readAggTrade(reader, entry, instrument, receiveTimeUs)
        if (event === undefined || !this.isAtEnd()) return false
        sink.event(stream, event, reader.value(2))
        return true
      }
      case 'trade': {
        const event = readTrade(reader, entry, instrument, receiveTimeUs)
        if (event === undefined || !this.isAtEnd()) return false
        sink.event(stream, event, reader.value(2))
        return true
      }
      case 'quote': {
        const event = readQuote(reader, entry, instrument, receiveTimeUs)
        if (event === undefined || !this.isAtEnd()) return false
        sink.event(stream, event, reader.value(2))
        return true
      }
      case 'markPrice': {
        const event = readMarkPrice(reader, entry, instrument, receiveTimeUs)
        if (event === undefined || !this.isAtEnd()) return false
        sink.event(stream, event, -1)
        return true
      }
      default:
        return false
    }
  }

  private isAtEnd(): boolean {
    const { bytes, at } = this.reader.scan
    return at === bytes.length - 1 && bytes[at] === CLOSE_OBJECT
  }
}
