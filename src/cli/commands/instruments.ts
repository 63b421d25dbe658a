import { createFeed } from '../../feed/create-feed.ts'
import { ConfigError, errorLine } from '../../model/error.ts'
import type { Instrument, InstrumentKind } from '../../model/instrument.ts'
import { nearest } from '../../model/nearest.ts'
import { adapterFor, type CommonOptions, createContext } from '../context.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { Output } from '../output.ts'
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
  await using feed = createFeed({ venues: venues.map(venue => adapterFor(venue, context)) })
  const output = new Output(() => context.stop())
  let failed = 0
  let printed = 0
  if (!context.isJson) output.line(tableHead())
  for (const venue of venues) {
    const table = await feed.instruments(venue).catch((error: unknown) => {
      failed++
      context.log.error(`${venue}: ${errorLine(error)}`)
      return []
    })
    for (const instrument of table) {
      if (!matches(instrument, options, kind) || printed >= context.count) continue
      printed++
      if (context.isJson) output.json(instrument)
      else output.line(tableRow(instrument))
    }
  }
  await output.flush()
  return failed > 0 ? EXIT.failed : EXIT.ok
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
  const { id, kind, tickSize = '—', lotSize = '—', status } = instrument
  return `${id.padEnd(38)} ${kind.padEnd(10)} ${tickSize.padStart(12)} ${lotSize.padStart(12)} ${unit.padEnd(10)} ${status}`
}
