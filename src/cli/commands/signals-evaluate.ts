import { existsSync } from 'node:fs'
import { type Collected, collect } from '../../evaluate/collect/collect.ts'
import { type Evaluation, evaluate } from '../../evaluate/evaluate.ts'
import type { EvaluationConfig } from '../../evaluate/evaluation-config.ts'
import { checkPrefix, cutsOf, type PrefixCheck } from '../../evaluate/prefix-check.ts'
import { reliabilitiesOf } from '../../evaluate/reliabilities.ts'
import { htmlReport } from '../../evaluate/report/html.ts'
import { markdownReport } from '../../evaluate/report/markdown.ts'
import { reportOf } from '../../evaluate/report/report.ts'
import { configRecord, judge, type ReportFacts } from '../../evaluate/report-facts.ts'
import { rowsOf } from '../../evaluate/rows.ts'
import { type SearchEntry, trialsOf } from '../../evaluate/search-log.ts'
import { summaryOf } from '../../evaluate/summary.ts'
import { AbortedError, ConfigError } from '../../model/error.ts'
import type { InstrumentId } from '../../model/instrument.ts'
import { createReplay } from '../../replay/create-replay.ts'
import type { RecordedChannel, Replay } from '../../replay/replay.ts'
import type { SignalInstrument } from '../../signal/signal-kind.ts'
import { type Context, createContext } from '../context.ts'
import { type EvaluateOptions, readEvaluateOptions } from '../evaluate-options.ts'
import {
  appendSearch,
  hashOf,
  inFolder,
  makeReportFolder,
  mustBecomeFolder,
  mustBeWritable,
  readReliabilities,
  softwareVersion,
  storeReliabilities,
  writeRows,
  writeWhole,
} from '../evaluation-files.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { mustOverlap, readMoment } from '../moment.ts'
import { Output } from '../output.ts'
import { recordedInstruments } from '../recorded-instruments.ts'
import { openVenue, VENUE_IDS } from '../venue-table.ts'

/** `tickwire signals evaluate`: reads the recordings, writes the report, prints the verdicts. @throws ConfigError */
export async function signalsEvaluate(files: readonly string[], options: EvaluateOptions): Promise<ExitCode> {
  const config = readEvaluateOptions(options)
  const context = await createContext(options, true)
  prepare(options)
  const run = await Run.open(files, options, config, context)
  const { collected, checks } = await run.read()
  const facts = tryOut(evaluate(collected, run.instruments, config), checks, run, options)
  await writeAll(facts, options, context)
  return EXIT.ok
}

/** What would be refused when all is computed is refused now. @throws ConfigError */
function prepare({ out, log, store }: EvaluateOptions): void {
  mustBecomeFolder(out)
  if (log !== undefined) mustBeWritable('--log', log)
  if (store !== undefined) mustBeWritable('--store', store)
  const measured = store ?? inFolder(out, 'store')
  if (existsSync(measured)) readReliabilities(measured)
}

/** One set of recordings, read as often as the checks need it. */
class Run {
  readonly instruments: readonly SignalInstrument[]
  readonly provenance: Pick<ReportFacts['provenance'], 'files' | 'lines' | 'notes' | 'dataHash'>
  private readonly open: (toUs?: number) => Promise<Replay>
  private readonly config: EvaluationConfig
  private readonly context: Context

  private constructor(
    open: (toUs?: number) => Promise<Replay>,
    config: EvaluationConfig,
    context: Context,
    known: Pick<Run, 'instruments' | 'provenance'>,
  ) {
    this.open = open
    this.config = config
    this.context = context
    this.instruments = known.instruments
    this.provenance = known.provenance
  }

  static async open(
    files: readonly string[],
    options: EvaluateOptions,
    config: EvaluationConfig,
    context: Context,
  ): Promise<Run> {
    const ids = options.venue === undefined ? VENUE_IDS : [options.venue]
    const venues = ids.map(id => openVenue(id, { environment: 'live' }))
    const base = { files, venues, autoStart: false } as const
    await using look = await createReplay(base)
    const originUs = look.progress().timeUs
    const limits = {
      ...(options.from === undefined ? {} : { fromUs: readMoment('--from', options.from, originUs) }),
      ...(options.to === undefined ? {} : { toUs: readMoment('--to', options.to, originUs) }),
    }
    mustOverlap(limits, look.recording)
    const chosen = choose(look.recording.channels, options.instrument, config)
    const { instruments, notes } = await recordedInstruments(look, chosen, options.instruments)
    const { lines, notes: told, fromUs, toUs } = look.recording
    const dataHash = hashOf([lines, fromUs, toUs, look.recording.channels, limits])
    const open = (toUs?: number): Promise<Replay> =>
      createReplay({ ...base, ...limits, ...(toUs === undefined ? {} : { toUs }) })
    const provenance = { files: look.recording.files, lines, notes: [...told, ...notes], dataHash }
    return new Run(open, config, context, { instruments, provenance })
  }

  /** Once whole, then cut off twice: what was said up to there must be the same. */
  async read(): Promise<{ readonly collected: Collected; readonly checks: readonly PrefixCheck[] }> {
    const collected = await this.once()
    for (const error of collected.errors) this.context.log.warn(error)
    const checks: PrefixCheck[] = []
    for (const cutUs of cutsOf(collected.fromUs, collected.untilUs)) {
      const cut = await this.once(cutUs)
      checks.push(checkPrefix(collected.trails, cut.trails, cutUs))
    }
    return { collected, checks }
  }

  private async once(toUs?: number): Promise<Collected> {
    await using source = await this.open(toUs)
    const stop = (): void => void source[Symbol.asyncDispose]()
    this.context.signal.addEventListener('abort', stop, { once: true })
    const { instruments, config } = this
    try {
      const channels = held(source.recording.channels)
      const collected = await collect({ source, held: channels, instruments, config, untilUs: toUs })
      if (this.context.signal.aborted) throw new AbortedError('the evaluation was stopped')
      return collected
    } finally {
      this.context.signal.removeEventListener('abort', stop)
    }
  }
}

function held(channels: readonly RecordedChannel[]): ReadonlyMap<InstrumentId, ReadonlySet<string>> {
  const found = new Map<InstrumentId, Set<string>>()
  for (const { instrument, channel } of channels)
    found.set(instrument, (found.get(instrument) ?? new Set()).add(channel))
  return found
}

/** What was asked for, or everything that has a price. @throws ConfigError naming what the recording holds */
function choose(
  channels: readonly RecordedChannel[],
  wanted: readonly string[] | undefined,
  config: EvaluationConfig,
): readonly InstrumentId[] {
  const prices = config.sizeQuote === undefined ? ['quote', 'book'] : ['book']
  const able = channels.filter(each => prices.includes(each.channel) && each.messages > 0).map(each => each.instrument)
  const ids = [...new Set(able)]
  const missing = wanted?.find(name => !ids.some(id => id === name))
  const held = ids.length === 0 ? 'none' : ids.join(', ')
  const what = `the recording has ${prices.join(' or ')} of ${held}`
  if (missing !== undefined) throw new ConfigError(`--instrument: no prices of "${missing}": ${what}.`)
  const chosen = ids.filter(id => wanted?.includes(id) ?? true)
  if (chosen.length > 0) return chosen
  throw new ConfigError(`${what}: nobody can tell what a taker would have paid.`)
}

/** Writes down what was tried before anything is judged by how much was tried. */
function tryOut(
  evaluation: Evaluation,
  checks: readonly PrefixCheck[],
  run: Run,
  options: EvaluateOptions,
): ReportFacts & { readonly tried: readonly SearchEntry[] } {
  const { config, groups } = evaluation
  const at = new Date().toISOString()
  const { side, cross, headlineMs, latencyMs, sizeQuote } = config
  makeReportFolder(options.out)
  const added = groups.map(group => ({
    at,
    signal: group.type,
    variant: hashOf([group.type, group.variant, side, cross ?? null, headlineMs, latencyMs, sizeQuote ?? null]),
    data: run.provenance.dataHash,
    independent: group.headline.independent,
    ...(group.sharpe === undefined ? {} : { sharpePerTrade: group.sharpe.perTrade }),
  }))
  const tried = appendSearch(options.log ?? inFolder(options.out, 'search'), added)
  const provenance = {
    writtenAt: at,
    software: softwareVersion(),
    configHash: hashOf(configRecord(config)),
    ...run.provenance,
  }
  const facts = judge(evaluation, provenance, checks, trialsOf(tried))
  return { ...facts, tried }
}

async function writeAll(
  facts: ReportFacts & { readonly tried: readonly SearchEntry[] },
  options: EvaluateOptions,
  context: Context,
): Promise<void> {
  const { out } = options
  const report = reportOf(facts)
  await writeRows(inFolder(out, 'rows'), rowsOf(facts, facts.tried))
  writeWhole(inFolder(out, 'summary'), `${JSON.stringify(summaryOf(facts), null, 2)}\n`)
  writeWhole(inFolder(out, 'markdown'), markdownReport(report))
  writeWhole(inFolder(out, 'html'), htmlReport(report))
  storeReliabilities(options.store ?? inFolder(out, 'store'), reliabilitiesOf(facts))
  const output = new Output(() => context.stop())
  for (const { group, verdict } of facts.judged) {
    const { type, variant } = group
    if (context.isJson) output.json({ signal: type, variant, ...verdict })
    else output.line(`${group.isTerm || variant.length > 160 ? type : variant}: ${verdict.words}`)
  }
  await output.flush()
  context.log.info(`${inFolder(out, 'html')}, ${inFolder(out, 'markdown')} and the rows behind them`)
}
