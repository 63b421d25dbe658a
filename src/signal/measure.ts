import { ConfigError } from '../model/error.ts'
import type { GapEvent, TradeEvent } from '../model/event.ts'
import type { InstrumentId } from '../model/instrument.ts'
import { type DurationMs, type EpochUs, epochUs } from '../model/time.ts'
import { GapLedger, type GapSpan } from './gap-ledger.ts'
import { SeenIds } from './seen-ids.ts'
import type {
  SignalInput,
  SignalNeed,
  SignalOutlet,
  SignalParams,
  SignalQuality,
  SignalState,
  SignalValue,
} from './signal.ts'
import { streamKey } from './stream-key.ts'

/**
 * What a signal does about missing inputs. `reset`: it forgets everything and warms up anew. `mark`: it goes on and says
 * `gapped` until the gap has left its window. `repair`: as `mark`, and trades that are brought later are counted after all.
 */
export type GapPolicy = 'reset' | 'mark' | 'repair'

/** Late inputs are taken for so long, live; in a replay everything is there, `Infinity`. */
export const DEFAULT_LATENESS_MS = 2000

/** No input is stamped after the second that is told, but by a clock that has been set back since. */
const SET_BACK_US = 1_000_000

export interface MeasureSetup {
  readonly id: string
  readonly instruments: readonly InstrumentId[]
  readonly params: SignalParams
  readonly needs: readonly SignalNeed[]
  /** Unit of the value. */
  readonly unit: string
  readonly gapPolicy: GapPolicy
  /** Silence after which the last value is `stale`, for all channels or for each; Infinity where silence is normal. */
  readonly staleAfterMs: DurationMs | ReadonlyMap<SignalNeed, DurationMs>
  /** Gaps older than this count no more. Without it they count until {@link Measure.anchor}. */
  readonly windowMs?: DurationMs | undefined
  /** @default 2000 */
  readonly latenessMs?: DurationMs | undefined
  /** Values are of slices of time: a gap behind the last one says nothing against it. */
  readonly isSliced?: boolean | undefined
}

/**
 * What an input is to a signal before its content is looked at. Only `data` is to be counted; `gap` asks a signal whose policy
 * is `reset` to forget; `duplicate`, `late` and `ignored` are not for it.
 */
export type Reception = 'data' | 'duplicate' | 'late' | 'ignored' | 'invalid' | 'gap' | 'healing' | 'resync' | 'second'

/** What a signal says; the state and the quality are added by {@link Measure}. */
export interface Figures {
  readonly timeUs: EpochUs
  readonly receiveTimeUs: EpochUs
  /** Absent while the signal is warming up. */
  readonly value?: number | undefined
  readonly values?: SignalValue['values']
  readonly rows?: SignalValue['rows']
  /** Inputs the value rests on. */
  readonly n: number
  /** @default the first input since the start, the reset or the anchor */
  readonly sinceUs?: EpochUs | undefined
  /** Gaps that touch what was measured. @default those of the window, or since the anchor */
  readonly gaps?: number | undefined
  /** The input contradicts itself: the value is withheld. */
  readonly isInvalid?: boolean | undefined
  /** There is a value, but not of enough inputs. */
  readonly isWarming?: boolean | undefined
  readonly coverage?: SignalQuality['coverage']
  readonly converged?: boolean | undefined
  readonly isRevised?: boolean | undefined
  /** Of a slice of time that is over: silence since then does not make it stale. */
  readonly isPast?: boolean | undefined
}

/**
 * What all signals share: which inputs count, what a gap, silence and lateness mean, and the envelope of every value. A signal
 * has one, shows it every input first, and speaks through it.
 */
export class Measure {
  readonly setup: MeasureSetup
  readonly gaps = new GapLedger()
  lateDropped = 0
  /** Exchange time of the newest input; 0 before the first. */
  newestUs = epochUs(0)
  private repaired: GapSpan | undefined
  private readonly latenessUs: number
  private readonly staleAfterUs: readonly (readonly [SignalNeed, number])[]
  /** Of each channel: exchange time and receive time of its newest input. */
  private readonly heard = new Map<string, { timeUs: number; receiveTimeUs: number }>()
  private readonly ids = new Map<InstrumentId, SeenIds>()
  private since: EpochUs | undefined
  private last: SignalValue | undefined
  private lastReceiveUs = epochUs(0)
  /** When the newest input by exchange time was received. */
  private newestReceiveUs = epochUs(0)
  private isBehind = false

  /** @throws ConfigError for a lateness or staleness that is below 0 */
  constructor(setup: MeasureSetup) {
    this.setup = setup
    const { latenessMs = DEFAULT_LATENESS_MS, staleAfterMs, needs } = setup
    if (!(latenessMs >= 0)) throw new ConfigError(`latenessMs must be 0 or more, was ${latenessMs}.`)
    this.latenessUs = latenessMs * 1000
    this.staleAfterUs = needs.map(need => {
      const limitMs = typeof staleAfterMs === 'number' ? staleAfterMs : (staleAfterMs.get(need) ?? Infinity)
      if (!(limitMs > 0)) throw new ConfigError(`staleAfterMs must be above 0, was ${limitMs}.`)
      return [need, limitMs * 1000] as const
    })
  }

  /** Exchange time from which on inputs were taken; undefined before the first. */
  get sinceUs(): EpochUs | undefined {
    return this.since
  }

  /** What the signal said last. */
  get lastValue(): SignalValue | undefined {
    return this.last
  }

  /** Judges an input, and says by itself what follows from a gap, from silence and from nonsense. */
  receive(input: SignalInput, outlet: SignalOutlet): Reception {
    switch (input.kind) {
      case 'second':
        this.isBehind = input.behind !== undefined && this.isAmong(input.behind)
        this.watch(input.receiveTimeUs, outlet)
        return 'second'
      case 'gap':
        return this.gap(input, outlet)
      case 'resync':
        this.continues(input.channel, this.newestUs)
        return 'resync'
      case 'bookState':
        if (input.book.state !== 'synced') return 'ignored'
        return this.data('book', timeOf(input), input.receiveTimeUs)
      case 'kline':
        return this.data(`kline:${input.interval}`, timeOf(input), input.receiveTimeUs)
      case 'trade':
        return this.trade(input, outlet)
      case 'quote':
      case 'markPrice':
      case 'openInterest':
      case 'liquidation':
        return this.data(input.kind, timeOf(input), input.receiveTimeUs)
    }
  }

  /** Begins anew at a time of the signal's own: gaps before it are none of its business any more. */
  anchor(timeUs: EpochUs): void {
    this.since = timeUs
    this.gaps.forget(timeUs)
  }

  /** Forgets since when, too: the next input is the first. */
  restart(): void {
    this.since = undefined
  }

  /**
   * Exchange time before which, at a second of silence, nothing more is expected: as far behind our clock as the newest input
   * was when it came, however the clocks differ, and by the lateness further. -Infinity while what it is fed from is behind:
   * then silence proves nothing.
   */
  silentUntil(receiveTimeUs: EpochUs): number {
    if (this.isBehind) return Number.NEGATIVE_INFINITY
    return this.newestUs + Math.max(0, receiveTimeUs - this.newestReceiveUs) - this.latenessUs
  }

  /** True when something is missing in `[fromUs, untilUs)`, or it began before the first input did. */
  isIncomplete(fromUs: number, untilUs: number): boolean {
    return this.since === undefined || this.since > fromUs || this.gaps.within(fromUs, untilUs) > 0
  }

  /** The gap whose last missing trade has just been brought; told once. */
  takeRepaired(): GapSpan | undefined {
    const { repaired } = this
    this.repaired = undefined
    return repaired
  }

  /** An input that is left out, because what it belongs to is over and forgotten. */
  drop(): void {
    this.lateDropped++
  }

  /** Says a value. */
  emit(figures: Figures, outlet: SignalOutlet): void {
    const { windowMs } = this.setup
    if (windowMs !== undefined) this.gaps.forget(figures.timeUs - windowMs * 1000)
    const gaps = figures.gaps ?? this.gaps.count
    const judged = stateOf(figures, gaps)
    const isValued = judged === 'ok' || judged === 'gapped'
    const isOfNow = judged === 'ok' && figures.isPast !== true
    const state = isOfNow && this.isStaleAt(figures.receiveTimeUs) ? 'stale' : judged
    const said = this.envelope(figures, state, gaps, isValued)
    this.last = said
    outlet.emit(said)
  }

  private envelope(figures: Figures, state: SignalState, gaps: number, isValued: boolean): SignalValue {
    const { id, instruments, params, unit } = this.setup
    const { coverage, converged, isRevised } = figures
    const instrument = instruments[0]
    if (instrument === undefined) throw new ConfigError(`${id}: expected an instrument, received none.`)
    return {
      kind: 'signal',
      signal: id,
      instrument,
      params,
      timeUs: figures.timeUs,
      receiveTimeUs: figures.receiveTimeUs,
      ...(isValued && figures.value !== undefined ? { value: figures.value } : {}),
      ...(isValued && figures.values !== undefined ? { values: figures.values } : {}),
      ...(isValued && figures.rows !== undefined ? { rows: figures.rows } : {}),
      unit,
      state,
      quality: {
        n: figures.n,
        sinceUs: figures.sinceUs ?? this.since ?? figures.timeUs,
        lateDropped: this.lateDropped,
        gaps,
        ageMs: Math.max(0, figures.receiveTimeUs - this.lastReceiveUs) / 1000,
        ...(coverage === undefined ? {} : { coverage }),
        ...(converged === undefined ? {} : { converged }),
      },
      ...(isRevised ? { revised: true } : {}),
    }
  }

  private trade(input: TradeEvent, outlet: SignalOutlet): Reception {
    if (!this.setup.needs.includes(input.channel)) return 'ignored'
    if (input.special !== undefined) {
      // It counts for nothing but the ids that were missing.
      if (input.recovered && this.isNew(input)) this.repaired = this.gaps.repaired(input) ?? this.repaired
      return 'ignored'
    }
    if (!(input.quantity >= 0 && input.price > 0)) {
      this.mark('invalid', input.receiveTimeUs, outlet)
      return 'invalid'
    }
    if (!this.isNew(input)) return 'duplicate'
    const timeUs = timeOf(input)
    if (input.recovered && this.setup.gapPolicy === 'repair') {
      this.repaired = this.gaps.repaired(input) ?? this.repaired
      this.taken(input.channel, timeUs, input.receiveTimeUs)
      return 'data'
    }
    return this.data(input.channel, timeUs, input.receiveTimeUs)
  }

  private isNew({ instrument, id }: TradeEvent): boolean {
    let ids = this.ids.get(instrument)
    if (ids === undefined) {
      ids = new SeenIds()
      this.ids.set(instrument, ids)
    }
    return ids.add(id)
  }

  private data(channel: string, timeUs: EpochUs, receiveTimeUs: EpochUs): Reception {
    // Each channel by its own clock: one that sends no time stands on ours.
    const heard = this.heard.get(channel)
    if (heard !== undefined && timeUs < heard.timeUs - this.latenessUs) {
      this.lateDropped++
      return 'late'
    }
    this.taken(channel, timeUs, receiveTimeUs)
    return 'data'
  }

  private taken(channel: string, timeUs: EpochUs, receiveTimeUs: EpochUs): void {
    if (this.gaps.count > 0) this.continues(channel, timeUs)
    this.since ??= timeUs
    if (timeUs >= this.newestUs) {
      this.newestUs = timeUs
      this.newestReceiveUs = receiveTimeUs
    }
    if (receiveTimeUs > this.lastReceiveUs) this.lastReceiveUs = receiveTimeUs
    const heard = this.heard.get(channel)
    if (heard === undefined) this.heard.set(channel, { timeUs, receiveTimeUs })
    else {
      if (timeUs > heard.timeUs) heard.timeUs = timeUs
      if (receiveTimeUs > heard.receiveTimeUs) heard.receiveTimeUs = receiveTimeUs
    }
  }

  private continues(channel: string, timeUs: EpochUs): void {
    if (!this.gaps.isOpen(channel)) return
    if (this.setup.gapPolicy === 'reset') this.gaps.forgetChannel(channel)
    else this.gaps.close(channel, timeUs)
  }

  private gap(input: GapEvent, outlet: SignalOutlet): Reception {
    const isNeeded = this.setup.needs.some(need => need === input.channel)
    if (!isNeeded) return 'ignored'
    // A venue that counts anew uses ids that have been before.
    if (input.reason === 'venue' && input.from === undefined) this.ids.delete(input.instrument)
    // What was missing follows, event by event: nothing is lost.
    if (input.healed) return 'healing'
    const heard = this.heard.get(input.channel)
    // Nothing was taken yet, so that nothing can be missing in it.
    if (heard === undefined) return 'ignored'
    this.gaps.add(input, heard.timeUs)
    if (this.setup.gapPolicy === 'reset') this.since = undefined
    this.mark('gapped', input.receiveTimeUs, outlet)
    return 'gap'
  }

  /** Once per silence; the next input that counts ends it. */
  private watch(nowUs: EpochUs, outlet: SignalOutlet): void {
    // Inputs are stamped in the future where our clock was set back meanwhile: their age is counted from now on.
    for (const heard of this.heard.values()) if (heard.receiveTimeUs > nowUs + SET_BACK_US) heard.receiveTimeUs = nowUs
    if (this.last === undefined || this.last.state === 'stale') return
    if (this.isStaleAt(nowUs)) this.mark('stale', nowUs, outlet)
  }

  private isAmong(streams: ReadonlySet<string>): boolean {
    const { instruments, needs } = this.setup
    return instruments.some(instrument => needs.some(need => streams.has(streamKey(instrument, need))))
  }

  private isStaleAt(nowUs: EpochUs): boolean {
    for (const [need, limitUs] of this.staleAfterUs) {
      const heard = this.heard.get(need)
      if (heard !== undefined && nowUs - heard.receiveTimeUs > limitUs) return true
    }
    return false
  }

  /** The last value again, in another state. A reset signal has none any more. */
  private mark(state: SignalState, receiveTimeUs: EpochUs, outlet: SignalOutlet): void {
    const last = this.last
    const { gapPolicy, isSliced } = this.setup
    const isForgotten = (state === 'gapped' && (gapPolicy === 'reset' || isSliced === true)) || state === 'invalid'
    const figures: Figures = {
      timeUs: last?.timeUs ?? this.newestUs,
      receiveTimeUs,
      n: isForgotten ? 0 : (last?.quality.n ?? 0),
      sinceUs: last?.quality.sinceUs,
      coverage: last?.quality.coverage,
      converged: last?.quality.converged,
      ...(isForgotten ? {} : { value: last?.value, values: last?.values, rows: last?.rows }),
    }
    const said = this.envelope(figures, state, this.gaps.count, !isForgotten)
    this.last = said
    outlet.emit(said)
  }
}

/** The time signals run on: the venue's own; the time of receipt where it sends none, of candles the opening. */
export function timeOf(input: Exclude<SignalInput, { kind: 'second' }>): EpochUs {
  const { exchangeTimeUs } = input
  if (exchangeTimeUs !== undefined && exchangeTimeUs !== 0) return exchangeTimeUs
  // Candles from REST carry none; what they tell was true from their opening on.
  return input.kind === 'kline' ? input.openTimeUs : input.receiveTimeUs
}

function stateOf(figures: Figures, gaps: number): SignalState {
  if (figures.isInvalid) return 'invalid'
  if (gaps > 0) return 'gapped'
  if (figures.isWarming === true || (figures.value === undefined && figures.values === undefined)) return 'warming'
  return 'ok'
}
