import type { AlertFire } from './alert-event.ts'
import type { MachineState } from './alert-machine.ts'

/** How far one channel is with one alert. */
export interface ChannelProgress {
  readonly state: 'waiting' | 'delivered' | 'dead'
  readonly attempts: number
  /** Not to be tried before. */
  readonly nextUs: number
  /** Why the last attempt failed. */
  readonly reason?: string | undefined
}

/** An alert and what became of it; written before anything is sent. */
export interface OutboxEntry {
  readonly fire: AlertFire
  /** The rule's key and its state behind the fire: both are durable in one step. */
  readonly key: string
  readonly state: MachineState
  readonly channels: Readonly<Record<string, ChannelProgress>>
}

/** One attempt of one channel, kept for people. */
export interface DeliveryRecord {
  readonly kind: 'delivery'
  readonly id: string
  readonly rule: string
  readonly channel: string
  readonly value?: number | undefined
  readonly attempt: number
  readonly status: number
  readonly outcome: 'delivered' | 'failed' | 'dead'
  readonly reason?: string | undefined
  readonly latencyMs: number
  readonly atUs: number
  /** Alerts in one message. */
  readonly inDigest: number
}

/** The right to deliver one alert by one channel, which one process at a time has. */
export interface Claim {
  readonly fire: AlertFire
  /** As it is now: somebody else may have gone on with it. */
  readonly progress: ChannelProgress
  save(progress: ChannelProgress): void
  release(): void
}

export interface Remembrance {
  readonly states: ReadonlyMap<string, MachineState>
  /** Newest last. */
  readonly fires: readonly AlertFire[]
  readonly deliveries: readonly DeliveryRecord[]
}

/** What is remembered over restarts, and shared by processes. Everything is done when a call returns. */
export interface AlertMemory {
  load(): Remembrance
  /** A rule's state between fires. */
  saveState(key: string, state: MachineState): void
  /** Makes an alert and its rule's state durable. False when the alert is known already: somebody delivers it, or did. */
  open(entry: OutboxEntry): boolean
  /** Alerts with channels that still wait. */
  waiting(): readonly OutboxEntry[]
  /** Undefined while somebody else has it, and when there is nothing left to do. */
  claim(id: string, channel: string): Claim | undefined
  note(record: DeliveryRecord): void
}

export function isSettled(entry: OutboxEntry): boolean {
  return Object.values(entry.channels).every(({ state }) => state !== 'waiting')
}

const MOST_KEPT = 1000

/** Remembers as long as the process lives. */
export function processMemory(): AlertMemory {
  const states = new Map<string, MachineState>()
  const entries = new Map<string, OutboxEntry>()
  const claimed = new Set<string>()
  const deliveries: DeliveryRecord[] = []
  const prune = (): void => {
    for (const [id, entry] of entries) {
      if (entries.size <= MOST_KEPT) return
      if (isSettled(entry)) entries.delete(id)
    }
  }
  return {
    load: () => ({
      states: new Map(states),
      fires: [...entries.values()].map(({ fire }) => fire),
      deliveries: [...deliveries],
    }),
    saveState: (key, state) => {
      states.set(key, state)
    },
    open: entry => {
      states.set(entry.key, entry.state)
      if (entries.has(entry.fire.id)) return false
      entries.set(entry.fire.id, entry)
      prune()
      return true
    },
    waiting: () => [...entries.values()].filter(entry => !isSettled(entry)),
    claim: (id, channel) => {
      const entry = entries.get(id)
      const progress = entry?.channels[channel]
      const pair = `${id} ${channel}`
      if (entry === undefined || progress?.state !== 'waiting' || claimed.has(pair)) return undefined
      claimed.add(pair)
      return {
        fire: entry.fire,
        progress,
        save: changed => {
          const now = entries.get(id) ?? entry
          entries.set(id, { ...now, channels: { ...now.channels, [channel]: changed } })
        },
        release: () => {
          claimed.delete(pair)
        },
      }
    },
    note: record => {
      deliveries.push(record)
      if (deliveries.length > MOST_KEPT) deliveries.shift()
    },
  }
}
