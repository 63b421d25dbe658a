import { existsSync, readFileSync } from 'node:fs'
import { ConfigError, TickwireError } from '../model/error.ts'
import { type InstrumentId, symbolOf, venueOf } from '../model/instrument.ts'
import type { Replay } from '../replay/replay.ts'
import type { SignalInstrument } from '../signal/signal-kind.ts'
import { usualUnits } from './venue-table.ts'

const QUOTES = /^(.+?)(USDT|USDC|FDUSD|BUSD|USD|BTC|ETH|BNB|EUR|TRY)(_.*)?$/

/** What the units of a recording are, and how that is known. */
export interface RecordedInstruments {
  readonly instruments: readonly SignalInstrument[]
  /** One sentence for each that was assumed. */
  readonly notes: readonly string[]
}

/**
 * Units of what a recording holds: of the table that was recorded, otherwise the venue's usual ones, and said so. A file that is given wins.
 * @param table a file that `tickwire instruments --json` wrote
 * @throws ConfigError for a file that is none
 */
export async function recordedInstruments(
  replay: Pick<Replay, 'instruments'>,
  ids: readonly InstrumentId[],
  table: string | undefined,
): Promise<RecordedInstruments> {
  const known = new Map((table === undefined ? [] : readTable(table)).map(each => [each.id, each] as const))
  try {
    for (const each of await replay.instruments()) if (!known.has(each.id)) known.set(each.id, each)
  } catch (error) {
    // Most recordings hold no table of instruments; whatever else is wrong is ours.
    if (!(error instanceof TickwireError)) throw error
  }
  const notes: string[] = []
  const instruments = ids.map(id => {
    const found = known.get(id)
    if (found !== undefined) return found
    const usual = usualInstrument(id)
    const units = usual.isInverse ? `inverse contracts of ${usual.contractSize}` : 'base coins'
    notes.push(`${id}: no table tells its units; the venue's usual ones are taken: ${usual.kind}, ${units}.`)
    return usual
  })
  return { instruments, notes }
}

/**
 * What signals have to know of an instrument whose table is not at hand, as in recordings without one: the venue's usual units.
 * Steps are unknown.
 */
export function usualInstrument(id: InstrumentId): SignalInstrument {
  const symbol = symbolOf(id)
  const base = QUOTES.exec(symbol)?.[1] ?? symbol
  const { kind, unit, isInverse, contractSizeOf } = usualUnits(venueOf(id))
  return { id, kind, base, unit, contractSize: contractSizeOf(base), isInverse }
}

function readTable(path: string): readonly SignalInstrument[] {
  if (!existsSync(path)) throw new ConfigError(`--instruments: found no file "${path}".`)
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.flatMap((line, at) => {
    if (line.trim() === '') return []
    let row: unknown
    try {
      row = JSON.parse(line)
    } catch (cause) {
      throw new ConfigError(`--instruments: "${path}", line ${at + 1}: expected a JSON object.`, [], cause)
    }
    if (isInstrument(row)) return row
    throw new ConfigError(
      `--instruments: "${path}", line ${at + 1}: expected what "tickwire instruments --json" prints.`,
    )
  })
}

function isInstrument(value: unknown): value is SignalInstrument {
  if (typeof value !== 'object' || value === null) return false
  const fields = new Map<string, unknown>(Object.entries(value))
  const isText = ['id', 'kind', 'base', 'unit'].every(name => typeof fields.get(name) === 'string')
  return isText && typeof fields.get('contractSize') === 'number' && typeof fields.get('isInverse') === 'boolean'
}
