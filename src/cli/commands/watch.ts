import type { MarketEvent } from '../../model/event.ts'
import { readChannels } from '../channels.ts'
import { type CommonOptions, type Context, createContext, feedFor } from '../context.ts'
import { eventLine, PriceDecimals } from '../event-line.ts'
import type { ExitCode } from '../exit.ts'
import { Output } from '../output.ts'
import { Tally } from '../tally.ts'
import { TroubleWatch } from '../trouble-watch.ts'

export interface WatchOptions extends CommonOptions {
  readonly channel: string
}

/** `tickwire watch`: events as they come, NDJSON when piped. */
export async function watch(instruments: readonly string[], options: WatchOptions): Promise<ExitCode> {
  const context = await createContext(options)
  const channels = readChannels(options.channel)
  await using feed = feedFor(instruments, context)
  const output = new Output(() => context.stop())
  await using subscription = feed.subscribe({ instruments, channels, signal: context.signal })
  // What was refused is told by the trouble watch; a symbol that does not exist ends the loop below with its error.
  subscription.ready.catch(() => undefined)
  const tally = new Tally()
  const decimals = new PriceDecimals()
  using trouble = new TroubleWatch(feed, context.log, () => context.stop())
  for await (const batch of subscription) {
    for (const event of batch) {
      tally.see(event)
      print(event, context, output, trouble, decimals)
      if (tally.data >= context.count) break
    }
    if (tally.data >= context.count) break
  }
  await output.flush()
  return tally.exitCode(context, trouble)
}

function print(
  event: MarketEvent,
  context: Context,
  output: Output,
  trouble: TroubleWatch,
  decimals: PriceDecimals,
): void {
  if (!context.isJson) {
    output.line(eventLine(event, decimals))
    return
  }
  output.json(event)
  if (event.kind === 'connection') trouble.connection(event)
}
