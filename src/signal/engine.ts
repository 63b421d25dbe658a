import { ConfigError, errorLine } from '../model/error.ts'
import type { KlineEvent } from '../model/event.ts'
import { type InstrumentId, venueOf } from '../model/instrument.ts'
import { type EpochUs, epochUs } from '../model/time.ts'
import type { Signal, SignalHistory, SignalInput, SignalNeed, SignalOutlet, SignalOutput } from './signal.ts'
import { streamKey } from './stream-key.ts'

const SECOND_US = 1_000_000
/** Events wait for others before them for less than this: one that was received longer ago was stamped by another time. */
const MOST_HELD_SECONDS = 30
/** A longer jump of receive time is no silence: the seconds inside are left out, and counted. */
const MOST_SECONDS = 7 * 86_400

export interface SignalsOptions {
  readonly signals?: readonly Signal[]
  readonly onOutput: (output: SignalOutput) => void
  /** A signal, or `onOutput`, threw: it is contained and counted. */
  readonly onError?: ((error: unknown, signal: Signal) => void) | undefined
  /** Streams (by {@link streamKey}) of which silence proves nothing now; asked before seconds are told. @default none */
  readonly behind?: (() => ReadonlySet<string>) | undefined
  /**
   * Our clock, where it runs: an input that was stamped before the clock was set back, and waited, tells of no second to come.
   * @default the inputs' own stamps
   */
  readonly nowUs?: (() => EpochUs) | undefined
}

export interface SignalStatus {
  readonly signal: Signal
  readonly inputs: number
  readonly outputs: number
  readonly errors: number
  readonly lastError: string | undefined
}

/** One channel of an instrument that some signal has to be fed with. */
export interface NeededStream {
  readonly instrument: InstrumentId
  readonly need: SignalNeed
}

/**
 * Feeds signals: each gets what it needs of its own instruments, and every second of receive time. Equal inputs in equal order
 * give equal outputs, live and in a replay.
 */
export interface SignalEngine {
  /** An input, in the order of receipt; the seconds that have passed before it come first. */
  accept(input: SignalInput): void
  /** Time has passed, with or without an input: a live timer calls it, a replay need not. */
  advance(receiveTimeUs: EpochUs): void
  /** Closed candles of the past, oldest first: of what they lead to only the newest value is told. */
  preload(candles: readonly KlineEvent[]): void
  add(signal: Signal): void
  remove(signal: Signal): void
  /** Removes a signal that cannot be fed; it says so with a last value, which has the reason. */
  refuse(signal: Signal, reason: string, receiveTimeUs: EpochUs): void
  /** Everything that has to be observed. */
  needs(): readonly NeededStream[]
  /** Candles that have to be preloaded, the most that any signal asks for. */
  history(): readonly (SignalHistory & { readonly instrument: InstrumentId })[]
  status(): readonly SignalStatus[]
  /** Seconds left out in a jump of receive time of more than seven days. */
  readonly skippedSeconds: number
}

/**
 * @example
 * const engine = createSignals({ signals: [makeSignal(flowCvd, instrument)], onOutput: console.log })
 * engine.accept(trade)
 */
export function createSignals(options: SignalsOptions): SignalEngine {
  return new Engine(options)
}

/** A signal and what it has done. */
class Seat implements SignalOutlet {
  readonly signal: Signal
  inputs = 0
  outputs = 0
  errors = 0
  lastError: string | undefined
  /** While set, values are kept back and only the newest is told. */
  held: SignalOutput[] | undefined
  private readonly options: SignalsOptions

  constructor(signal: Signal, options: SignalsOptions) {
    this.signal = signal
    this.options = options
  }

  feed(input: SignalInput): void {
    this.inputs++
    try {
      this.signal.accept(input, this)
    } catch (error) {
      this.failed(error)
    }
  }

  emit(output: SignalOutput): void {
    if (this.held !== undefined) {
      this.held[0] = output
      return
    }
    this.outputs++
    // What a listener throws must not end the signal in the middle of its work.
    try {
      this.options.onOutput(output)
    } catch (error) {
      this.failed(error)
    }
  }

  private failed(error: unknown): void {
    this.errors++
    this.lastError = errorLine(error)
    this.options.onError?.(error, this.signal)
  }
}

class Engine implements SignalEngine {
  skippedSeconds = 0
  private readonly options: SignalsOptions
  private seats: readonly Seat[] = []
  /** By instrument (or `venue:*`), then by channel. */
  private routes = new Map<string, Map<string, Seat[]>>()
  private lastSecond: number | undefined

  constructor(options: SignalsOptions) {
    this.options = options
    for (const signal of options.signals ?? []) this.add(signal)
  }

  add(signal: Signal): void {
    if (this.seats.some(seat => seat.signal === signal)) return
    this.seats = [...this.seats, new Seat(signal, this.options)]
    this.reroute()
  }

  remove(signal: Signal): void {
    this.seats = this.seats.filter(seat => seat.signal !== signal)
    this.reroute()
  }

  refuse(signal: Signal, reason: string, receiveTimeUs: EpochUs): void {
    const seat = this.seats.find(other => other.signal === signal)
    this.remove(signal)
    seat?.emit(refusedValue(signal, reason, receiveTimeUs))
  }

  accept(input: SignalInput): void {
    if (input.kind === 'second') {
      this.advance(input.receiveTimeUs)
      return
    }
    this.begin(input.receiveTimeUs, MOST_HELD_SECONDS)
    const seats = this.routes.get(input.instrument)?.get(channelOf(input))
    if (seats === undefined) return
    for (let at = 0; at < seats.length; at++) seats[at]?.feed(input)
  }

  advance(receiveTimeUs: EpochUs): void {
    // Before the first input there is nothing whose silence could mean something.
    if (this.lastSecond !== undefined) this.begin(receiveTimeUs, 1)
  }

  preload(candles: readonly KlineEvent[]): void {
    for (const seat of this.seats) seat.held = []
    for (const candle of candles) {
      for (const seat of this.seats) if (wantsHistory(seat.signal, candle)) seat.feed(candle)
    }
    for (const seat of this.seats) {
      const [newest] = seat.held ?? []
      seat.held = undefined
      if (newest !== undefined) seat.emit(newest)
    }
  }

  needs(): readonly NeededStream[] {
    const found = new Map<string, NeededStream>()
    for (const { signal } of this.seats) {
      for (const instrument of signal.instruments) {
        for (const need of signal.needs) found.set(streamKey(instrument, need), { instrument, need })
      }
    }
    return [...found.values()]
  }

  history(): readonly (SignalHistory & { readonly instrument: InstrumentId })[] {
    const found = new Map<string, SignalHistory & { readonly instrument: InstrumentId }>()
    for (const { signal } of this.seats) {
      for (const instrument of signal.instruments) {
        for (const { interval, candles } of signal.history ?? []) {
          const key = `${instrument} ${interval}`
          if ((found.get(key)?.candles ?? 0) < candles) found.set(key, { instrument, interval, candles })
        }
      }
    }
    return [...found.values()]
  }

  status(): readonly SignalStatus[] {
    return this.seats.map(({ signal, inputs, outputs, errors, lastError }) => {
      return { signal, inputs, outputs, errors, lastError }
    })
  }

  /** Every whole second up to now, once. A step back by more than `mostBack` seconds is one of our clock. */
  private begin(receiveTimeUs: number, mostBack: number): void {
    let now = Math.floor(receiveTimeUs / SECOND_US)
    if (this.lastSecond === undefined || now > this.lastSecond) {
      now = Math.min(now, Math.floor((this.options.nowUs?.() ?? receiveTimeUs) / SECOND_US))
      this.lastSecond ??= now
    }
    // A clock that was set back goes on from where it stands: otherwise nothing became stale until it is here again.
    if (now < this.lastSecond - mostBack) this.lastSecond = now - 1
    if (now <= this.lastSecond) return
    if (now - this.lastSecond > MOST_SECONDS) {
      this.skippedSeconds += now - 1 - this.lastSecond
      this.lastSecond = now - 1
    }
    const behind = this.options.behind?.()
    const isBehind = behind !== undefined && behind.size > 0
    for (let second = this.lastSecond + 1; second <= now; second++) {
      this.lastSecond = second
      const receiveTimeUs = epochUs(second * SECOND_US)
      const input = { kind: 'second', receiveTimeUs, ...(isBehind ? { behind } : {}) } as const
      for (const seat of this.seats) seat.feed(input)
    }
  }

  private reroute(): void {
    const routes = new Map<string, Map<string, Seat[]>>()
    const put = (key: string, need: string, seat: Seat): void => {
      const channels = routes.get(key) ?? new Map<string, Seat[]>()
      routes.set(key, channels)
      const seats = channels.get(need) ?? []
      channels.set(need, seats)
      if (!seats.includes(seat)) seats.push(seat)
    }
    for (const seat of this.seats) {
      for (const instrument of seat.signal.instruments) {
        for (const need of seat.signal.needs) {
          put(instrument, need, seat)
          // A stream of the whole market tells its gaps under its own name.
          put(`${venueOf(instrument)}:*`, need, seat)
        }
      }
    }
    this.routes = routes
  }
}

function wantsHistory(signal: Signal, candle: KlineEvent): boolean {
  if (!signal.instruments.includes(candle.instrument)) return false
  return signal.history?.some(history => history.interval === candle.interval) ?? false
}

function refusedValue(signal: Signal, reason: string, timeUs: EpochUs): SignalOutput {
  const { id, instruments, params } = signal
  const [instrument] = instruments
  if (instrument === undefined) throw new ConfigError(`${id}: expected an instrument, received none.`)
  const quality = { n: 0, sinceUs: timeUs, lateDropped: 0, gaps: 0, ageMs: 0 }
  return {
    kind: 'signal',
    signal: id,
    instrument,
    params,
    timeUs,
    receiveTimeUs: timeUs,
    unit: '',
    state: 'warming',
    reason,
    quality,
  }
}

function channelOf(input: Exclude<SignalInput, { readonly kind: 'second' }>): string {
  switch (input.kind) {
    case 'trade':
    case 'gap':
    case 'resync':
      return input.channel
    case 'bookState':
      return 'book'
    case 'kline':
      return `kline:${input.interval}`
    case 'quote':
    case 'markPrice':
    case 'openInterest':
    case 'liquidation':
      return input.kind
  }
}
