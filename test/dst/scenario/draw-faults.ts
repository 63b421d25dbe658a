import type { Fault, FaultName, FaultScope, FaultStep } from '../../../src/sim/plan/fault-step.ts'
import type { Chance } from '../core/chance.ts'
import type { Scenario } from './scenario.ts'

interface Drawn {
  readonly fault: Fault
  readonly forMs?: number
  readonly scope?: FaultScope
  readonly everyMs?: number
  /** What must happen soon after, for the fault to be felt. */
  readonly andThen?: Drawn
}

type Draw = (chance: Chance, scenario: Scenario) => Drawn

const HOSTILE = [
  'not json',
  '[]',
  '{"stream":"nobody@aggTrade","data":{"e":"aggTrade"}}',
  '{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":"x"}}',
  '{"result":null,"id":999999}',
  '{"e":"newKindOfEvent","E":1}',
  '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","b":[["1"]]}}',
  '{"__proto__":{"polluted":true}}',
] as const

/** Short of every watchdog, or longer than each of them. */
function silence(chance: Chance): number {
  return chance.isLess(0.4) ? chance.between(500, 6000) : chance.between(25, 120) * 1000
}

/** One socket, one venue or all of them. */
function sockets(chance: Chance): FaultScope {
  return chance.isLess(0.6) ? { connection: chance.whole(0, 4) } : {}
}

const STREAMS = ['*@aggTrade', '*@depth*', '*@bookTicker', '*@kline*', 'btcusdt@*', 'ethusdt@*', '*@trade'] as const

/** Holes that only REST can fill. */
const LOST_TRADES: Drawn = { fault: { fault: 'skip', count: 4 }, scope: { stream: '*@aggTrade' }, everyMs: 20_000 }
/** Books that must be fetched anew. */
const LOST_SOCKETS: Drawn = { fault: { fault: 'drop' } }

function rest(chance: Chance): Drawn {
  const forMs = chance.between(3, 60) * 1000
  switch (chance.whole(0, 7)) {
    case 0:
      return { fault: { fault: 'rest', status: 503, body: '<html>unavailable</html>' }, forMs }
    case 1:
      return {
        fault: { fault: 'rest', status: 429, headers: { 'Retry-After': String(chance.whole(2, 30)) } },
        forMs: 20_000,
      }
    case 2:
      return { fault: { fault: 'rest', status: 200, body: '<html>welcome</html>' }, forMs }
    case 3:
      return { fault: { fault: 'rest', latencyMs: chance.between(500, 12_000) }, forMs }
    case 4:
      return { fault: { fault: 'rest', lagMs: chance.pick([1500, 3000, 4500, 15_000]) }, forMs, andThen: LOST_TRADES }
    case 5:
      return { fault: { fault: 'rest', status: 418, headers: { 'Retry-After': '40' } }, forMs: 10_000 }
    default: {
      const from = 5_000_000_001 + chance.whole(5, 120)
      return { fault: { fault: 'rest', hole: [from, from + 600] }, forMs: 120_000, andThen: LOST_TRADES }
    }
  }
}

function refuse(chance: Chance): Drawn {
  const status = chance.pick([503, 403, 429, 429, 418])
  const wait = status === 429 || status === 418 ? { headers: { 'Retry-After': String(chance.whole(5, 45)) } } : {}
  return { fault: { fault: 'refuse', status, ...wait }, forMs: chance.between(5, 240) * 1000 }
}

/** Whatever can go wrong, with what is usual for it. */
export const DRAWS: Readonly<Record<FaultName, Draw>> = {
  halfOpen: chance => ({ fault: { fault: 'halfOpen' }, forMs: chance.between(1, 60) * 1000, scope: sockets(chance) }),
  mute: chance => {
    const scope = sockets(chance)
    return {
      fault: { fault: 'mute' },
      forMs: silence(chance),
      scope: chance.isLess(0.4) ? { ...scope, stream: chance.pick(STREAMS) } : scope,
    }
  },
  drop: chance => ({
    fault: chance.isLess(0.3)
      ? { fault: 'drop', code: chance.pick([1000, 1001, 1008, 1011, 1012]) }
      : { fault: 'drop' },
    scope: sockets(chance),
    ...(chance.isLess(0.2) ? { everyMs: chance.between(2, 40) * 1000 } : {}),
  }),
  slowClose: chance => ({ fault: { fault: 'slowClose', ms: chance.between(200, 8000) }, scope: sockets(chance) }),
  hold: chance => ({ fault: { fault: 'hold' }, forMs: chance.between(0.5, 90) * 1000, scope: sockets(chance) }),
  refuse,
  stallHandshake: chance => ({
    fault: { fault: 'stallHandshake', stage: 'upgrade' },
    forMs: chance.between(5, 90) * 1000,
  }),
  flap: chance => ({
    fault: { fault: 'flap', afterMs: chance.between(50, 5000) },
    forMs: chance.between(10, 120) * 1000,
  }),
  natTimeout: chance => ({
    fault: { fault: 'natTimeout', afterMs: chance.between(300, 3000) },
    forMs: chance.between(10, 90) * 1000,
  }),
  delay: chance => ({
    fault: { fault: 'delay', ms: chance.between(100, 3000), jitterMs: chance.between(0, 1000) },
    forMs: chance.between(10, 120) * 1000,
  }),
  rate: chance => ({
    fault: { fault: 'rate', kBPerSecond: chance.between(2, 30) },
    forMs: chance.between(10, 60) * 1000,
  }),
  serverShutdown: chance => ({
    fault: { fault: 'serverShutdown', leadMs: chance.between(0.2, 60) * 1000 },
    scope: sockets(chance),
  }),
  rotate: chance => ({
    fault: { fault: 'rotate', afterMs: chance.between(20, 120) * 1000 },
    forMs: chance.between(60, 240) * 1000,
  }),
  ping: chance => ({
    fault: { fault: 'ping', payload: `x${chance.whole(1, 1e6)}`, count: chance.whole(1, 2) },
    everyMs: chance.between(2, 20) * 1000,
  }),
  pausePings: chance => ({ fault: { fault: 'pausePings' }, forMs: chance.between(30, 400) * 1000 }),
  ackNoData: chance => ({
    fault: { fault: 'ackNoData' },
    andThen: LOST_SOCKETS,
    forMs: chance.between(5, 90) * 1000,
    scope: chance.isLess(0.5) ? { stream: chance.pick(STREAMS) } : {},
  }),
  ackSilent: chance => ({
    fault: { fault: 'ackSilent', share: chance.between(0.2, 1) },
    forMs: chance.between(10, 120) * 1000,
  }),
  ackLate: chance => ({
    fault: { fault: 'ackLate', ms: chance.between(500, 9000) },
    forMs: chance.between(10, 120) * 1000,
  }),
  ackError: chance => ({
    fault: { fault: 'ackError', code: 2, message: 'Invalid request' },
    forMs: chance.between(5, 60) * 1000,
    scope: { stream: chance.pick(['ethusdt@*', '*@ticker', '*@kline_1m']) },
  }),
  ignoreIfLarger: chance => ({
    fault: { fault: 'ignoreIfLarger', bytes: chance.pick([60, 120, 4096]) },
    forMs: chance.between(5, 60) * 1000,
  }),
  forget: chance => ({ fault: { fault: 'forget' }, scope: { ...sockets(chance), stream: chance.pick(STREAMS) } }),
  skip: chance => ({
    fault: { fault: 'skip', count: chance.whole(1, 12) },
    scope: { stream: chance.pick(STREAMS) },
    ...(chance.isLess(0.3) ? { everyMs: chance.between(30, 90) * 1000 } : {}),
  }),
  dup: chance => ({
    fault: { fault: 'dup', count: chance.whole(1, 20) },
    scope: { stream: chance.pick(STREAMS) },
    everyMs: chance.between(5, 60) * 1000,
  }),
  snapshot: chance => {
    const andThen = LOST_SOCKETS
    switch (chance.whole(0, 2)) {
      case 0:
        return {
          fault: { fault: 'snapshot', delayMs: chance.between(50, 6000) },
          forMs: chance.between(10, 240) * 1000,
          andThen,
        }
      case 1:
        return {
          fault: { fault: 'snapshot', ageEvents: chance.whole(1, 60) },
          forMs: chance.between(10, 40) * 1000,
          andThen,
        }
      default:
        return {
          fault: { fault: 'snapshot', status: chance.pick([500, 503]) },
          forMs: chance.between(5, 40) * 1000,
          andThen,
        }
    }
  },
  rest,
  weights: chance => ({
    fault: { fault: 'weights', factor: chance.pick([1.5, 2]) },
    forMs: chance.between(30, 180) * 1000,
  }),
  hostile: chance => ({
    fault: chance.isLess(0.2)
      ? { fault: 'hostile', hex: 'ff00fe7b22' }
      : { fault: 'hostile', text: chance.pick(HOSTILE) },
    everyMs: chance.between(2, 60) * 1000,
  }),
  rateFactor: chance => ({
    fault: { fault: 'rateFactor', factor: chance.pick([0.3, 2, 4]) },
    forMs: chance.between(10, 60) * 1000,
  }),
  clockJump: chance => ({
    fault: { fault: 'clockJump', ms: chance.pick([-1, 1]) * chance.pick([3000, 45_000, 3_600_000]) },
  }),
  clockDrift: chance => ({
    fault: { fault: 'clockDrift', ppm: chance.between(-300, 300) },
    forMs: chance.between(60, 600) * 1000,
  }),
  sleep: chance => ({ fault: { fault: 'sleep', ms: chance.pick([3000, 30_000, 240_000]) } }),
  stall: chance => ({ fault: { fault: 'stall', ms: chance.pick([500, 5000, 12_000, 40_000]) } }),
  consumerThrows: chance => ({
    fault: { fault: 'consumerThrows', share: chance.between(0.01, 0.5) },
    forMs: chance.between(10, 300) * 1000,
  }),
}

const NAMES: readonly FaultName[] = Object.keys(DRAWS).filter(isFaultName)

function isFaultName(name: string): name is FaultName {
  return name in DRAWS
}

/** A random subset of the faults at random moments, so that rare pairs meet. */
export function drawSteps(chance: Chance, scenario: Scenario, chaosEndMs: number): FaultStep[] {
  if (scenario.kind === 'clean') {
    return scenario.rotation === undefined
      ? slowSteps(chance, chaosEndMs, scenario.liveness === 'fast' ? 1000 : 2700)
      : cleanSteps(chance, chaosEndMs)
  }
  const steps: FaultStep[] = []
  for (const name of chance.some(NAMES, chance.whole(2, 7))) {
    const times = chance.whole(1, 3)
    for (let i = 0; i < times; i++) {
      const drawn = DRAWS[name](chance, scenario)
      const atMs = chance.isLess(0.1) ? chance.between(0, 3000) : chance.between(5000, chaosEndMs)
      const beganMs = name === 'forget' ? Math.min(atMs, chaosEndMs - 90_000) : atMs
      steps.push(stepOf(drawn, beganMs, chance, scenario))
      if (drawn.andThen !== undefined) steps.push(stepOf(drawn.andThen, beganMs + 2000, chance, scenario))
    }
  }
  return steps.sort((a, b) => a.atMs - b.atMs)
}

function stepOf(drawn: Drawn, atMs: number, chance: Chance, scenario: Scenario): FaultStep {
  const { fault, forMs, scope = {}, everyMs } = drawn
  const hasBoth = scenario.usdm.length > 0 && scenario.spot.length > 0
  const venue = hasBoth && chance.isLess(0.5) ? { venue: chance.pick(['binance-usdm', 'binance-spot']) } : {}
  return {
    ...fault,
    ...venue,
    ...scope,
    atMs: Math.round(Math.max(0, atMs)),
    ...(forMs === undefined ? {} : { forMs: Math.round(forMs) }),
    ...(everyMs === undefined ? {} : { everyMs: Math.round(everyMs) }),
  }
}

/** What a venue plans and announces, and what an ordinary network and machine do: nothing may come of it. */
function cleanSteps(chance: Chance, chaosEndMs: number): FaultStep[] {
  const steps: FaultStep[] = []
  for (let i = chance.whole(0, 2); i > 0; i--) {
    const leadMs = Math.round(chance.between(5, 120) * 1000)
    steps.push({
      fault: 'serverShutdown',
      leadMs,
      connection: chance.whole(0, 3),
      atMs: Math.round(chance.between(30_000, chaosEndMs)),
    })
  }
  if (chance.isLess(0.4)) steps.push({ fault: 'stall', ms: 5000, atMs: Math.round(chance.between(60_000, chaosEndMs)) })
  if (chance.isLess(0.5)) steps.push({ fault: 'ping', count: 2, payload: 'x', atMs: 20_000, everyMs: 7000 })
  if (chance.isLess(0.4)) steps.push({ fault: 'hostile', text: chance.pick(HOSTILE), atMs: 30_000, everyMs: 20_000 })
  if (chance.isLess(0.4)) steps.push({ fault: 'delay', ms: 150, jitterMs: 100, atMs: 60_000, forMs: 60_000 })
  if (chance.isLess(0.4)) steps.push({ fault: 'consumerThrows', share: 0.2, atMs: 20_000, forMs: 60_000 })
  if (chance.isLess(0.3))
    steps.push({
      fault: 'clockJump',
      ms: chance.pick([-1, 1]) * 3000,
      atMs: Math.round(chance.between(60_000, chaosEndMs)),
    })
  return steps.sort((a, b) => a.atMs - b.atMs)
}

/** F:A09: a slow and uneven network, all the time, is no reason to give a socket up (within what the chosen liveness promises). */
function slowSteps(chance: Chance, chaosEndMs: number, ms: number): FaultStep[] {
  return [{ fault: 'delay', ms, jitterMs: chance.pick([100, 400]), atMs: 30_000, forMs: chaosEndMs - 60_000 }]
}
