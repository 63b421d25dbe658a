import { type Channel, channel as parseChannel } from '../model/channel.ts'
import { ConfigError, errorLine, SubscriptionRejected } from '../model/error.ts'
import { type InstrumentId, instrumentId, venueOf } from '../model/instrument.ts'
import { nearest } from '../model/nearest.ts'
import type { StreamRequest } from '../model/subscribe.ts'
import type { Consumer } from './topic.ts'
import type { Attachment, VenueRuntime } from './venue-runtime.ts'

export interface Target {
  readonly runtime: VenueRuntime
  readonly instrument: InstrumentId
  readonly channel: Channel
}

/**
 * Every (instrument, channel) of a request, checked as far as that is possible without the network.
 * @throws ConfigError naming the option, what was expected and what was received
 */
export function parseTargets(request: StreamRequest, venues: ReadonlyMap<string, VenueRuntime>): readonly Target[] {
  if (request.instruments.length === 0) throw new ConfigError('instruments: expected at least one, received none.')
  if (request.channels.length === 0) throw new ConfigError('channels: expected at least one, received none.')
  const channels = request.channels.map(text => parseChannel(text))
  return request.instruments.flatMap(text => {
    const instrument = instrumentId(text)
    const runtime = runtimeOf(instrument, venues)
    return channels.map(channel => {
      runtime.adapter.resolve(instrument, channel, runtime.table.known)
      return { runtime, instrument, channel }
    })
  })
}

/** @throws ConfigError naming the nearest venues of this feed */
export function runtimeOf(instrument: InstrumentId, venues: ReadonlyMap<string, VenueRuntime>): VenueRuntime {
  const runtime = venues.get(venueOf(instrument))
  if (runtime !== undefined) return runtime
  const known = [...venues.keys()]
  throw new ConfigError(
    `instrument "${instrument}": unknown venue "${venueOf(instrument)}", this feed has ${known.join(', ')}.`,
    nearest(venueOf(instrument), known),
  )
}

/** What one consumer is subscribed to; the last wish wins, also while the instrument table is still on its way. */
export class Membership {
  private readonly consumer: Consumer
  private readonly venues: ReadonlyMap<string, VenueRuntime>
  private readonly attachments = new Map<string, Attachment | 'pending'>()
  private isDisposed = false

  constructor(consumer: Consumer, venues: ReadonlyMap<string, VenueRuntime>) {
    this.consumer = consumer
    this.venues = venues
  }

  /** Resolves when all streams are acknowledged. @throws ConfigError at once, and by the promise for symbols nobody has */
  add(request: StreamRequest): Promise<void> {
    const targets = parseTargets(request, this.venues)
    const fresh = targets.filter(target => !this.attachments.has(keyOf(target)))
    for (const target of fresh) this.attachments.set(keyOf(target), 'pending')
    return this.attachAll(fresh).catch((error: unknown) => {
      for (const target of fresh) {
        if (this.attachments.get(keyOf(target)) === 'pending') this.attachments.delete(keyOf(target))
      }
      throw error
    })
  }

  drop(request: StreamRequest): void {
    for (const target of parseTargets(request, this.venues)) {
      const attachment = this.attachments.get(keyOf(target))
      this.attachments.delete(keyOf(target))
      if (attachment !== undefined && attachment !== 'pending') attachment.release()
    }
  }

  dispose(): void {
    this.isDisposed = true
    const held = [...this.attachments.values()]
    this.attachments.clear()
    for (const attachment of held) if (attachment !== 'pending') attachment.release()
  }

  private async attachAll(targets: readonly Target[]): Promise<void> {
    const acknowledged: Promise<void>[] = []
    for (const runtime of new Set(targets.map(target => target.runtime))) {
      const table = await runtime.proof()
      const own = targets.filter(target => target.runtime === runtime)
      // All symbols are proved before the first stream is opened: a request is taken whole or not at all.
      for (const { instrument, channel } of own) runtime.adapter.resolve(instrument, channel, table)
      for (const target of own) {
        const key = keyOf(target)
        if (this.isDisposed || this.attachments.get(key) !== 'pending') continue
        const attachment = runtime.attach(target.instrument, target.channel, this.consumer, table)
        this.attachments.set(key, attachment)
        acknowledged.push(attachment.acknowledged)
      }
    }
    await settleAll(acknowledged)
  }
}

function keyOf(target: Target): string {
  return `${target.instrument}|${target.channel}`
}

/** Waits for all, then throws what was refused in one error. */
async function settleAll(promises: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(promises)
  const refused: unknown[] = results.flatMap(result => (result.status === 'rejected' ? [result.reason] : []))
  const [first] = refused
  if (first === undefined) return
  const streams = refused.flatMap(error => (error instanceof SubscriptionRejected ? error.streams : []))
  const message = errorLine(first)
  throw new SubscriptionRejected(
    refused.length === 1 ? message : `${message} (and ${refused.length - 1} more)`,
    streams,
  )
}
