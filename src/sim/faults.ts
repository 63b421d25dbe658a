import type { FaultPlan, RestFault, SnapshotFault } from './fault-plan.ts'
import type { Hub } from './hub.ts'
import type { Connection } from './server/connection.ts'
import type { Listener } from './server/listener.ts'
import type { MarketSource } from './source.ts'
import type { VenueTrading } from './trading/open-trading.ts'
import type { SimVenue } from './venue-rules.ts'

/** What a fault needs of one running venue. */
export interface FaultTarget {
  readonly venue: SimVenue
  readonly plan: FaultPlan
  readonly hub: Hub
  readonly listener: Listener
  readonly source: MarketSource
  /** Accounts; undefined where there can be none. */
  readonly trading: VenueTrading | undefined
}

export interface UpgradeRefusal {
  readonly status: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * Things that go wrong on purpose. Each acts on all venues, or on the one that `of` names. A setting stays until it is
 * taken back with `undefined` (or `clear`).
 */
export class Faults {
  private readonly targets: readonly FaultTarget[]

  constructor(targets: readonly FaultTarget[]) {
    this.targets = targets
  }

  /** The same controls for one venue. */
  of(venue: string): Faults {
    return new Faults(this.targets.filter(target => target.venue === venue))
  }

  /** Ends all sockets: with a close code, or by reset (1006 at the client) without one. */
  dropAll(code?: number): void {
    this.each(connection => {
      if (code === undefined) connection.terminate()
      else connection.close(code, 'dropped')
    })
  }

  /** All open sockets fall silent both ways without being closed. */
  halfOpen(): void {
    this.each(connection => connection.halfOpen())
  }

  /** Stops the data of one stream, or of all; control frames and pings go on. */
  mute(stream: string = 'all'): void {
    for (const target of this.targets) target.hub.mute(stream, true)
  }

  unmute(stream: string = 'all'): void {
    for (const target of this.targets) target.hub.mute(stream, false)
  }

  /** Upgrades are refused with this answer until taken back. */
  refuse(refusal: UpgradeRefusal | undefined): void {
    for (const { plan } of this.targets) {
      plan.refusal.base = refusal === undefined ? undefined : { body: '', headers: {}, ...refusal }
    }
  }

  /**
   * The next `count` messages of each open stream that matches are never sent: those with a matching name, or, for a
   * symbol, its diffs and trades.
   */
  skip(count: number, streams: RegExp | string): void {
    for (const target of this.targets) target.hub.skip(count, namesOf(streams))
  }

  /** The next `count` messages of each open stream that matches are sent twice. */
  duplicate(count: number, streams: RegExp | string): void {
    for (const target of this.targets) target.hub.duplicate(count, namesOf(streams))
  }

  /** Spoils `depth` calls: late, an error, or an older image of the book. */
  snapshot(fault: SnapshotFault | undefined): void {
    for (const { plan } of this.targets) plan.snapshot.base = fault
  }

  /** Spoils every REST call (for `depth` a snapshot fault goes first). */
  rest(fault: RestFault | undefined): void {
    for (const { plan } of this.targets) plan.rest.base = fault
  }

  /** This share of control frames is never answered nor obeyed. */
  ackSilent(share: number): void {
    for (const { plan } of this.targets) plan.silentShare = share
  }

  /** SUBSCRIBE and UNSUBSCRIBE frames for which `choose` returns an error are refused with it. */
  ackError(
    choose: ((names: readonly string[]) => { readonly code: number; readonly message: string } | undefined) | undefined,
  ): void {
    for (const { plan } of this.targets) plan.rejects = choose
  }

  /** Announces the shutdown of the server on every socket; it does not close them. */
  serverShutdown(): void {
    this.each(connection => connection.announceShutdown())
  }

  /** Sends this text as a data frame on every socket, or these bytes as they are, framing and all. */
  hostileFrame(content: string | Uint8Array): void {
    this.each(connection => {
      if (typeof content === 'string') connection.send(content)
      else connection.deliver(Buffer.from(content))
    })
  }

  /** Stops or resumes the server's pings. */
  pausePings(isPaused = true): void {
    for (const { plan } of this.targets) plan.arePingsPaused = isPaused
  }

  /** Takes back everything that stays. */
  clear(): void {
    this.refuse(undefined)
    this.snapshot(undefined)
    this.rest(undefined)
    this.ackSilent(0)
    this.ackError(undefined)
    this.pausePings(false)
    this.unmute('all')
    for (const target of this.targets) {
      target.hub.skip(0, () => true)
      target.hub.duplicate(0, () => true)
    }
  }

  private each(act: (connection: Connection) => void): void {
    for (const { listener } of this.targets) for (const connection of listener.connections) act(connection)
  }
}

/** The named streams, or the diffs and trades of a symbol. */
function namesOf(streams: RegExp | string): (name: string) => boolean {
  if (typeof streams !== 'string') return name => streams.test(name)
  const head = `${streams.toLowerCase()}@`
  return name => name.startsWith(head) && /^(depth(@|$)|trade|aggTrade|optionTrade)/.test(name.slice(head.length))
}
