import type { MarketEvent } from '../../model/event.ts'
import { type CommonOptions, createContext, feedFor } from '../context.ts'
import { eventLine } from '../event-line.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { GapCount } from '../gap-count.ts'
import { Output } from '../output.ts'

export interface WatchOptions extends CommonOptions {
  readonly channel: string
}

/** `tickwire watch`: events as they come, NDJSON when piped. */
export async function watch(instruments: readonly string[], options: WatchOptions): Promise<ExitCode> {
  const context = await createContext(options)
  const channels = options.channel
    .split(',')
    .map(text => text.trim())
    .filter(text => text !== '')
  await using feed = feedFor(instruments, context)
  const output = new Output(() => context.stop())
  await using subscription = feed.subscribe({ instruments, channels, signal: context.signal })
  subscription.ready.catch((error: unknown) =>
    context.log.error(error instanceof Error ? error.message : String(error)),
  )
  let printed = 0
  const gaps = new GapCount()
  for await (const batch of subscription) {
    for (const event of batch) {
      gaps.see(event)
      if (context.isJson) output.json(event)
      else output.line(eventLine(event))
      if (isData(event)) printed++
      if (printed >= context.count) break
    }
    if (printed >= context.count) break
  }
  await output.flush()
  return context.isStrict && gaps.unhealed > 0 ? EXIT.gap : EXIT.ok
}

function isData(event: MarketEvent): boolean {
  return event.kind !== 'gap' && event.kind !== 'resync' && event.kind !== 'connection'
}
