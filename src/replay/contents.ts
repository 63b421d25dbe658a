import { type Channel, channel } from '../model/channel.ts'
import { ConfigError } from '../model/error.ts'
import { type InstrumentId, instrumentId } from '../model/instrument.ts'
import type { SourceSpec, StreamSpec, VenueAdapter } from '../venue/adapter.ts'
import { streamStem } from './frame-stream.ts'
import type { RecordedChannel } from './replay.ts'
import { restKey } from './rest-key.ts'
import type { RecordedStream, Survey } from './survey.ts'

/** A stream of a venue as the recording names it. */
export interface FoundStream {
  readonly name: string
  readonly stream: RecordedStream
}

/** The streams of one venue in a recording, found by the names under which its adapter knows them today. */
export class VenueContents {
  private readonly adapter: VenueAdapter
  private readonly survey: Survey
  private readonly streams: ReadonlyMap<string, RecordedStream>
  private readonly byStem = new Map<string, string>()

  constructor(adapter: VenueAdapter, survey: Survey) {
    this.adapter = adapter
    this.survey = survey
    this.streams = survey.streams.get(adapter.id) ?? new Map()
    for (const name of this.streams.keys()) {
      const stem = streamStem(name)
      if (!this.byStem.has(stem)) this.byStem.set(stem, name)
    }
  }

  /** The stream of this name, or the one that differs in nothing but its speed. */
  find(name: string): FoundStream | undefined {
    const known = this.streams.has(name) ? name : this.byStem.get(streamStem(name))
    const stream = known === undefined ? undefined : this.streams.get(known)
    return known === undefined || stream === undefined ? undefined : { name: known, stream }
  }

  /** True when what is polled was asked for while the recording was made. */
  isAnswered(source: SourceSpec): boolean {
    if (source.kind === 'stream') return false
    return this.survey.answers.has(restKey(this.adapter.id, source.poll.endpoint.request(undefined).url))
  }

  /** Every channel that the recording holds, native streams without a unified form as `raw:` ones. */
  channels(): readonly RecordedChannel[] {
    const used = new Set<string>()
    const wholeMarket = this.channelsOf('*', used, new Set())
    const shared = new Set(used)
    const symbols = new Set([...this.streams.values()].flatMap(({ symbol }) => symbol ?? []))
    const found = [...symbols].flatMap(symbol => this.channelsOf(symbol, used, shared))
    found.push(...wholeMarket)
    for (const [name, { frames, symbol }] of this.streams) {
      if (frames === 0 || used.has(name)) continue
      const raw = channel(`raw:${name}`)
      const owner = [symbol ?? '*', '*'].map(each => instrumentId(`${this.adapter.id}:${each}`))
      const instrument = owner.find(each => this.specOf(each, raw) !== undefined)
      if (instrument !== undefined) found.push({ instrument, channel: raw, messages: frames })
    }
    return found
  }

  /** The stream as the adapter resolves it; undefined when it has no such thing. */
  specOf(instrument: InstrumentId, each: Channel): StreamSpec | undefined {
    const source = this.sourceOf(instrument, each)
    return source?.kind === 'stream' ? source.stream : undefined
  }

  /**
   * Of one symbol, or of the whole market. A stream that carries many symbols names those of other markets, too: a symbol
   * counts when a stream of its own is there.
   */
  private channelsOf(symbol: string, used: Set<string>, shared: ReadonlySet<string>): readonly RecordedChannel[] {
    const instrument = instrumentId(`${this.adapter.id}:${symbol}`)
    const found: RecordedChannel[] = []
    const names: string[] = []
    let isOwn = symbol === '*'
    for (const each of this.unified()) {
      const source = this.sourceOf(instrument, each)
      if (source?.kind === 'poll' && this.isAnswered(source)) found.push({ instrument, channel: each, messages: 0 })
      const stream = source?.kind === 'stream' ? this.find(source.stream.name) : undefined
      if (stream === undefined || shared.has(stream.name)) continue
      if (source?.kind === 'stream' && source.stream.instrument !== undefined) isOwn = true
      names.push(stream.name)
      found.push({ instrument, channel: each, messages: stream.stream.frames })
    }
    if (!isOwn) return []
    for (const name of names) used.add(name)
    return found
  }

  private sourceOf(instrument: InstrumentId, each: Channel): SourceSpec | undefined {
    try {
      return this.adapter.resolve(instrument, each, undefined)
    } catch (error) {
      if (error instanceof ConfigError) return undefined
      throw error
    }
  }

  private unified(): readonly Channel[] {
    return this.adapter.channels.flatMap(name =>
      name.includes('<interval>')
        ? this.adapter.intervals.map(interval => channel(name.replace('<interval>', interval)))
        : [channel(name)],
    )
  }
}
