import { HttpError, RateLimited } from '../model/error.ts'
import type { Instrument, InstrumentId } from '../model/instrument.ts'
import { type Clock, sleep } from '../net/clock.ts'
import type { VenueAdapter } from '../venue/adapter.ts'
import { PRIORITY, type RestClient } from './rest-client.ts'

const MAX_AGE_MS = 300_000
/** How long a subscription waits for the table before it goes ahead without the proof of its symbol. */
const PATIENCE_MS = 15_000

/** A venue's instruments: fetched once for everybody who asks, refreshed when older than five minutes. */
export class InstrumentTable {
  private readonly adapter: VenueAdapter
  private readonly rest: RestClient
  private readonly clock: Clock
  private table: ReadonlyMap<InstrumentId, Instrument> | undefined
  private fetchedMs = Number.NEGATIVE_INFINITY
  private running: Promise<ReadonlyMap<InstrumentId, Instrument>> | undefined

  constructor(adapter: VenueAdapter, rest: RestClient, clock: Clock) {
    this.adapter = adapter
    this.rest = rest
    this.clock = clock
  }

  /** What is known now, without asking. */
  get known(): ReadonlyMap<InstrumentId, Instrument> | undefined {
    return this.table
  }

  /** @throws HttpError, RateLimited, DecodeError, AbortedError */
  async load(signal: AbortSignal): Promise<ReadonlyMap<InstrumentId, Instrument>> {
    if (this.table !== undefined && this.clock.monotonicMs() - this.fetchedMs < MAX_AGE_MS) return this.table
    return await this.refresh(signal)
  }

  /** Asks, however young the table is. @throws HttpError, RateLimited, DecodeError, AbortedError */
  async refresh(signal: AbortSignal): Promise<ReadonlyMap<InstrumentId, Instrument>> {
    this.running ??= this.fetch(signal).finally(() => {
      this.running = undefined
    })
    return await this.running
  }

  /**
   * The table to prove symbols by. When it cannot be had soon the answer is undefined: market data must not wait for a
   * REST outage, and a symbol that does not exist is then found by its silence.
   */
  async forProof(
    signal: AbortSignal,
    onUnavailable: (error: unknown) => void,
  ): Promise<ReadonlyMap<InstrumentId, Instrument> | undefined> {
    if (this.table !== undefined) return this.table
    const patience = new AbortController()
    const late = sleep(this.clock, PATIENCE_MS, patience.signal).then(() => {
      const text = `no instrument table within ${PATIENCE_MS / 1000} s`
      if (!patience.signal.aborted) onUnavailable(new HttpError(text, { status: 0, isRetryable: true }))
      return undefined
    })
    try {
      return await Promise.race([this.load(signal), late])
    } catch (error) {
      if (signal.aborted) throw error
      if (!(error instanceof HttpError || error instanceof RateLimited)) throw error
      onUnavailable(error)
      return undefined
    } finally {
      patience.abort()
    }
  }

  private async fetch(signal: AbortSignal): Promise<ReadonlyMap<InstrumentId, Instrument>> {
    const instruments = await this.rest.read(this.adapter.instruments, undefined, PRIORITY.table, signal, 2)
    this.table = new Map(instruments.map(instrument => [instrument.id, instrument]))
    this.fetchedMs = this.clock.monotonicMs()
    return this.table
  }
}
