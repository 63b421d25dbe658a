import { setTimeout as delay } from 'node:timers/promises'
import type { BookHandle, Feed } from '../../feed/feed.ts'
import { instrumentId, venueOf } from '../../model/instrument.ts'
import { systemClock } from '../../net/clock.ts'
import { type CommonOptions, type Context, createContext, feedFor } from '../context.ts'
import { parseCount } from '../duration.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { type LadderFormat, ladderFormat, ladderLines } from '../ladder.ts'
import { oneLine } from '../one-line.ts'
import { Output } from '../output.ts'
import { Screen } from '../screen.ts'
import { unlessStopped } from '../stop.ts'
import { Tally } from '../tally.ts'
import { TroubleWatch } from '../trouble-watch.ts'

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
  const code = context.isJson
    ? await printEvents(feed, instrument, levels, context, output)
    : await drawLadder(feed, instrument, levels, context, output)
  await output.flush()
  return code
}

async function printEvents(
  feed: Feed,
  instrument: string,
  levels: number,
  context: Context,
  output: Output,
): Promise<ExitCode> {
  const { signal } = context
  await using subscription = feed.subscribe({ instruments: [instrument], channels: ['book'], levels, signal })
  subscription.ready.catch(() => undefined)
  const tally = new Tally()
  using trouble = new TroubleWatch(feed, context.log, () => context.stop())
  for await (const batch of subscription) {
    for (const event of batch) {
      tally.see(event)
      if (event.kind === 'connection') trouble.connection(event)
      else output.json(event)
      if (tally.data >= context.count) break
    }
    if (tally.data >= context.count) break
  }
  return tally.exitCode(context, trouble, true)
}

async function drawLadder(
  feed: Feed,
  instrument: string,
  levels: number,
  context: Context,
  output: Output,
): Promise<ExitCode> {
  await using handle = feed.book(instrument)
  let failure: unknown
  handle.ready.catch((error: unknown) => {
    failure = error
    if (!wasSynced(handle)) context.stop()
  })
  const format = await formatOf(feed, instrument)
  using screen = new Screen(output)
  using _divert = context.log.divert(line => screen.above(line))
  let frames = 0
  while (!context.signal.aborted && frames < context.count) {
    screen.draw(ladderLines(handle, fitting(levels), format, systemClock.nowUs(), hindrance(feed)))
    if (handle.state === 'synced') frames++
    await delay(FRAME_MS, undefined, { signal: context.signal }).catch(() => undefined)
  }
  if (failure !== undefined && !wasSynced(handle)) throw failure
  if (context.isStrict && handle.stats.gaps > 0 && handle.state !== 'synced') return EXIT.gap
  if (wasSynced(handle) || !context.isTimeUp()) return EXIT.ok
  context.log.error(`nothing was received: ${hindrance(feed) ?? 'no connection was made in this time'}`)
  return EXIT.failed
}

/** The steps of the instrument, when the venue tells them soon; the book itself does not need them. */
async function formatOf(feed: Feed, instrument: string): Promise<LadderFormat> {
  const table = await unlessStopped(feed.instruments(venueOf(instrumentId(instrument))).catch(() => []))
  return ladderFormat(table?.find(entry => entry.id === instrument))
}

/** Why the book is not there (yet), in one line. */
function hindrance(feed: Feed): string | undefined {
  const { connections, streams } = feed.status()
  const waiting = connections.find(connection => connection.state === 'waiting' || connection.state === 'connecting')
  if (waiting?.lastCause !== undefined) {
    const soon = waiting.retryInMs === undefined ? 'now' : `in ${Math.ceil(waiting.retryInMs / 1000)} s`
    return `${oneLine(waiting.lastCause)}; next try ${soon}`
  }
  return streams.find(stream => stream.reason !== undefined)?.reason
}

/** No more rows than the terminal has: two sides, a heading, the spread, and the row of the cursor. */
function fitting(levels: number): number {
  const rows = process.stdout.rows ?? 0
  return rows > 0 ? Math.max(1, Math.min(levels, Math.floor((rows - 3) / 2))) : levels
}

function wasSynced(handle: BookHandle): boolean {
  return handle.stats.applied > 0 || handle.state === 'synced'
}
