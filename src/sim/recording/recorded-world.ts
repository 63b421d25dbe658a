import { ConfigError } from '../../model/error.ts'
import type { Clock } from '../../net/clock.ts'
import type { MarketSource } from '../source.ts'
import type { SimVenue } from '../venue-rules.ts'
import { playOnce } from './player.ts'
import { RecordedVenue } from './recorded-venue.ts'
import type { Survey } from './survey.ts'
import { surveyCapture } from './survey.ts'

export interface RecordingOptions {
  readonly captures: readonly string[]
  readonly venues: readonly SimVenue[] | undefined
  readonly speed: number
  readonly loop: boolean
  readonly autoStart: boolean
  readonly clock: Clock
  readonly onNotice: (line: string) => void
  readonly unreadBytes: (venue: SimVenue) => number
  /** A recorded text that names no stream of the venue goes to whoever listens there. */
  readonly stray: (venue: SimVenue, text: string) => void
  /** A venue's recording has ended. */
  readonly finished: (venue: SimVenue) => void
}

/** Recordings that are served together. */
export interface RecordedWorld extends AsyncDisposable {
  readonly sources: readonly MarketSource[]
  /** Starts the replay; later calls do nothing. */
  play(): void
  /** A client subscribed: with automatic start the replay begins soon. */
  subscribed(): void
  readonly ended: Promise<void>
}

/** Clients send several SUBSCRIBE frames: the replay begins when they have paused this long, at the latest after the second. */
const quietMs = 300
const longestQuietMs = 3000
/** Venues recorded within this span of each other keep their distance in time. */
const togetherMs = 3_600_000

/** Looks through the recordings and makes them ready to play. @throws ConfigError when one cannot be served */
export async function openRecordings(options: RecordingOptions): Promise<RecordedWorld> {
  const surveys: Survey[] = []
  for (const file of options.captures) surveys.push(await surveyCapture(file))
  const byVenue = new Map<SimVenue, Survey[]>()
  for (const survey of surveys) {
    if (options.venues !== undefined && !options.venues.includes(survey.venue)) {
      throw new ConfigError(`capture ${survey.file} is of ${survey.venue}, which is not among the venues asked for`)
    }
    byVenue.set(survey.venue, [...(byVenue.get(survey.venue) ?? []), survey])
  }
  for (const group of byVenue.values()) checkGroup(group)
  return new Playback(options, byVenue)
}

function checkGroup(group: readonly Survey[]): void {
  const seen = new Map<string, string>()
  for (const { file, symbols } of group) {
    for (const symbol of symbols.keys()) {
      const other = seen.get(symbol)
      if (other !== undefined)
        throw new ConfigError(`captures ${other} and ${file} both hold ${symbol}: serve one of them`)
      seen.set(symbol, file)
    }
  }
  const starts = timed(group).map(survey => survey.firstEventMs)
  if (Math.max(...starts) - Math.min(...starts) > 86_400_000) {
    throw new ConfigError(
      `captures ${group.map(survey => survey.file).join(' and ')} are of different days: serve them one at a time`,
    )
  }
}

/** Single messages follow the time of what they are served with, and have one of their own only when alone. */
function timed(group: readonly Survey[]): readonly Survey[] {
  const found = group.filter(survey => !survey.isLoose)
  return found.length > 0 ? found : group
}

class Playback implements RecordedWorld {
  readonly sources: readonly RecordedVenue[]
  readonly ended: Promise<void>
  private readonly options: RecordingOptions
  private readonly groups: ReadonlyMap<SimVenue, readonly Survey[]>
  private readonly abort = new AbortController()
  private running: Promise<void> | undefined
  private startTimer: Disposable | undefined
  private firstSubscribedMs: number | undefined
  private resolveEnded = (): void => undefined

  constructor(options: RecordingOptions, groups: ReadonlyMap<SimVenue, readonly Survey[]>) {
    this.options = options
    this.groups = groups
    this.ended = new Promise(resolve => (this.resolveEnded = resolve))
    this.sources = [...groups].map(
      ([venue, surveys]) =>
        new RecordedVenue({
          venue,
          surveys,
          timed: timed(surveys),
          onNotice: options.onNotice,
          stray: text => options.stray(venue, text),
        }),
    )
  }

  play(): void {
    this.startTimer?.[Symbol.dispose]()
    if (this.running !== undefined || this.abort.signal.aborted) return
    this.running = Promise.all(this.sources.map(source => this.run(source))).then(() => this.resolveEnded())
  }

  subscribed(): void {
    if (!this.options.autoStart || this.running !== undefined) return
    const { clock } = this.options
    this.firstSubscribedMs ??= clock.monotonicMs()
    const waitedMs = clock.monotonicMs() - this.firstSubscribedMs
    this.startTimer?.[Symbol.dispose]()
    this.startTimer = clock.setTimer(Math.max(0, Math.min(quietMs, longestQuietMs - waitedMs)), () => this.play())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.abort.abort()
    this.startTimer?.[Symbol.dispose]()
    await this.running
    this.resolveEnded()
  }

  private async run(source: RecordedVenue): Promise<void> {
    const surveys = this.groups.get(source.venue) ?? []
    const { options } = this
    const { signal } = this.abort
    const names = surveys.map(survey => survey.file).join(', ')
    try {
      for (;;) {
        const played = await playOnce({
          files: surveys,
          originMs: this.origin(surveys),
          speed: options.speed,
          clock: options.clock,
          signal,
          unreadBytes: () => options.unreadBytes(source.venue),
          play: message => source.play(message),
        })
        if (signal.aborted) return
        source.finish()
        if (!options.loop) {
          options.onNotice(`recording ended: ${names} (${played} messages)`)
          break
        }
        options.onNotice(`recording begins again: ${names} (${played} messages)`)
        source.restart()
      }
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      // The file was read once already: it has changed since, or its disk is gone.
      options.onNotice(`recording stopped: ${error.message}`)
    }
    options.finished(source.venue)
  }

  private origin(surveys: readonly Survey[]): number {
    const own = Math.min(...timed(surveys).map(survey => survey.firstPaceMs))
    const all = timed([...this.groups.values()].flat()).map(survey => survey.firstPaceMs)
    const earliest = Math.min(...all)
    return Math.max(...all) - earliest <= togetherMs ? earliest : own
  }
}
