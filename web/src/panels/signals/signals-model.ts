import { computed, signal } from '@preact/signals'
import type { RefusedSignal, SignalReading, SignalsData } from '../../../../src/server/protocol.ts'
import type { SignalEvent } from '../../../../src/signal/signal.ts'
import type { PanelData } from '../../link/messages.ts'
import { mutedSignals } from '../../state/settings.ts'

const KEPT = 500

/** All events of one episode: start, updates, end. */
export interface Episode {
  readonly id: string
  /** The newest event of it. */
  readonly event: SignalEvent
  readonly startUs: number
  /** Events of it that are known. */
  readonly count: number
}

export interface SignalFilter {
  readonly type: string
  /** One market; empty shows all that were seen. */
  readonly market: string
  readonly minStrength: number
  /** Only what rests on whole and current data. */
  readonly isWholeOnly: boolean
}

export const NO_FILTER: SignalFilter = { type: '', market: '', minStrength: 0, isWholeOnly: false }

/** Events of signals as they came, and what each signal says now. */
export class SignalsModel {
  readonly events = signal<readonly SignalEvent[]>([])
  readonly readings = signal<readonly SignalReading[]>([])
  readonly refused = signal<readonly RefusedSignal[]>([])
  readonly sinceUs = signal(0)
  /** Events that the server does not keep any more. */
  readonly dropped = signal(0)
  /** Options that are not the usual ones, by signal. */
  readonly options = signal<SignalsData['options']>({})
  readonly filter = signal<SignalFilter>(NO_FILTER)
  /** Events of markets that were shown before: nothing is added to them while others are. */
  private readonly earlier = signal<readonly SignalEvent[]>([])

  /** Newest first by their beginning, so that an episode that goes on does not jump. */
  readonly episodes = computed<readonly Episode[]>(() => {
    const found = new Map<string, Episode>()
    const own = new Set(this.events.value.map(event => event.id))
    const all = [...this.earlier.value.filter(event => !own.has(event.id)), ...this.events.value]
    for (const event of all) {
      const known = found.get(event.id)
      found.set(event.id, {
        id: event.id,
        event,
        startUs: known?.startUs ?? event.timeUs,
        count: (known?.count ?? 0) + 1,
      })
    }
    return [...found.values()].sort((a, b) => b.startUs - a.startUs)
  })

  /** Markets of which there are events. */
  readonly markets = computed<readonly string[]>(() => {
    return [...new Set(this.episodes.value.map(({ event }) => marketOf(event)))].sort()
  })

  readonly shown = computed<readonly Episode[]>(() => {
    const { type, market, minStrength, isWholeOnly } = this.filter.value
    const muted = mutedSignals.value
    return this.episodes.value.filter(({ event }) => {
      if (muted.includes(event.type) && type !== event.type) return false
      if (type !== '' && event.type !== type) return false
      if (market !== '' && marketOf(event) !== market) return false
      if (event.strength < minStrength) return false
      return !isWholeOnly || isWhole(event)
    })
  })

  readonly types = computed<readonly string[]>(() => {
    return [
      ...new Set([...this.readings.value.map(one => one.signal), ...this.events.value.map(one => one.type)]),
    ].sort()
  })

  /** Another market is shown from now on; what was said of this one stays in the list. */
  clear(): void {
    const told = this.events.peek()
    const ids = new Set(told.map(event => event.id))
    this.earlier.value = [...this.earlier.peek().filter(event => !ids.has(event.id)), ...told].slice(-KEPT)
    this.events.value = []
    this.readings.value = []
    this.refused.value = []
    this.dropped.value = 0
  }

  accept(message: PanelData): void {
    if (message.content.as !== 'json') return
    const { data } = message.content
    if (!isSignals(data)) return
    // An unchanged list is left alone: nothing is drawn for it.
    if (message.isSnapshot) this.events.value = data.events
    else if (data.events.length > 0) this.events.value = [...this.events.value, ...data.events].slice(-KEPT)
    this.readings.value = data.readings
    if (data.refused.length !== this.refused.value.length) this.refused.value = data.refused
    this.options.value = data.options
    this.sinceUs.value = data.sinceUs
    this.dropped.value = data.dropped
  }
}

/** The market of an event; of several the first. */
export function marketOf({ instruments }: SignalEvent): string {
  return instruments[0] ?? ''
}

/** Nothing was missing, late or too old when it was said. */
export function isWhole({ quality }: SignalEvent): boolean {
  return quality.state === 'ok' && quality.gaps === 0
}

function isSignals(data: unknown): data is SignalsData {
  return typeof data === 'object' && data !== null && 'events' in data && Array.isArray(data.events)
}

export const signalsModel = new SignalsModel()
