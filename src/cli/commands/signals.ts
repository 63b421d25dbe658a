import { setTimeout as delay } from 'node:timers/promises'
import type { ReliabilityStore } from '../../evaluate/reliability-store.ts'
import { type LiveSignals, liveSignals } from '../../feed/live-signals.ts'
import { ConfigError, errorLine } from '../../model/error.ts'
import { systemClock } from '../../net/clock.ts'
import type { Signal, SignalOutput } from '../../signal/signal.ts'
import { Conflator } from '../conflator.ts'
import { type CommonOptions, type Context, createContext } from '../context.ts'
import { parseCount } from '../duration.ts'
import { readReliabilities } from '../evaluation-files.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { Output } from '../output.ts'
import { type AskedSignal, defaultSignals, makeSignals, readIndicators, readSignals } from '../signal-request.ts'
import { SignalScreen } from '../signal-screen.ts'
import { type OpenSource, openLive, openRecording } from '../signal-source.ts'
import { signalEventLine, valueLine } from '../signal-text.ts'
import { TroubleWatch } from '../trouble-watch.ts'
import { EXAMPLE } from '../venue-table.ts'

export interface SignalsOptions extends CommonOptions {
  readonly signal?: string
  /** Measured reliabilities, as `signals evaluate` writes them. */
  readonly store?: string
  readonly publish: string
  readonly replay?: readonly string[]
}

export interface IndicatorsOptions extends CommonOptions {
  readonly indicator: string
  readonly interval: string
  readonly origin: string
  readonly closed?: boolean
  readonly publish: string
  readonly replay?: readonly string[]
}

const FRAME_MS = 250

/** `tickwire signals`: measurements with their quality, live or of a recording. */
export async function signals(instruments: readonly string[], options: SignalsOptions): Promise<ExitCode> {
  const asked = options.signal === undefined ? defaultSignals() : readSignals(options.signal)
  const measured = options.store === undefined ? undefined : readReliabilities(options.store)
  const isDefault = options.signal === undefined
  return await run(instruments, asked, options, { isDefault, isWanted: () => true, measured })
}

/** `tickwire indicators`: indicators over candles; history is there before the first value. */
export async function indicators(instruments: readonly string[], options: IndicatorsOptions): Promise<ExitCode> {
  const { interval, origin } = options
  const asked = readIndicators(options.indicator, { interval, origin })
  const isFinal = (output: SignalOutput): boolean => output.kind !== 'signal' || output.values?.['final'] !== false
  const isWanted = options.closed === true ? isFinal : (): boolean => true
  return await run(instruments, asked, options, { isDefault: false, isWanted, measured: undefined })
}

interface Wishes {
  readonly isDefault: boolean
  isWanted(output: SignalOutput): boolean
  readonly measured: ReliabilityStore | undefined
}

async function run(
  names: readonly string[],
  asked: readonly AskedSignal[],
  options: SignalsOptions | IndicatorsOptions,
  wishes: Wishes,
): Promise<ExitCode> {
  const context = await createContext(options, options.replay !== undefined)
  const publishMs = parseCount('--publish', options.publish, 0, 60_000)
  if (options.replay === undefined && names.length === 0)
    throw new ConfigError(`instrument: expected at least one, such as ${EXAMPLE.instrument}.`)
  await using from = await (options.replay === undefined
    ? openLive(names, context)
    : openRecording(options.replay, names, context))
  const made = from.instruments.flatMap(instrument =>
    makeSignals(asked, instrument, need => from.has(instrument.id, need), wishes.isDefault),
  )
  if (made.length === 0) throw new ConfigError('--signal: the instruments have data for none of them.')
  const output = new Output(() => context.stop())
  const code = await print(from, made, publishMs, context, output, wishes)
  await output.flush()
  return code
}

async function print(
  from: OpenSource,
  made: readonly Signal[],
  publishMs: number,
  context: Context,
  output: Output,
  wishes: Wishes,
): Promise<ExitCode> {
  using screen = context.isJson || !output.isTerminal ? undefined : new SignalScreen(output)
  using _divert = screen === undefined ? undefined : context.log.divert(line => screen.above(line))
  let printed = 0
  let gapped = 0
  const conflator = new Conflator(publishMs, result => {
    if (printed >= context.count) return
    printed++
    if (screen !== undefined) screen.take(result)
    else if (context.isJson) output.json(result)
    else output.line(result.kind === 'signal' ? valueLine(result, '') : signalEventLine(result))
    if (printed >= context.count) context.stop()
  })
  await using live: LiveSignals = liveSignals(from.source, {
    ...from.tools,
    signals: made,
    onOutput: result => {
      if (result.kind === 'signal' && result.state === 'gapped') gapped++
      if (wishes.isWanted(result)) conflator.take(withReliability(result, from, wishes.measured))
    },
    onError: (error, signal) => context.log.warn(`${signal?.id ?? 'candle history'}: ${errorLine(error)}`),
  })
  const trouble = from.feed === undefined ? undefined : new TroubleWatch(from.feed, context.log, () => context.stop())
  try {
    live.ready.catch((error: unknown) => {
      if (!context.signal.aborted) context.log.error(errorLine(error))
      context.stop()
    })
    if (from.replay === undefined) await untilStopped(context, conflator, screen)
    else await untilEnded(from.replay, context, screen)
    conflator.flush()
    screen?.draw(undefined)
  } finally {
    trouble?.[Symbol.dispose]()
  }
  if (context.isStrict && gapped > 0) return EXIT.gap
  if (printed > 0 || (!context.isTimeUp() && trouble?.isHopeless !== true)) return EXIT.ok
  context.log.error(`nothing was received: ${trouble?.lastReason ?? 'no connection was made in this time'}`)
  return EXIT.failed
}

/** What was measured of events of this kind, where it was. */
function withReliability(
  output: SignalOutput,
  { instruments }: OpenSource,
  measured: ReliabilityStore | undefined,
): SignalOutput {
  if (measured === undefined || output.kind !== 'signalEvent') return output
  const instrument = instruments.find(({ id }) => id === output.instruments[0])
  return instrument === undefined ? output : measured.fill(output, instrument)
}

async function untilStopped(context: Context, conflator: Conflator, screen: SignalScreen | undefined): Promise<void> {
  while (!context.signal.aborted) {
    conflator.advance(systemClock.nowUs())
    screen?.draw('Ctrl-C ends')
    await delay(screen === undefined ? 20 : FRAME_MS, undefined, { signal: context.signal }).catch(() => undefined)
  }
}

async function untilEnded(
  replay: NonNullable<OpenSource['replay']>,
  context: Context,
  screen: SignalScreen | undefined,
): Promise<void> {
  replay.play()
  const stopped = new Promise<'stopped'>(resolve => {
    if (context.signal.aborted) resolve('stopped')
    context.signal.addEventListener('abort', () => resolve('stopped'), { once: true })
  })
  const timer = systemClock.setTimer(FRAME_MS, () => screen?.draw(undefined))
  try {
    await Promise.race([replay.ended, stopped])
  } finally {
    timer[Symbol.dispose]()
  }
}
