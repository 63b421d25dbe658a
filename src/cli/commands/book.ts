import { setTimeout as delay } from 'node:timers/promises'
import type { BookHandle, Feed } from '../../feed/feed.ts'
import { instrumentId, venueOf } from '../../model/instrument.ts'
import { systemClock } from '../../net/clock.ts'
import { type CommonOptions, type Context, createContext, feedFor } from '../context.ts'
import { parseCount } from '../duration.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { GapCount } from '../gap-count.ts'
import { ladderFormat, ladderLines } from '../ladder.ts'
import { Output } from '../output.ts'
import { Screen } from '../screen.ts'

export interface BookOptions extends CommonOptions {
  readonly levels: string
}

const FRAME_MS = 100

/** `tickwire book`: a ladder on a terminal, `book` events when piped. */
export async function book(instrument: string, options: BookOptions): Promise<ExitCode> {
  const context = await createContext(options)
  const levels = parseCount('--levels', options.levels, 1, 1000)
  await using feed = feedFor([instrument], context)
  const output = new Output(() => context.stop())
  const unhealed = context.isJson
    ? await printEvents(feed, instrument, levels, context, output)
    : await drawLadder(feed, instrument, levels, context, output)
  await output.flush()
  return context.isStrict && unhealed > 0 ? EXIT.gap : EXIT.ok
}

async function printEvents(
  feed: Feed,
  instrument: string,
  levels: number,
  context: Context,
  output: Output,
): Promise<number> {
  await using subscription = feed.subscribe({
    instruments: [instrument],
    channels: ['book'],
    levels,
    signal: context.signal,
  })
  let printed = 0
  const gaps = new GapCount()
  for await (const batch of subscription) {
    for (const event of batch) {
      if (event.kind === 'connection') {
        context.log.info(`${event.connectionId} ${event.state}${event.cause === undefined ? '' : `: ${event.cause}`}`)
        continue
      }
      gaps.see(event)
      output.json(event)
      if (event.kind === 'book') printed++
      if (printed >= context.count) return gaps.unhealed
    }
  }
  return gaps.unhealed
}

async function drawLadder(
  feed: Feed,
  instrument: string,
  levels: number,
  context: Context,
  output: Output,
): Promise<number> {
  await using handle = feed.book(instrument)
  let failure: unknown
  handle.ready.catch((error: unknown) => {
    failure = error
    if (handle.state === 'syncing') context.stop()
  })
  const table = await feed.instruments(venueOf(instrumentId(instrument))).catch(() => [])
  const format = ladderFormat(table.find(entry => entry.id === instrument))
  using screen = new Screen(output)
  let frames = 0
  while (!context.signal.aborted && frames < context.count) {
    screen.draw(ladderLines(handle, fitting(levels), format, systemClock.nowUs()))
    if (handle.state === 'synced') frames++
    await delay(FRAME_MS, undefined, { signal: context.signal }).catch(() => undefined)
  }
  if (failure !== undefined && !wasSynced(handle)) throw failure
  return handle.stats.gaps
}

/** No more rows than the terminal has: two sides, a heading and the spread. */
function fitting(levels: number): number {
  const rows = process.stdout.rows ?? 0
  return rows > 0 ? Math.max(1, Math.min(levels, Math.floor((rows - 3) / 2))) : levels
}

function wasSynced(handle: BookHandle): boolean {
  return handle.stats.applied > 0
}
