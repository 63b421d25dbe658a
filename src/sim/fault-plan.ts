import type { Connection } from './server/connection.ts'
import type { Control } from './server/control.ts'
import type { Line } from './server/line.ts'

/** How a REST call is spoiled; what is left out stays as it is. */
export interface RestFault {
  readonly status?: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  /** How long the answer is held back. */
  readonly latencyMs?: number
  /** Trades of the last so many milliseconds, and candles that were not closed by then, are not known yet. */
  readonly lagMs?: number
  /** Trades with these ids are missing, both ends included. */
  readonly hole?: readonly [from: number, to: number]
  /**
   * The call is not carried out, so that an order with an error for an answer was never accepted. Without it, the call is
   * carried out whatever the answer says.
   * @default false
   */
  readonly isLost?: boolean
}

export interface SnapshotFault {
  readonly status?: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  /** How long the answer is held back; the book in it is that of the end of the wait. */
  readonly delayMs?: number
  /** Serves the book as it stood so many actions ago. */
  readonly ageEvents?: number
}

export interface Refusal {
  readonly status: number
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

export interface ControlError {
  readonly code: number
  readonly message: string
}

/** A control frame as faults see it. */
export interface ControlRequest {
  readonly control: Control
  readonly bytes: number
  readonly connection: Connection
}

export type ControlFault = 'silent' | ControlError | undefined

/** Something that a test sets, with what the steps of a plan lay over it; the newest that fits counts. */
export class Layered<T> {
  /** What a test has set. */
  base: T | undefined
  private readonly layers: { readonly value: T; readonly fits: (stream: string) => boolean }[] = []

  /** What counts for a stream; without one, what counts for everything. */
  current(stream = ''): T | undefined {
    for (let index = this.layers.length - 1; index >= 0; index--) {
      const layer = this.layers[index]
      if (layer?.fits(stream) === true) return layer.value
    }
    return this.base
  }

  add(value: T, fits: (stream: string) => boolean = () => true): Disposable {
    const layer = { value, fits }
    this.layers.push(layer)
    return { [Symbol.dispose]: () => void this.layers.splice(this.layers.indexOf(layer), 1) }
  }
}

/** Members that take themselves out. */
export class Members<T> {
  private readonly items = new Set<{ readonly value: T }>()

  get size(): number {
    return this.items.size
  }

  add(value: T): Disposable {
    const item = { value }
    this.items.add(item)
    return { [Symbol.dispose]: () => void this.items.delete(item) }
  }

  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (const { value } of this.items) yield value
  }
}

/** What is to go wrong on one venue. Looked at by sockets and REST; chance only through the given source. */
export class FaultPlan {
  readonly random: () => number
  readonly refusal = new Layered<Refusal>()
  readonly rest = new Layered<RestFault>()
  readonly snapshot = new Layered<SnapshotFault>()
  arePingsPaused = false
  silentShare = 0
  rejects: ((names: readonly string[]) => ControlError | undefined) | undefined
  /** While there is one, upgrades are left unanswered. */
  readonly stalls = new Members<true>()
  /** Every call costs so many times its weight. */
  readonly weightFactors = new Members<number>()
  readonly controlRules = new Members<(request: ControlRequest) => ControlFault>()
  /** How much later the answer to a control frame comes. */
  readonly answerDelays = new Members<(request: ControlRequest) => number>()
  readonly pingPauses = new Members<(connection: Connection) => boolean>()
  /** Streams that are acknowledged and not fed. */
  readonly unfed = new Members<(connection: Connection, name: string) => boolean>()
  /** Told of every line before its handshake, of every connection behind it, and of every stream it takes. */
  readonly lineWatchers = new Members<(line: Line) => void>()
  readonly connectionWatchers = new Members<(connection: Connection) => void>()
  readonly streamWatchers = new Members<(connection: Connection, name: string) => void>()

  constructor(random: () => number) {
    this.random = random
  }

  controlFault(request: ControlRequest): ControlFault {
    const { control } = request
    if (this.silentShare > 0 && this.random() < this.silentShare) return 'silent'
    const names = control.kind === 'subscribe' || control.kind === 'unsubscribe' ? control.names : undefined
    const error = names === undefined ? undefined : this.rejects?.(names)
    if (error !== undefined) return error
    for (const rule of this.controlRules) {
      const fault = rule(request)
      if (fault !== undefined) return fault
    }
    return undefined
  }

  answerDelayMs(request: ControlRequest): number {
    let most = 0
    for (const rule of this.answerDelays) most = Math.max(most, rule(request))
    return most
  }

  mayPing(connection: Connection): boolean {
    if (this.arePingsPaused) return false
    for (const isPaused of this.pingPauses) if (isPaused(connection)) return false
    return true
  }

  feeds(connection: Connection, name: string): boolean {
    for (const isUnfed of this.unfed) if (isUnfed(connection, name)) return false
    return true
  }

  weightFactor(): number {
    let product = 1
    for (const factor of this.weightFactors) product *= factor
    return product
  }
}
