import type { Reliability, SignalEvent, SignalParams } from '../signal/signal.ts'
import type { SignalInstrument } from '../signal/signal-kind.ts'
import { paramsText } from './collect/subject-signal.ts'

/** What was measured of one signal with one set of options on one class of instruments. */
export interface StoredReliability {
  readonly type: string
  /** As {@link paramsText} writes them. */
  readonly params: string
  readonly symbolClass: string
  readonly reliability: Reliability
}

/** Instruments that are compared with one another: of the same kind and the same base asset, such as `perpetual BTC`. */
export function symbolClassOf(instrument: Pick<SignalInstrument, 'kind' | 'base'>): string {
  return `${instrument.kind} ${instrument.base}`
}

/** What was measured before. The newest of each wins. */
export class ReliabilityStore {
  private readonly entries = new Map<string, StoredReliability>()

  constructor(entries: Iterable<StoredReliability> = []) {
    for (const entry of entries) this.put(entry)
  }

  get size(): number {
    return this.entries.size
  }

  put(entry: StoredReliability): void {
    this.entries.set(keyOf(entry.type, entry.params, entry.symbolClass), entry)
  }

  /** Null where nothing was measured with exactly these options on this class. */
  find(type: string, params: SignalParams, instrument: Pick<SignalInstrument, 'kind' | 'base'>): Reliability | null {
    return this.entries.get(keyOf(type, paramsText(params), symbolClassOf(instrument)))?.reliability ?? null
  }

  /** The event with what was measured of its kind, or with null. */
  fill(event: SignalEvent, instrument: Pick<SignalInstrument, 'kind' | 'base'>): SignalEvent {
    return { ...event, reliability: this.find(event.type, event.params, instrument) }
  }

  all(): readonly StoredReliability[] {
    return [...this.entries.values()]
  }
}

function keyOf(type: string, params: string, symbolClass: string): string {
  return JSON.stringify([type, params, symbolClass])
}

/** Reads what was stored; whatever has another form is left out, so that nothing half-known is shown. */
export function parseReliabilities(value: unknown): readonly StoredReliability[] {
  return Array.isArray(value) ? value.flatMap((entry: unknown) => parseStored(entry) ?? []) : []
}

const NUMBERS = ['horizonMs', 'n', 'hitRate', 'low95', 'high95', 'baseRate', 'meanNetBps'] as const

function parseStored(value: unknown): StoredReliability | undefined {
  const fields = fieldsOf(value)
  const [type, params, symbolClass] = ['type', 'params', 'symbolClass'].map(name => fields.get(name))
  const figures = fieldsOf(fields.get('reliability'))
  const measuredOn = figures.get('measuredOn')
  const [horizonMs, n, hitRate, low95, high95, baseRate, meanNetBps] = NUMBERS.map(name => {
    const figure = figures.get(name)
    return typeof figure === 'number' && Number.isFinite(figure) ? figure : undefined
  })
  if (typeof type !== 'string' || typeof params !== 'string' || typeof symbolClass !== 'string') return undefined
  if (typeof measuredOn !== 'string' || horizonMs === undefined || n === undefined || hitRate === undefined)
    return undefined
  if (low95 === undefined || high95 === undefined || baseRate === undefined || meanNetBps === undefined)
    return undefined
  const reliability = { horizonMs, n, hitRate, low95, high95, baseRate, meanNetBps, measuredOn }
  return { type, params, symbolClass, reliability }
}

function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : [])
}
