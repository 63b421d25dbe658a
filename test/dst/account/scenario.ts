import { Chance } from '../core/chance.ts'

/** What goes wrong, and when; `forMs` is how long it lasts. */
export interface AccountFault {
  readonly atMs: number
  readonly kind: FaultKind
  readonly venue: 'usdm' | 'spot'
  readonly forMs: number
  readonly amount: number
}

export const FAULT_KINDS = [
  'drop',
  'dropRepeatedly',
  'halfOpen',
  'hold',
  'keyExpired',
  'keyExpiredTwice',
  'keyGone',
  'keepAlive500',
  'keepAliveTimeout',
  'terminated',
  'shutdown',
  'lag',
  'rest503',
  'rest429',
  'restHtml',
  'restSlow',
  'shuffle',
  'double',
  'lose',
  'mute',
  'silentForm',
  'clockJump',
  'clockDrift',
  'exchangeClock',
  'sleep',
  'stall',
  'restart',
  'crash',
  'revoke',
] as const

export type FaultKind = (typeof FAULT_KINDS)[number]

export interface AccountScenario {
  readonly seed: number
  readonly minutes: number
  readonly venues: readonly ('usdm' | 'spot')[]
  readonly latencyMs: number
  /** Mean pause between two acts of trading. */
  readonly actEveryMs: number
  readonly rotateAfterMs: number | undefined
  readonly faults: readonly AccountFault[]
}

const LASTING: ReadonlyMap<FaultKind, readonly [number, number]> = new Map([
  ['dropRepeatedly', [10_000, 60_000]],
  ['halfOpen', [1000, 2000]],
  ['hold', [500, 4000]],
  ['lag', [20_000, 120_000]],
  ['rest503', [2000, 40_000]],
  ['rest429', [1000, 2000]],
  ['restHtml', [2000, 30_000]],
  ['restSlow', [5000, 30_000]],
  ['shuffle', [30_000, 120_000]],
  ['double', [30_000, 120_000]],
  ['lose', [20_000, 60_000]],
  ['mute', [30_000, 90_000]],
  ['sleep', [12_000, 900_000]],
  ['stall', [1000, 8000]],
  ['restart', [100, 120_000]],
  ['crash', [100, 120_000]],
])

/** Everything about a run that its seed decides. */
export function drawAccountScenario(seed: number, minutes: number): AccountScenario {
  const chance = new Chance(seed, 'account scenario')
  // A few runs outlive a listen key.
  const isLong = minutes < 90 && new Chance(seed, 'long').isLess(0.06)
  const drawn = chance.pick([['usdm'], ['spot'], ['usdm', 'spot']] as const)
  const venues: AccountScenario['venues'] = isLong ? ['usdm'] : drawn
  const endMs = (isLong ? 90 : minutes) * 60_000
  const allowed = chance.some(
    FAULT_KINDS.filter(kind => kind !== 'revoke'),
    chance.whole(2, 9),
  )
  const count = isLong ? chance.whole(0, 2) : chance.whole(2, 12)
  const faults: AccountFault[] = []
  const latestMs = endMs - 240_000
  for (let index = 0; index < count; index++) faults.push(drawFault(chance, allowed, venues, latestMs))
  if (chance.isLess(0.06)) {
    const atMs = chance.between(60_000, latestMs)
    faults.push({ atMs, kind: 'revoke', venue: chance.pick(venues), forMs: 0, amount: 0 })
  }
  return {
    seed,
    minutes: endMs / 60_000,
    venues,
    latencyMs: chance.between(5, 120),
    actEveryMs: isLong ? 20_000 : chance.pick([400, 2000, 8000, 40_000]),
    rotateAfterMs: chance.isLess(0.4) ? chance.between(60_000, 300_000) : undefined,
    faults: faults.sort((a, b) => a.atMs - b.atMs),
  }
}

function drawFault(
  chance: Chance,
  allowed: readonly FaultKind[],
  venues: AccountScenario['venues'],
  latestMs: number,
): AccountFault {
  const kind = chance.pick(allowed)
  const [leastMs, mostMs] = LASTING.get(kind) ?? [0, 0]
  // Faults that last end before the healing begins; most of them fall near an act of trading by their number.
  const atMs = chance.isLess(0.1) ? chance.between(0, 5000) : chance.between(5000, latestMs - 60_000)
  const forMs = Math.min(chance.between(leastMs, mostMs), Math.max(1000, latestMs - atMs))
  return { atMs, kind, venue: chance.pick(venues), forMs, amount: chance.next() }
}
