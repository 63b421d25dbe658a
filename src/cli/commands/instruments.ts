import { ConfigError, errorLine } from '../../model/error.ts'
import type { Instrument, InstrumentKind } from '../../model/instrument.ts'
import { nearest } from '../../model/nearest.ts'
import { padColumns } from '../columns.ts'
import { adapterFor, type CommonOptions, type Context, createContext, openFeed } from '../context.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { Output } from '../output.ts'
import { unlessStopped } from '../stop.ts'
import { unknownVenue, VENUE_IDS } from '../venue-table.ts'

export interface InstrumentsOptions extends CommonOptions {
  readonly base?: string
  readonly quote?: string
  readonly kind?: string
  readonly venue?: string
  readonly all?: boolean
}

const KINDS: readonly InstrumentKind[] = ['spot', 'perpetual', 'future', 'option']

/** `tickwire instruments`: what can be subscribed, with its steps and units. */
export async function instruments(options: InstrumentsOptions): Promise<ExitCode> {
  const context = await createContext(options)
  const kind = readKind(options.kind)
  const venues = readVenues(options.venue, [...context.endpoints.keys()])
  await using feed = openFeed(
    venues.map(venue => adapterFor(venue, context)),
    context,
  )
  const output = new Output(() => context.stop())
  let failed = 0
  let printed = 0
  if (!context.isJson) output.line(tableHead())
  for (const venue of venues) {
    if (printed >= context.count) break
    const table = await unlessStopped(feed.instruments(venue)).catch((error: unknown) => {
      failed++
      context.log.error(`${venue}: ${errorLine(error)}`)
      return []
    })
    if (table === undefined) return stoppedCode(context)
    for (const instrument of table) {
      if (!matches(instrument, options, kind) || printed >= context.count) continue
      printed++
      if (context.isJson) output.json(instrument)
      else output.line(tableRow(instrument))
    }
  }
  if (printed === 0 && failed === 0) context.log.warn('no instrument matches.')
  await output.flush()
  return failed > 0 ? EXIT.failed : EXIT.ok
}

/** Ctrl-C is no failure; a list that `--for` cut short is one. */
function stoppedCode(context: Context): ExitCode {
  if (!context.isTimeUp()) return EXIT.ok
  context.log.error('the instruments did not arrive in this time.')
  return EXIT.failed
}

function readKind(text: string | undefined): InstrumentKind | undefined {
  if (text === undefined) return undefined
  for (const kind of KINDS) if (kind === text) return kind
  throw new ConfigError(`--kind: expected one of ${KINDS.join(', ')}, was "${text}".`, nearest(text, KINDS))
}

/** `--venue a,b`; without it the venues of `--endpoints`, or all. */
function readVenues(text: string | undefined, pointed: readonly string[]): readonly string[] {
  if (text === undefined) return pointed.length > 0 ? pointed : VENUE_IDS
  const venues = text.split(',').map(venue => venue.trim())
  for (const venue of venues) if (!VENUE_IDS.includes(venue)) throw unknownVenue(venue)
  return venues
}

function matches(instrument: Instrument, options: InstrumentsOptions, kind: InstrumentKind | undefined): boolean {
  if (!options.all && !instrument.isTrading) return false
  if (kind !== undefined && instrument.kind !== kind) return false
  if (options.base !== undefined && instrument.base.toUpperCase() !== options.base.toUpperCase()) return false
  return options.quote === undefined || instrument.quote.toUpperCase() === options.quote.toUpperCase()
}

function tableHead(): string {
  return `${'instrument'.padEnd(38)} ${'kind'.padEnd(10)} ${'tick'.padStart(12)} ${'lot'.padStart(12)} ${'unit'.padEnd(10)} status`
}

function tableRow(instrument: Instrument): string {
  const unit =
    instrument.unit === 'base'
      ? instrument.base
      : `${instrument.contractSize} ${instrument.isInverse ? instrument.quote : instrument.base}`
  const { id, kind, status } = instrument
  const [tick, lot] = [instrument.tickSize, instrument.lotSize].map(step =>
    step === undefined ? '—' : shortened(step),
  )
  return `${padColumns(id, 38)} ${kind.padEnd(10)} ${tick?.padStart(12)} ${lot?.padStart(12)} ${padColumns(unit, 10)} ${status}`
}

/** `0.00100000` as `0.001`. */
function shortened(step: string): string {
  return step.includes('.') ? step.replace(/\.?0+$/, '') : step
}
