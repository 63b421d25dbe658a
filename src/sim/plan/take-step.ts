import type { Clock } from '../../net/clock.ts'
import type { FaultTarget } from '../faults.ts'
import type { Connection } from '../server/connection.ts'
import type { Line } from '../server/line.ts'
import { counted, together } from './counted.ts'
import type { ServerStep } from './fault-step.ts'
import { StepScope } from './step-scope.ts'
import { takeAccountStep } from './take-account-step.ts'

/** What a step has come to on one venue. */
export interface Taken {
  /** What it met: `3 sockets`; empty for what concerns the venue as a whole. */
  readonly met: string
  /** Takes back what lasts. */
  readonly end?: Disposable
}

export interface StepTools {
  readonly clock: Clock
  readonly random: () => number
  /** Runs later, unless the plan ends before. */
  readonly later: (delayMs: number, run: () => void) => void
}

/** Takes one step of a plan on one venue. */
export function takeStep(step: ServerStep, target: FaultTarget, tools: StepTools): Taken {
  const scope = new StepScope(step, target)
  switch (step.fault) {
    case 'halfOpen':
    case 'drop':
    case 'slowClose':
    case 'serverShutdown':
    case 'ping':
    case 'forget':
    case 'hostile':
      return blow(step, scope, tools)
    case 'hold':
      return overLines(scope, target, line => line.hold())
    case 'delay':
      return overLines(scope, target, line => line.delay(step.ms, step.jitterMs ?? 0))
    case 'rate':
      return overLines(scope, target, line => line.limit(step.kBPerSecond))
    case 'natTimeout':
      return overLines(scope, target, line => line.forgetAfter(step.afterMs))
    case 'rotate':
    case 'flap':
      return limitLives(step, scope, target, tools)
    case 'mute':
    case 'skip':
    case 'dup':
      return onStreams(step, scope, target)
    case 'ackNoData':
    case 'ackSilent':
    case 'ackLate':
    case 'ackError':
    case 'ignoreIfLarger':
    case 'pausePings':
      return onControl(step, scope, target, tools)
    case 'refuse':
    case 'stallHandshake':
    case 'snapshot':
    case 'rest':
    case 'weights':
    case 'rateFactor':
      return onVenue(step, scope, target)
    default:
      return takeAccountStep(step, target)
  }
}

type Blow = 'halfOpen' | 'drop' | 'slowClose' | 'serverShutdown' | 'ping' | 'forget' | 'hostile'
type StepOf<F extends ServerStep['fault']> = Extract<ServerStep, { readonly fault: F }>

/** What befalls the sockets that are open now. */
function blow(step: StepOf<Blow>, scope: StepScope, tools: StepTools): Taken {
  const { connections } = scope
  if (step.fault === 'forget') {
    const lost = connections.reduce((sum, connection) => sum + connection.forget(scope.hasStream), 0)
    return { met: counted(lost, 'subscription') }
  }
  const met = counted(connections.length, 'socket')
  if (step.fault === 'halfOpen' && step.forMs !== undefined)
    return { met, end: together(connections.map(({ line }) => line.freeze())) }
  for (const connection of connections) strike(step, connection, tools)
  return { met }
}

function strike(step: StepOf<Exclude<Blow, 'forget'>>, connection: Connection, tools: StepTools): void {
  switch (step.fault) {
    case 'halfOpen':
      connection.halfOpen()
      break
    case 'drop':
      if (step.code === undefined) connection.reset()
      else connection.close(step.code, 'dropped')
      break
    case 'slowClose':
      connection.closeSlowly(1001, 'The server is going away', step.ms)
      break
    case 'serverShutdown':
      connection.announceShutdown()
      tools.later(step.leadMs, () => connection.close(1001, 'The server is going away'))
      break
    case 'ping':
      for (let count = step.count ?? 1; count > 0; count--) connection.ping(step.payload)
      break
    case 'hostile':
      if (step.text !== undefined) connection.send(step.text)
      else connection.deliver(Buffer.from(step.hex ?? '', 'hex'))
      break
  }
}

/** Lays a condition on lines: those of the scope, and those that come to belong to it while it lasts. */
function overLines(scope: StepScope, target: FaultTarget, lay: (line: Line) => Disposable): Taken {
  const laid = new Map<Line, Disposable>()
  const put = (line: Line): void => {
    if (laid.has(line)) return
    laid.set(line, lay(line))
    line.once('close', () => laid.delete(line))
  }
  for (const connection of scope.connections) put(connection.line)
  const { plan } = target
  const watches: Disposable[] = []
  if (scope.isOpenEnded && !scope.isOfStreams) watches.push(plan.lineWatchers.add(put))
  if (scope.isOfStreams) {
    const watch = (connection: Connection, name: string): void => {
      if (scope.has(connection) && scope.hasStream(name)) put(connection.line)
    }
    watches.push(plan.streamWatchers.add(watch))
  }
  const met = counted(laid.size, 'socket')
  return { met, end: { [Symbol.dispose]: () => together([...watches, ...laid.values()])[Symbol.dispose]() } }
}

/** Sockets that do not grow old. */
function limitLives(step: StepOf<'rotate' | 'flap'>, scope: StepScope, target: FaultTarget, tools: StepTools): Taken {
  const isFlap = step.fault === 'flap'
  const limit = (connection: Connection): void => {
    if (!isFlap) connection.retire(step.afterMs)
    else if (step.afterMs === 0) connection.reset()
    else tools.later(step.afterMs, () => connection.reset())
  }
  // A flapping server lets live what is open already.
  if (!isFlap) for (const connection of scope.connections) limit(connection)
  const met = isFlap ? '' : counted(scope.connections.length, 'socket')
  if (!scope.isOpenEnded || scope.isOfStreams) return { met }
  return { met, end: target.plan.connectionWatchers.add(limit) }
}

function onStreams(step: StepOf<'mute' | 'skip' | 'dup'>, scope: StepScope, { hub }: FaultTarget): Taken {
  const matches = scope.hasStream
  if (step.fault === 'skip') return { met: counted(hub.skip(step.count, matches), 'stream') }
  if (step.fault === 'dup') return { met: counted(hub.duplicate(step.count, matches), 'stream') }
  const met = counted(hub.count(matches), 'stream')
  if (scope.isOpenEnded) return { met, end: hub.addMute({ matches, subscriber: undefined }) }
  const [subscriber] = scope.connections
  return subscriber === undefined ? { met: 'no socket' } : { met, end: hub.addMute({ matches, subscriber }) }
}

type ControlFaultName = 'ackNoData' | 'ackSilent' | 'ackLate' | 'ackError' | 'ignoreIfLarger' | 'pausePings'

/** What becomes of control frames, and of pings, while it lasts. */
function onControl(step: StepOf<ControlFaultName>, scope: StepScope, target: FaultTarget, tools: StepTools): Taken {
  const { plan } = target
  const met = scope.isOpenEnded ? '' : counted(scope.connections.length, 'socket')
  const concerns: Concerns = ({ control, connection }) => {
    if (!scope.has(connection)) return false
    return !scope.isOfStreams || ('names' in control && control.names.some(scope.hasStream))
  }
  switch (step.fault) {
    case 'pausePings':
      return { met, end: plan.pingPauses.add(connection => scope.has(connection) && scope.carries(connection)) }
    case 'ackNoData':
      return { met, end: plan.unfed.add((connection, name) => scope.has(connection) && scope.hasStream(name)) }
    case 'ackLate':
      return { met, end: plan.answerDelays.add(request => (concerns(request) ? step.ms : 0)) }
    case 'ackSilent':
      return {
        met,
        end: plan.controlRules.add(request =>
          concerns(request) && tools.random() < step.share ? 'silent' : undefined,
        ),
      }
    case 'ignoreIfLarger':
      return {
        met,
        end: plan.controlRules.add(request => (request.bytes > step.bytes && concerns(request) ? 'silent' : undefined)),
      }
    case 'ackError': {
      const { code = 2, message = 'Invalid request: refused' } = step
      return {
        met,
        end: plan.controlRules.add(request =>
          request.control.kind === 'subscribe' && concerns(request) ? { code, message } : undefined,
        ),
      }
    }
  }
}

type Concerns = (request: Parameters<Parameters<FaultTarget['plan']['controlRules']['add']>[0]>[0]) => boolean

/** What concerns the venue: its door, REST, and its market. */
function onVenue(
  step: StepOf<'refuse' | 'stallHandshake' | 'snapshot' | 'rest' | 'weights' | 'rateFactor'>,
  scope: StepScope,
  { plan, source }: FaultTarget,
): Taken {
  switch (step.fault) {
    case 'refuse':
      return { met: '', end: plan.refusal.add({ body: '', headers: {}, ...step }) }
    case 'stallHandshake':
      return { met: '', end: plan.stalls.add(true) }
    case 'snapshot':
      return { met: '', end: plan.snapshot.add(step, scope.hasStream) }
    case 'rest':
      return { met: '', end: plan.rest.add(step, scope.hasStream) }
    case 'weights':
      return { met: '', end: plan.weightFactors.add(step.factor) }
    case 'rateFactor': {
      const matches = (symbol: string): boolean => scope.hasStream(`${symbol.toLowerCase()}@`)
      const count = source.hurry(matches, step.factor) ?? 0
      const end = { [Symbol.dispose]: () => void source.hurry(matches, 1 / step.factor) }
      return { met: counted(count, 'market'), end }
    }
  }
}
