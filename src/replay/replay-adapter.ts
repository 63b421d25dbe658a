import type { Channel } from '../model/channel.ts'
import { ConfigError, DecodeError, HttpError } from '../model/error.ts'
import type { Instrument, InstrumentId } from '../model/instrument.ts'
import { nearest } from '../model/nearest.ts'
import type { EpochUs } from '../model/time.ts'
import type { Decoder, Endpoint, InboundSink, SourceSpec, StreamSpec, VenueAdapter } from '../venue/adapter.ts'
import type { VenueContents } from './contents.ts'
import type { RecordedChannel } from './replay.ts'
import { isControlAnswer, takeControlAnswer, writeControl } from './replay-control.ts'
import { groupUrl } from './replay-network.ts'

export interface ReplayAdapterOptions {
  readonly adapter: VenueAdapter
  readonly contents: VenueContents
  readonly channels: readonly RecordedChannel[]
  /** The recorder was a feed of ours: it kept to the same limits. */
  readonly isOwn: boolean
  readonly mayRead: (instrument: InstrumentId) => boolean
  /** A stream is going to be read. */
  readonly onStream: (stream: StreamSpec) => void
}

/** Longer than any recording. */
const NEVER_MS = 1e12

/**
 * The venue as its recording shows it: the same decoders, rules and REST answers; streams that are there, on the sockets by
 * which they came; and nothing that would keep a replay from following.
 */
export function replayAdapter(options: ReplayAdapterOptions): VenueAdapter {
  const { adapter, isOwn } = options
  const { limits, heartbeat } = adapter
  return {
    id: adapter.id,
    environment: adapter.environment,
    endpoints: adapter.endpoints,
    limits: {
      ...limits,
      streamsPerConnection: Number.MAX_SAFE_INTEGER,
      controlPerSecond: Number.POSITIVE_INFINITY,
      namesPerFrame: Number.MAX_SAFE_INTEGER,
      bytesPerFrame: Number.MAX_SAFE_INTEGER,
      connectsPerWindow: Number.MAX_SAFE_INTEGER,
      connectionLifetimeMs: NEVER_MS,
      weightPerMinute: isOwn ? limits.weightPerMinute : Number.MAX_SAFE_INTEGER,
    },
    // Pings are not recorded; ours are answered by the replay itself.
    heartbeat: { ...heartbeat, deadAfterMs: NEVER_MS, pingEveryMs: 60_000 },
    channels: adapter.channels,
    intervals: adapter.intervals,
    resolve: (instrument, channel, instruments) => resolve(options, instrument, channel, instruments),
    streamUrl: route => groupUrl(adapter.id, route),
    control: writeControl,
    openDecoder: <S extends StreamSpec>(route: string): Decoder<S> => new ReplayDecoder(adapter.openDecoder<S>(route)),
    instruments: tolerant(adapter.instruments),
    time: adapter.time,
    book: adapter.book,
    klines: adapter.klines,
    ...(adapter.tradesById === undefined ? {} : { tradesById: adapter.tradesById }),
    recentTrades: adapter.recentTrades,
    readError: body => adapter.readError(body),
    usedWeight: headers => adapter.usedWeight(headers),
  }
}

/** @throws ConfigError naming what the recording holds instead */
function resolve(
  options: ReplayAdapterOptions,
  instrument: InstrumentId,
  channel: Channel,
  instruments: ReadonlyMap<InstrumentId, Instrument> | undefined,
): SourceSpec {
  const { adapter, contents } = options
  const source = adapter.resolve(instrument, channel, instruments)
  if (!options.mayRead(instrument))
    throw new ConfigError(`the replay was limited to other instruments than ${instrument}.`)
  if (source.kind === 'poll') {
    if (contents.isAnswered(source)) return source
    throw absent(options, instrument, channel)
  }
  const found = contents.find(source.stream.name)
  if (found === undefined) throw absent(options, instrument, channel)
  const { route } = found.stream.group
  const stream: StreamSpec = { ...source.stream, name: found.name, route, expectedEveryMs: undefined }
  options.onStream(stream)
  return { kind: 'stream', stream }
}

function absent({ channels }: ReplayAdapterOptions, instrument: InstrumentId, channel: Channel): ConfigError {
  const own = channels.filter(each => each.instrument === instrument).map(each => each.channel)
  if (own.length > 0)
    return new ConfigError(
      `the recording holds no "${channel}" of ${instrument}, it holds ${own.join(', ')}.`,
      nearest(channel, own),
    )
  const known = [...new Set(channels.map(each => each.instrument))]
  const few = known.slice(0, 10).join(', ')
  const more = known.length > 10 ? ` and ${known.length - 10} more` : ''
  return new ConfigError(
    `the recording holds nothing of ${instrument}, it holds ${few}${more}.`,
    nearest(instrument, known),
  )
}

/** A table in the form of another year is no table: symbols go unproved then, and the recording itself proves them. */
function tolerant(endpoint: VenueAdapter['instruments']): Endpoint<void, readonly Instrument[]> {
  return {
    request: args => endpoint.request(args),
    parse(body, receiveTimeUs, args) {
      try {
        return endpoint.parse(body, receiveTimeUs, args)
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error
        const text = `the recorded instrument table cannot be read: ${error.message}`
        throw new HttpError(text, { status: 200, isRetryable: false, cause: error })
      }
    },
  }
}

/** The venue's decoder, and beside it the answers of the replayed sockets. */
class ReplayDecoder<S extends StreamSpec> implements Decoder<S> {
  private readonly inner: Decoder<S>

  constructor(inner: Decoder<S>) {
    this.inner = inner
  }

  add(stream: S): void {
    this.inner.add(stream)
  }

  remove(stream: S): void {
    this.inner.remove(stream)
  }

  decode(bytes: Uint8Array, start: number, end: number, receiveTimeUs: EpochUs, sink: InboundSink<S>): void {
    if (isControlAnswer(bytes, start)) takeControlAnswer(bytes, start, end, sink)
    else this.inner.decode(bytes, start, end, receiveTimeUs, sink)
  }
}
