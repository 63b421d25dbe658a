import { type OpenFeed, openFeed } from '../feed/create-feed.ts'
import type { BookHandle, BookOptions, FeedStatus } from '../feed/feed.ts'
import { ConfigError } from '../model/error.ts'
import type { MarketEvent } from '../model/event.ts'
import { type Instrument, type InstrumentId, instrumentId } from '../model/instrument.ts'
import type { Observation, StreamRequest, SubscribeRequest, Subscription } from '../model/subscribe.ts'
import { epochUs } from '../model/time.ts'
import { systemClock } from '../net/clock.ts'
import type { Random } from '../net/random.ts'
import { VenueContents } from './contents.ts'
import { ExchangeTime } from './exchange-time.ts'
import { notesOf } from './notes.ts'
import { Pace } from './pace.ts'
import { Player } from './player.ts'
import { RecordedRest } from './recorded-rest.ts'
import type {
  RecordedChannel,
  RecordingSummary,
  Replay,
  ReplayOptions,
  ReplayProgress,
  ReplayReport,
} from './replay.ts'
import { replayAdapter } from './replay-adapter.ts'
import { ReplayNetwork } from './replay-network.ts'
import { ReplaySubscription } from './replay-subscription.ts'
import { type Survey, surveyRecording } from './survey.ts'
import { settle, VirtualClock } from './virtual-clock.ts'

/** Every wait is the shortest that chance may draw: a question is then asked before its recorded answer comes. */
const LEAST_CHANCE: Random = () => 0

/**
 * Opens a recording and reads it once, to know what it holds; the replay begins with the first consumer.
 * @throws ConfigError when a file is missing or no recording, or when its venue is none of those given
 * @example
 * await using replay = await createReplay({ file: 'btc.jsonl.gz', venues: [binanceUsdm()] })
 * await using trades = replay.subscribe({ instruments: ['binance-usdm:BTCUSDT'], channels: ['trade'] })
 * for await (const batch of trades) for (const event of batch) console.log(event)
 */
export async function createReplay(options: ReplayOptions): Promise<Replay> {
  const files = filesOf(options)
  if (options.venues.length === 0) throw new ConfigError('venues: expected at least one adapter, received none.')
  const survey = await surveyRecording(files, options.venues)
  return new RecordedReplay(options, survey)
}

function filesOf({ file, files }: ReplayOptions): readonly string[] {
  const all = [...(file === undefined ? [] : [file]), ...(files ?? [])]
  if (all.length === 0) throw new ConfigError('file: expected a recording, received none.')
  const twice = all.find((name, index) => all.indexOf(name) !== index)
  if (twice !== undefined) throw new ConfigError(`files: "${twice}" was given twice.`)
  return all
}

class RecordedReplay implements Replay {
  readonly recording: RecordingSummary
  readonly ended: Promise<ReplayReport>
  private readonly options: ReplayOptions
  private readonly clock: VirtualClock
  private readonly feed: OpenFeed
  private readonly player: Player
  private readonly controller = new AbortController()
  private readonly subscriptions = new Set<ReplaySubscription>()
  private readonly fromUs: number
  private isStarting = false
  private isPlaying = false
  private end: (report: Promise<ReplayReport>) => void = () => undefined

  constructor(options: ReplayOptions, survey: Survey) {
    this.options = options
    this.fromUs = options.fromUs ?? 0
    const pace = new Pace(options.clock ?? systemClock, options.speed ?? 'max', this.controller.signal)
    const only = options.instruments?.map(text => instrumentId(text))
    const times = options.venues.map(adapter => new ExchangeTime(adapter))
    const channels: RecordedChannel[] = []
    const startUs: number[] = []
    const adapters = options.venues.map((adapter, index) => {
      const contents = new VenueContents(adapter, survey)
      const mayRead = (instrument: InstrumentId): boolean => only === undefined || only.includes(instrument)
      const own = contents.channels().filter(each => mayRead(each.instrument))
      channels.push(...own)
      if (survey.firstUs === undefined) startUs.push(...sampleTimes(contents, own, new ExchangeTime(adapter)))
      const onStream: Parameters<typeof replayAdapter>[0]['onStream'] = stream => times[index]?.add(stream)
      return replayAdapter({ adapter, contents, channels: own, isOwn: isOwn(survey, adapter.id), mayRead, onStream })
    })
    this.clock = new VirtualClock(survey.firstUs ?? Math.min(...startUs, Number.MAX_SAFE_INTEGER))
    const network = new ReplayNetwork(survey, this.clock)
    const rest = new RecordedRest(survey, options.venues)
    this.feed = openFeed({
      venues: adapters,
      dial: network.dial,
      http: rest.http,
      clock: this.clock,
      random: LEAST_CHANCE,
      // A socket is dialled again at once, and opens when the recorded one did.
      backoff: { firstMs: 0, mostMs: 0 },
    })
    this.recording = {
      files: survey.files,
      lines: survey.lines,
      fromUs: survey.firstUs === undefined ? undefined : epochUs(survey.firstUs),
      toUs: survey.lastUs === undefined ? undefined : epochUs(survey.lastUs),
      channels,
      notes: notesOf(survey, options.venues, channels),
    }
    this.player = new Player({
      files: survey.files,
      clock: this.clock,
      waitClock: options.clock ?? systemClock,
      network,
      rest,
      pace,
      times,
      feed: this.feed,
      venues: options.venues.map(({ id }) => id),
      subscriptions: this.subscriptions,
      fromUs: this.fromUs,
      toUs: options.toUs ?? Number.POSITIVE_INFINITY,
      signal: this.controller.signal,
    })
    this.ended = new Promise(resolve => {
      this.end = resolve
    })
    this.ended.catch(() => undefined)
  }

  observe(request: StreamRequest, fn: (event: MarketEvent) => void): Observation {
    const { fromUs } = this
    const late = (event: MarketEvent): void => {
      if (event.receiveTimeUs >= fromUs) fn(event)
    }
    const observation = this.feed.observe(request, fromUs > 0 ? late : fn)
    this.startSoon()
    return observation
  }

  subscribe(request: SubscribeRequest): Subscription {
    const inner = this.feed.subscribe(request)
    const { capacity } = request
    const gone = (ended: ReplaySubscription): unknown => this.subscriptions.delete(ended)
    const subscription = new ReplaySubscription({ inner, capacity, fromUs: this.fromUs, gone })
    if (this.player.isOver) void subscription.finish(undefined)
    else this.subscriptions.add(subscription)
    this.startSoon()
    return subscription
  }

  book(instrument: InstrumentId | string, options?: BookOptions): BookHandle {
    const handle = this.feed.book(instrument, options)
    this.startSoon()
    return handle
  }

  status(): FeedStatus {
    return this.feed.status()
  }

  instruments(venue?: string): Promise<readonly Instrument[]> {
    return this.feed.instruments(venue)
  }

  play(): void {
    if (this.isPlaying || this.controller.signal.aborted) return
    this.isPlaying = true
    this.end(this.run())
  }

  progress(): ReplayProgress {
    const { lines, messages } = this.player
    return { lines, messages, timeUs: epochUs(this.clock.timeUs) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.controller.abort()
    if (this.isPlaying) await this.ended.catch(() => undefined)
    else this.end(Promise.resolve({ lines: 0, messages: 0, isComplete: false }))
    await this.feed[Symbol.asyncDispose]()
  }

  /** Whoever subscribes in the same turn is there from the first line on. */
  private startSoon(): void {
    if (this.options.autoStart === false || this.isStarting) return
    this.isStarting = true
    void settle(this.clock).then(() => this.play())
  }

  private async run(): Promise<ReplayReport> {
    let failure: Error | undefined
    try {
      // What was asked for just now is on its way through the instrument table.
      await settle(this.clock)
      return await this.player.run()
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error))
      throw error
    } finally {
      for (const subscription of this.subscriptions) await subscription.finish(failure)
    }
  }
}

/** Sockets of a recorder of ours bear the name of their venue. */
function isOwn(survey: Survey, venue: string): boolean {
  return survey.connections.some(({ name }) => name.startsWith(`${venue}#`))
}

/** Exchange times of the first messages, for a recording without receive times. */
function sampleTimes(
  contents: VenueContents,
  channels: readonly RecordedChannel[],
  time: ExchangeTime,
): readonly number[] {
  return channels.flatMap(({ instrument, channel }) => {
    const spec = contents.specOf(instrument, channel)
    const found = spec === undefined ? undefined : contents.find(spec.name)
    if (spec === undefined || found?.stream.sample === undefined) return []
    time.add({ ...spec, name: found.name })
    return time.of(found.stream.sample) ?? []
  })
}
