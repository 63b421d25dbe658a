import type { InstrumentId } from '../../model/instrument.ts'
import { symbolOf } from '../../model/instrument.ts'
import type { StreamSpec } from '../adapter.ts'
import type { RowKind, StreamMatch } from './catalogue.ts'
import { planOf } from './decode-bytes.ts'
import type { FieldPlan } from './field-reader.ts'
import type { FrameShape } from './frame-shape.ts'
import { IdText } from './id-text.ts'

const utf8 = new TextEncoder()

/** One stream of a connection, prepared so that its frames need no look-up and no text. */
export class StreamEntry<S extends StreamSpec> {
  readonly stream: S
  readonly match: StreamMatch
  /** How its rows are read: `native` when it was asked for as `raw:`. */
  readonly rows: RowKind
  readonly nameBytes: Uint8Array
  /** The one instrument it carries, its symbol, and that symbol as it stands in a payload. */
  readonly instrument: InstrumentId | undefined
  readonly tradeChannel: 'trade' | 'rawTrade'
  readonly symbol: string
  readonly symbolBytes: Uint8Array
  /** How its frames are read from bytes; undefined leaves all of them to the JSON decoder. */
  readonly plan: FieldPlan | undefined
  /** Of the frame read key by key last. */
  shape: FrameShape | undefined
  /** How often a shape was learned. */
  lessons = 0
  readonly ids = new IdText()
  readonly firstIds = new IdText()
  readonly lastIds = new IdText()

  constructor(stream: S, match: StreamMatch) {
    this.stream = stream
    this.match = match
    this.rows = stream.channel.startsWith('raw:') ? 'native' : match.template.rows
    this.plan = this.rows === 'native' || stream.instrument === undefined ? undefined : planOf(match)
    this.nameBytes = utf8.encode(stream.name)
    this.instrument = stream.instrument
    this.tradeChannel = stream.channel === 'rawTrade' ? 'rawTrade' : 'trade'
    this.symbol = stream.instrument === undefined ? '' : symbolOf(stream.instrument)
    this.symbolBytes = utf8.encode(this.symbol)
  }
}
