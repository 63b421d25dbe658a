import { ConfigError } from '../../model/error.ts'
import type { MarketEvent } from '../../model/event.ts'
import { nearest } from '../../model/nearest.ts'
import type { Subscription } from '../../model/subscribe.ts'
import { systemClock } from '../../net/clock.ts'
import { createReplay } from '../../replay/create-replay.ts'
import type { RecordedChannel, Replay } from '../../replay/replay.ts'
import { readChannels } from '../channels.ts'
import { type CommonOptions, type Context, createContext } from '../context.ts'
import { eventLine, PriceDecimals } from '../event-line.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { mustOverlap, readMoment } from '../moment.ts'
import { Output } from '../output.ts'
import { parseSpeed } from '../recording-options.ts'
import { ReplayScreen } from '../replay-screen.ts'
import { Tally } from '../tally.ts'
import { openVenue, VENUE_IDS } from '../venue-table.ts'

export interface ReplayOptions extends CommonOptions {
  readonly speed: string
  readonly channel?: string
  readonly instrument?: readonly string[]
  readonly venue?: string
  readonly from?: string
  readonly to?: string
}

/** `tickwire replay`: the events of a recording, as `watch` prints those of a venue. */
export async function replay(files: readonly string[], options: ReplayOptions): Promise<ExitCode> {
  const context = await createContext(options, true)
  const speed = options.speed === 'max' ? 'max' : parseSpeed(options.speed)
  const ids = options.venue === undefined ? VENUE_IDS : [options.venue]
  const venues = ids.map(id => openVenue(id, { environment: 'live' }))
  const open = (limits: { readonly fromUs?: number; readonly toUs?: number }): Promise<Replay> =>
    createReplay({ files, venues, speed, autoStart: false, ...limits })
  await using source = await openBetween(open, options)
  for (const note of source.recording.notes) context.log.warn(note)
  const output = new Output(() => context.stop())
  const wanted = choose(source.recording.channels, options)
  await using subscription = source.subscribe({ ...requestOf(wanted[0]), signal: context.signal })
  for (const each of wanted.slice(1)) subscription.add(requestOf(each)).catch(() => undefined)
  const startMs = systemClock.monotonicMs()
  source.play()
  const tally = new Tally()
  await print(source, subscription, tally, context, output)
  await output.flush()
  const { lines, messages } = source.progress()
  const seconds = (systemClock.monotonicMs() - startMs) / 1000
  const rate = Math.round(messages / Math.max(seconds, 0.001))
  context.log.info(
    `${lines} of ${source.recording.lines} lines, ${messages} messages, ${tally.data} events in ${seconds.toFixed(2)} s (${rate} messages/s)`,
  )
  return context.isStrict && tally.unhealedGaps > 0 ? EXIT.gap : EXIT.ok
}

async function print(
  source: Replay,
  subscription: Subscription,
  tally: Tally,
  context: Context,
  output: Output,
): Promise<void> {
  const decimals = new PriceDecimals()
  using screen = context.isJson || !output.isTerminal ? undefined : new ReplayScreen(output, context, source)
  const line = (event: MarketEvent): void => {
    if (context.isJson) output.json(event)
    else if (screen === undefined) output.line(eventLine(event, decimals))
    else screen.line(eventLine(event, decimals))
  }
  for await (const batch of subscription) {
    for (const event of batch) {
      tally.see(event)
      line(event)
      if (tally.data >= context.count) return
    }
    await output.drained()
  }
}

/** `--from` and `--to` may count from the beginning of the recording, which is known when it was opened. */
async function openBetween(
  open: (limits: { readonly fromUs?: number; readonly toUs?: number }) => Promise<Replay>,
  { from, to }: ReplayOptions,
): Promise<Replay> {
  if (from === undefined && to === undefined) return await open({})
  const startUs = async (): Promise<number> => {
    await using look = await open({})
    return look.progress().timeUs
  }
  const needsStart = [from, to].some(text => text?.startsWith('+'))
  const originUs = needsStart ? await startUs() : 0
  const fromUs = from === undefined ? undefined : readMoment('--from', from, originUs)
  const toUs = to === undefined ? undefined : readMoment('--to', to, originUs)
  if (fromUs !== undefined && toUs !== undefined && fromUs > toUs)
    throw new ConfigError(`--to: expected a moment behind --from ${from}, was "${to}".`)
  const limits = { ...(fromUs === undefined ? {} : { fromUs }), ...(toUs === undefined ? {} : { toUs }) }
  const source = await open(limits)
  try {
    mustOverlap(limits, source.recording)
  } catch (error) {
    await source[Symbol.asyncDispose]()
    throw error
  }
  return source
}

/** @throws ConfigError naming what the recording holds */
function choose(channels: readonly RecordedChannel[], options: ReplayOptions): readonly RecordedChannel[] {
  const names = options.channel === undefined ? undefined : readChannels(options.channel)
  const { instrument: instruments } = options
  const known = (each: (channel: RecordedChannel) => string): readonly string[] => [...new Set(channels.map(each))]
  mustBeKnown(
    '--channel',
    names,
    known(each => each.channel),
  )
  mustBeKnown(
    '--instrument',
    instruments,
    known(each => each.instrument),
  )
  const chosen = channels.filter(each => {
    return (names?.includes(each.channel) ?? true) && (instruments?.includes(each.instrument) ?? true)
  })
  if (chosen.length === 0) throw new ConfigError('the recording holds no market data that can be replayed.')
  return chosen
}

const MOST_NAMES = 12

function mustBeKnown(option: string, wanted: readonly string[] | undefined, known: readonly string[]): void {
  const missing = wanted?.find(name => !known.includes(name))
  if (missing === undefined) return
  const few = known.slice(0, MOST_NAMES).join(', ')
  const more = known.length > MOST_NAMES ? ` and ${known.length - MOST_NAMES} more` : ''
  const text = `${option}: the recording holds no "${missing}", it holds ${few}${more}.`
  throw new ConfigError(text, nearest(missing, known))
}

function requestOf(each: RecordedChannel | undefined): {
  readonly instruments: readonly string[]
  readonly channels: readonly string[]
} {
  return {
    instruments: each === undefined ? [] : [each.instrument],
    channels: each === undefined ? [] : [each.channel],
  }
}
