import { ConfigError, SubscriptionRejected } from '../../model/error.ts'
import { instrumentId, venueOf } from '../../model/instrument.ts'
import { systemClock } from '../../net/clock.ts'
import { captureTap } from '../capture-tap.ts'
import { type CaptureFile, CaptureWriter } from '../capture-writer.ts'
import { readChannels } from '../channels.ts'
import { adapterFor, type CommonOptions, type Context, createContext, openFeed } from '../context.ts'
import { parseDuration } from '../duration.ts'
import type { ExitCode } from '../exit.ts'
import { loggedHttp } from '../logged-http.ts'
import { network } from '../network.ts'
import { Output } from '../output.ts'
import { Screen } from '../screen.ts'
import { untilStopped } from '../stop.ts'
import { Tally } from '../tally.ts'
import { TroubleWatch } from '../trouble-watch.ts'

export interface CaptureOptions extends CommonOptions {
  readonly channel: string
  readonly to: string
  readonly rotate?: string
}

const FRAME_MS = 250

/** `tickwire capture`: the raw traffic of a live feed, in the format that `replay` reads. */
export async function capture(instruments: readonly string[], options: CaptureOptions): Promise<ExitCode> {
  const context = await createContext(options)
  const channels = readChannels(options.channel)
  const ids = [...new Set(instruments.map(text => venueOf(instrumentId(text))))]
  const venues = ids.map(venue => adapterFor(venue, context))
  const output = new Output(() => context.stop())
  const files: CaptureFile[] = []
  let failure: Error | undefined
  const writer = new CaptureWriter({
    path: options.to,
    rotateMs: options.rotate === undefined ? undefined : parseDuration('--rotate', options.rotate),
    clock: systemClock,
    onFile: file => {
      files.push(file)
      tell(file, context, output)
    },
    onWarning: text => context.log.warn(text),
    onFailure: error => {
      failure ??= error
      context.stop()
    },
  })
  await writer.opened
  const tally = new Tally()
  const tap = captureTap(venues, { dial: network().dial, http: loggedHttp(venues, context.log) }, line =>
    writer.write(line),
  )
  let code: ExitCode
  {
    await using feed = openFeed(venues, context, [], tap)
    using trouble = new TroubleWatch(feed, context.log, () => context.stop())
    const observation = feed.observe({ instruments, channels, levels: 1 }, event => {
      tally.see(event)
      if (event.kind === 'connection') trouble.connection(event)
      if (tally.data >= context.count) context.stop()
    })
    observation.ready.catch((error: unknown) => {
      // What the venue refuses is told by the trouble watch; a symbol that does not exist ends the capture.
      if (error instanceof SubscriptionRejected || context.signal.aborted) return
      failure ??= error instanceof Error ? error : new Error(String(error))
      context.stop()
    })
    using _progress = context.isJson ? undefined : showProgress(output, context, writer, tally)
    await untilStopped()
    code = tally.exitCode(context, trouble)
  }
  if (failure instanceof ConfigError) await writer.discard()
  else await writer[Symbol.asyncDispose]()
  await output.flush()
  if (failure !== undefined) throw failure
  return code
}

/** A finished file: a line for people, or a JSON object. */
function tell(file: CaptureFile, context: Context, output: Output): void {
  if (context.isJson) output.json(file)
  else
    output.line(`${file.file}  ${file.lines} lines, ${file.bytes} bytes${file.lost > 0 ? `, ${file.lost} LOST` : ''}`)
}

function showProgress(output: Output, context: Context, writer: CaptureWriter, tally: Tally): Disposable {
  const screen = new Screen(output)
  const divert = context.log.divert(line => screen.above(line))
  const startMs = systemClock.monotonicMs()
  let timer: Disposable | undefined
  const draw = (): void => {
    const seconds = Math.floor((systemClock.monotonicMs() - startMs) / 1000)
    const gaps = tally.unhealedGaps
    screen.draw([`${seconds} s  ${writer.lines} lines  ${tally.data} events  ${gaps} gaps`])
    timer = systemClock.setTimer(FRAME_MS, draw)
  }
  draw()
  return {
    [Symbol.dispose]: () => {
      timer?.[Symbol.dispose]()
      divert[Symbol.dispose]()
      screen[Symbol.dispose]()
    },
  }
}
