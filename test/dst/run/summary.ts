import { DRAWS } from '../scenario/draw-faults.ts'
import type { RunResult } from './run-scenario.ts'

/** Paths that a full run must have taken at least once. */
const SOMETIMES = [
  'gap healed',
  'gap declared',
  'trade recovered',
  'candle recovered',
  'interruption declared',
  'book resync',
  'book gap: disconnect',
  'book gap: sequence',
  'book gap: stale',
  'stale snapshot served',
  'state: healing',
  'state: silent',
  'state: stale',
  'connection: stale',
  'connection: waiting',
  'rest answered 429',
  'upgrade refused: 429',
  'upgrade refused: 503',
  'handshake stalled',
  'control ignored',
  'stream subscribed anew',
  'subscribe in batches',
  'subscribe refused',
  'socket ended after its announcement',
  'socket forgotten by a router',
  'observer threw',
  'wish: add',
  'wish: drop',
  'signal: a gap overlapped a window',
  'signal: repaired after healing',
  'signal: candle revised',
  'signal: withheld until the book is synced again',
  'signal: stale',
  'signal: ok again',
] as const

export class Summary {
  private readonly counters = new Map<string, number>()
  private readonly invariants = new Map<string, number[]>()
  private readonly recoveriesMs: number[] = []
  private readonly liveAfterMs: number[] = []
  private simMs = 0
  private events = 0
  seeds = 0
  failed: number[] = []

  add(result: RunResult): void {
    this.seeds++
    this.simMs += result.simMs
    this.events += result.events
    for (const [name, count] of result.counters) this.counters.set(name, (this.counters.get(name) ?? 0) + count)
    for (const ms of result.recoveriesMs) this.recoveriesMs.push(ms)
    if (result.liveAfterMs >= 0) this.liveAfterMs.push(result.liveAfterMs)
    if (result.violations.length === 0) return
    this.failed.push(result.seed)
    for (const invariant of new Set(result.violations.map(violation => violation.invariant)))
      this.invariants.set(invariant, [...(this.invariants.get(invariant) ?? []), result.seed])
  }

  /** Faults and paths that never happened. */
  zeros(): string[] {
    const due = [...Object.keys(DRAWS).map(name => `fault: ${name}`), ...SOMETIMES]
    return due.filter(name => !this.counters.has(name))
  }

  print(areCountersDue: boolean, wallMs: number): void {
    const hours = this.simMs / 3_600_000
    const { user, system } = process.cpuUsage()
    const cpuS = (user + system) / 1e6
    const lines = [
      `seeds            ${this.seeds}, ${this.failed.length} with violations`,
      `simulated        ${hours.toFixed(1)} h in ${cpuS.toFixed(1)} CPU s, ${(wallMs / 1000).toFixed(1)} s: ${(hours / cpuS).toFixed(2)} h per CPU s`,
      `events           ${this.events} delivered: ${Math.round(this.events / cpuS)} per CPU s`,
      `live after heal  ${quantiles(this.liveAfterMs)}`,
      `book resync      ${quantiles(this.recoveriesMs)} (faults on)`,
    ]
    console.log(lines.join('\n'))
    const names = [...this.counters.keys()].sort()
    console.log(
      `\nhappened:\n${names.map(name => `  ${String(this.counters.get(name)).padStart(9)}  ${name}`).join('\n')}`,
    )
    const zeros = this.zeros()
    if (zeros.length > 0) console.log(`\nnever happened${areCountersDue ? '' : ' (few seeds)'}: ${zeros.join(', ')}`)
    for (const [invariant, seeds] of [...this.invariants].sort(([a], [b]) => a.localeCompare(b)))
      console.log(
        `\n${invariant} violated by ${seeds.length} seeds: ${seeds
          .sort((a, b) => a - b)
          .slice(0, 20)
          .join(' ')}`,
      )
  }
}

function quantiles(values: readonly number[]): string {
  if (values.length === 0) return 'never'
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number): string =>
    `${((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) / 1000).toFixed(1)} s`
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, most ${at(1)} (${values.length} times)`
}
