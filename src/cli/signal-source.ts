import type { Feed } from '../feed/feed.ts'
import type { LiveSignalsOptions, SignalSource } from '../feed/live-signals.ts'
import { ConfigError, errorLine } from '../model/error.ts'
import { type InstrumentId, instrumentId, venueOf } from '../model/instrument.ts'
import { createReplay } from '../replay/create-replay.ts'
import type { Replay } from '../replay/replay.ts'
import type { SignalNeed } from '../signal/signal.ts'
import type { SignalInstrument } from '../signal/signal-kind.ts'
import { adapterFor, type Context, openFeed } from './context.ts'
import { recordedInstruments, usualInstrument } from './recorded-instruments.ts'
import { openVenue, VENUE_IDS } from './venue-table.ts'
import { within } from './within.ts'

/** How long a command waits for a venue's table of instruments before it takes the usual units. */
const PATIENCE_MS = 8000

/** Where the inputs of signals come from: a live feed or a recording. */
export interface OpenSource extends AsyncDisposable {
  readonly source: SignalSource
  readonly instruments: readonly SignalInstrument[]
  readonly tools: Pick<LiveSignalsOptions, 'seconds' | 'preload'>
  has(instrument: InstrumentId, need: SignalNeed): boolean
  /** The live feed; undefined for a recording. */
  readonly feed: Feed | undefined
  /** The recording; undefined for a live feed. */
  readonly replay: Replay | undefined
}

/** @throws ConfigError for an unknown venue or symbol, naming the nearest */
export async function openLive(names: readonly string[], context: Context): Promise<OpenSource> {
  const ids = names.map(text => instrumentId(text))
  const venues = [...new Set(ids.map(venueOf))].map(venue => adapterFor(venue, context))
  const feed = openFeed(venues, context)
  try {
    const instruments: SignalInstrument[] = []
    const channels = new Map<InstrumentId, (need: SignalNeed) => boolean>()
    for (const adapter of venues) {
      const table = await within(feed.instruments(adapter.id), PATIENCE_MS).catch((error: unknown) => {
        context.log.warn(`${adapter.id}: the usual units are taken, without the instrument table: ${errorLine(error)}`)
        return undefined
      })
      const known = table === undefined ? undefined : new Map(table.map(entry => [entry.id, entry]))
      for (const id of ids.filter(each => venueOf(each) === adapter.id)) {
        adapter.resolve(id, 'trade', known)
        instruments.push(known?.get(id) ?? usualInstrument(id))
        channels.set(id, need => isSubscribable(() => adapter.resolve(id, need, known)))
      }
    }
    return {
      source: feed,
      instruments,
      tools: { seconds: 'clock' },
      has: (id, need) => channels.get(id)?.(need) ?? false,
      feed,
      replay: undefined,
      [Symbol.asyncDispose]: () => feed[Symbol.asyncDispose](),
    }
  } catch (error) {
    await feed[Symbol.asyncDispose]()
    throw error
  }
}

/**
 * @param names instruments; none for all that the recording holds
 * @throws ConfigError for a file that is no recording, or an instrument that it does not hold
 */
export async function openRecording(
  files: readonly string[],
  names: readonly string[],
  context: Context,
): Promise<OpenSource> {
  const venues = VENUE_IDS.map(id => openVenue(id, { environment: 'live' }))
  const replay = await createReplay({ files, venues, autoStart: false })
  for (const note of replay.recording.notes) context.log.warn(note)
  const held = new Map<InstrumentId, Set<string>>()
  for (const { instrument, channel } of replay.recording.channels) {
    if (!instrument.endsWith(':*')) held.set(instrument, (held.get(instrument) ?? new Set()).add(channel))
  }
  const missing = names.find(name => !held.has(instrumentId(name)))
  if (missing !== undefined) {
    await replay[Symbol.asyncDispose]()
    throw new ConfigError(`the recording holds no ${missing}, it holds ${[...held.keys()].slice(0, 12).join(', ')}.`)
  }
  const ids = names.length > 0 ? names.map(name => instrumentId(name)) : [...held.keys()]
  const { instruments, notes } = await recordedInstruments(replay, ids, undefined)
  for (const note of notes) context.log.info(note)
  return {
    source: replay,
    instruments,
    tools: { seconds: 'inputs', preload: false },
    has: (id, need) => held.get(id)?.has(need) ?? false,
    feed: undefined,
    replay,
    [Symbol.asyncDispose]: () => replay[Symbol.asyncDispose](),
  }
}

function isSubscribable(resolve: () => unknown): boolean {
  try {
    resolve()
    return true
  } catch (error) {
    if (error instanceof ConfigError) return false
    throw error
  }
}
