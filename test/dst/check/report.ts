import type { World } from '../core/world.ts'

export interface Violation {
  readonly invariant: string
  readonly text: string
  readonly atMs: number
}

/** What a run found: violations, and how often each path was taken. */
export class Report {
  readonly violations: Violation[] = []
  readonly counters = new Map<string, number>()
  /** How long each recovery took after the faults stopped, and books after a gap, milliseconds. */
  readonly recoveriesMs: number[] = []
  private readonly world: World
  private readonly most: number

  constructor(world: World, most = 5) {
    this.world = world
    this.most = most
  }

  violation(invariant: string, text: string): void {
    if (this.violations.length >= this.most) return
    this.violations.push({ invariant, text, atMs: this.world.nowMs })
    this.world.trace.say(`!! ${invariant}: ${text}`)
    if (this.violations.length >= this.most) this.world.stop()
  }

  count(name: string, times = 1): void {
    this.counters.set(name, (this.counters.get(name) ?? 0) + times)
  }
}
