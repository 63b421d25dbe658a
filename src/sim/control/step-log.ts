/** Something that became of a step of a fault plan. */
export interface StepEvent {
  /** 1, 2, 3, … */
  readonly sequence: number
  /** Wall time, microseconds since 1970. */
  readonly timeUs: number
  /** Plans by number: 1 is the first that was started. */
  readonly plan: number
  /** Number of the step in its plan, from 1 on; absent for what is about the plan as a whole. */
  readonly step?: number
  readonly fault?: string
  readonly state: 'taken' | 'over' | 'planOver'
  /** As it is said on stderr. */
  readonly text: string
}

/** Events kept for those who come later. */
const mostKept = 2000

/** What steps were taken, kept for a while and told to whoever listens. */
export class StepLog {
  private events: StepEvent[] = []
  private readonly listeners = new Set<(event: StepEvent) => void>()
  private sequence = 0

  add(event: Omit<StepEvent, 'sequence'>): void {
    const numbered = { sequence: ++this.sequence, ...event }
    this.events.push(numbered)
    if (this.events.length > mostKept * 1.25) this.events = this.events.slice(-mostKept)
    for (const listener of this.listeners) listener(numbered)
  }

  /** Those kept that came after this one. */
  since(sequence: number): readonly StepEvent[] {
    return this.events.filter(event => event.sequence > sequence)
  }

  get listenerCount(): number {
    return this.listeners.size
  }

  listen(listener: (event: StepEvent) => void): Disposable {
    this.listeners.add(listener)
    return { [Symbol.dispose]: () => void this.listeners.delete(listener) }
  }
}
