import { errorLine } from '../model/error.ts'
import {
  type AlertMemory,
  type ChannelProgress,
  type Claim,
  type DeliveryRecord,
  isSettled,
  type OutboxEntry,
  processMemory,
} from './alert-memory.ts'

/**
 * A memory that goes on when its disk does not: what cannot be kept there is kept in the process and delivered all the same, and
 * what cannot be noted as delivered is not sent again. Whatever waits to be noted is noted as soon as the disk works again.
 * @param onProblem told once until something succeeds
 */
export function steadyMemory(memory: AlertMemory, onProblem: (message: string) => void): AlertMemory {
  return new SteadyMemory(memory, onProblem)
}

interface Unsaved {
  readonly id: string
  readonly channel: string
  readonly progress: ChannelProgress
}

class SteadyMemory implements AlertMemory {
  private readonly inner: AlertMemory
  private readonly own = processMemory()
  private readonly unsaved = new Map<string, Unsaved>()
  private readonly onProblem: (message: string) => void
  /** What failed the last time it was done. */
  private readonly broken = new Set<string>()

  constructor(inner: AlertMemory, onProblem: (message: string) => void) {
    this.inner = inner
    this.onProblem = onProblem
  }

  load(): ReturnType<AlertMemory['load']> {
    return this.inner.load()
  }

  saveState(...given: Parameters<AlertMemory['saveState']>): void {
    this.attempt('state', () => this.inner.saveState(...given), undefined)
  }

  open(entry: OutboxEntry): boolean {
    const isNew = this.attempt('open', () => this.inner.open(entry), undefined)
    if (isNew !== undefined) return isNew
    // It may have failed behind the alert itself, which is there then.
    const isThere = this.written().some(({ fire }) => fire.id === entry.fire.id)
    return isThere || this.own.open(entry)
  }

  waiting(): readonly OutboxEntry[] {
    this.saveLate()
    const known = this.written()
    const now = this.unsaved.size === 0 ? known : known.map(entry => this.asItIs(entry)).filter(isOpen)
    return [...now, ...this.own.waiting()]
  }

  claim(id: string, channel: string): Claim | undefined {
    const own = this.own.claim(id, channel)
    if (own !== undefined) return own
    const claim = this.attempt('claim', () => this.inner.claim(id, channel), 'failed' as const)
    if (claim === undefined) return undefined
    if (claim === 'failed') return this.unguarded(id, channel)
    const pair = pairOf(id, channel)
    const progress = this.unsaved.get(pair)?.progress ?? claim.progress
    return {
      fire: claim.fire,
      progress,
      save: changed => {
        const isSaved = this.attempt('save', () => claim.save(changed), 'failed' as const) !== 'failed'
        if (isSaved) this.unsaved.delete(pair)
        else this.unsaved.set(pair, { id, channel, progress: changed })
      },
      release: () => this.attempt('release', () => claim.release(), undefined),
    }
  }

  /** Nobody can be kept from sending it, too: twice is better than never. */
  private unguarded(id: string, channel: string): Claim | undefined {
    const entry = this.waiting().find(({ fire }) => fire.id === id)
    const progress = entry?.channels[channel]
    if (entry === undefined || progress?.state !== 'waiting') return undefined
    return {
      fire: entry.fire,
      progress,
      save: changed => {
        this.unsaved.set(pairOf(id, channel), { id, channel, progress: changed })
      },
      release: () => undefined,
    }
  }

  note(record: DeliveryRecord): void {
    this.attempt('note', () => this.inner.note(record), undefined)
  }

  private written(): readonly OutboxEntry[] {
    return this.attempt('read', () => this.inner.waiting(), [])
  }

  private asItIs(entry: OutboxEntry): OutboxEntry {
    const channels = Object.entries(entry.channels).map(([channel, progress]) => {
      return [channel, this.unsaved.get(pairOf(entry.fire.id, channel))?.progress ?? progress] as const
    })
    return { ...entry, channels: Object.fromEntries(channels) }
  }

  private saveLate(): void {
    for (const [pair, { id, channel, progress }] of this.unsaved) {
      const claim = this.attempt('claim', () => this.inner.claim(id, channel), 'failed' as const)
      if (claim === 'failed') return
      // Somebody else has it, or it is settled.
      if (claim === undefined) {
        const isThere = this.written().some(({ fire, channels }) => fire.id === id && isWaiting(channels[channel]))
        if (!isThere) this.unsaved.delete(pair)
        continue
      }
      if (this.attempt('save', () => claim.save(progress), 'failed' as const) !== 'failed') this.unsaved.delete(pair)
      this.attempt('release', () => claim.release(), undefined)
    }
  }

  private attempt<T, O>(what: string, run: () => T, otherwise: O): T | O {
    try {
      const result = run()
      this.broken.delete(what)
      return result
    } catch (error) {
      if (!this.broken.has(what))
        this.onProblem(`memory: ${errorLine(error)}: until it works again alerts are kept by this process alone`)
      this.broken.add(what)
      return otherwise
    }
  }
}

function isOpen(entry: OutboxEntry): boolean {
  return !isSettled(entry)
}

function isWaiting(progress: ChannelProgress | undefined): boolean {
  return progress?.state === 'waiting'
}

function pairOf(id: string, channel: string): string {
  return `${id} ${channel}`
}
