import type { FaultStep } from '../../../src/sim/plan/fault-step.ts'
import type { Session } from '../exchange/session.ts'
import type { VenueServer } from '../exchange/venue-server.ts'
import type { FaultTools } from './fault-engine.ts'
import { matcher, serversOf, sessionsOf } from './scope.ts'

type Undo = (() => void) | undefined
type StepOf<F extends FaultStep['fault']> = Extract<FaultStep, { readonly fault: F }>

/** What the exchange does by itself; undefined for a fault of another kind. */
export function exchangeFault(step: FaultStep, tools: FaultTools): { readonly undo: Undo } | undefined {
  const servers = serversOf(step, tools.servers)
  const sessions = servers.flatMap(server => sessionsOf(step, server))
  switch (step.fault) {
    case 'serverShutdown':
      for (const session of sessions) shutdown(session, step.leadMs, tools)
      return { undo: undefined }
    case 'rotate':
      return { undo: endOfLife(step.afterMs, servers, tools) }
    case 'ping':
      for (const session of sessions)
        for (let i = 0; i < (step.count ?? 1); i++) session.pingNow(step.payload ?? 'extra')
      return { undo: undefined }
    case 'pausePings':
      for (const server of servers) server.arePingsPaused = true
      return {
        undo: () => {
          for (const server of servers) server.arePingsPaused = false
        },
      }
    case 'forget': {
      const matches = matcher(step.stream)
      for (const session of sessions) session.forget([...session.names].filter(matches))
      return { undo: undefined }
    }
    case 'skip':
    case 'dup':
      repeatOrSkip(step, servers)
      return { undo: undefined }
    case 'rateFactor':
      for (const server of servers) for (const market of server.instruments.values()) market.rateFactor = step.factor
      return {
        undo: () => {
          for (const server of servers) for (const market of server.instruments.values()) market.rateFactor = 1
        },
      }
    case 'hostile':
      for (const { link } of sessions) {
        if (step.text !== undefined) link.push(step.text)
        if (step.hex !== undefined) link.pushBytes(Buffer.from(step.hex, 'hex'), 0, step.hex.length / 2)
      }
      return { undo: undefined }
    default:
      return controlFault(step, servers) ?? restFault(step, servers, tools)
  }
}

/** The venue says goodbye, in the form of the socket, and ends it after the lead. */
function shutdown(session: Session, leadMs: number, tools: FaultTools): void {
  const notice = `{"e":"serverShutdown","E":${Math.floor(tools.world.wallMs)}}`
  session.link.push(session.isCombined ? `{"stream":"!serverShutdown","data":${notice}}` : notice)
  tools.world.after(leadMs, () => {
    if (session.link.isServed) tools.count('socket ended after its announcement')
    session.link.endByServer(1001, 'shutdown')
  })
}

/** While it lasts, sockets live no longer than this. */
function endOfLife(afterMs: number, servers: readonly VenueServer[], tools: FaultTools): Undo {
  let isOver = false
  const look = (): void => {
    if (isOver) return
    for (const server of servers) {
      for (const { link } of server.sessions)
        if (link.openedMs >= 0 && tools.world.nowMs - link.openedMs >= afterMs) link.endByServer(1001, 'end of life')
    }
    tools.world.after(250, look)
  }
  look()
  return () => {
    isOver = true
  }
}

function repeatOrSkip(step: StepOf<'skip'> | StepOf<'dup'>, servers: readonly VenueServer[]): void {
  const matches = matcher(step.stream)
  for (const server of servers) {
    for (const feed of server.allFeeds()) {
      if (!matches(feed.name)) continue
      if (step.fault === 'skip') feed.skips += step.count
      else feed.dups += step.count
    }
  }
}

function controlFault(step: FaultStep, servers: readonly VenueServer[]): { readonly undo: Undo } | undefined {
  const controls = servers.map(server => server.control.faults)
  switch (step.fault) {
    case 'ackSilent':
      for (const faults of controls) faults.silentShare = step.share
      return {
        undo: () => {
          for (const faults of controls) faults.silentShare = 0
        },
      }
    case 'ackLate':
      for (const faults of controls) faults.lateMs = step.ms
      return {
        undo: () => {
          for (const faults of controls) faults.lateMs = 0
        },
      }
    case 'ignoreIfLarger':
      for (const faults of controls) faults.ignoreAboveBytes = step.bytes
      return {
        undo: () => {
          for (const faults of controls) faults.ignoreAboveBytes = 0
        },
      }
    case 'ackError': {
      const refusal = {
        matches: matcher(step.stream),
        code: step.code ?? 2,
        message: step.message ?? 'Invalid request',
      }
      for (const faults of controls) faults.refused.push(refusal)
      return {
        undo: () => {
          for (const { refused } of controls) refused.splice(refused.indexOf(refusal), 1)
        },
      }
    }
    case 'ackNoData': {
      const matches = matcher(step.stream)
      for (const faults of controls) faults.dry.push(matches)
      return {
        undo: () => {
          for (const { dry } of controls) dry.splice(dry.indexOf(matches), 1)
          for (const { control } of servers) control.feedAll()
        },
      }
    }
    default:
      return undefined
  }
}

function restFault(
  step: FaultStep,
  servers: readonly VenueServer[],
  tools: FaultTools,
): { readonly undo: Undo } | undefined {
  const desks = servers.map(server => server.rest)
  switch (step.fault) {
    case 'snapshot':
      for (const { faults } of desks) {
        faults.snapshotDelayMs = step.delayMs ?? 0
        faults.snapshotAge = step.ageEvents ?? 0
        faults.snapshotStatus = step.status ?? 0
      }
      return {
        undo: () => {
          for (const { faults } of desks) {
            faults.snapshotDelayMs = 0
            faults.snapshotAge = 0
            faults.snapshotStatus = 0
          }
        },
      }
    case 'rest':
      for (const { faults } of desks) {
        faults.status = step.status ?? 0
        faults.body = step.body
        faults.headers = step.headers ?? {}
        faults.latencyMs = step.latencyMs ?? 0
        faults.lagMs = step.lagMs ?? 0
        faults.hole = step.hole
      }
      return {
        undo: () => {
          for (const desk of desks) {
            desk.troubledMs = Math.max(desk.troubledMs, tools.world.nowMs)
            Object.assign(desk.faults, {
              status: 0,
              body: undefined,
              headers: {},
              latencyMs: 0,
              lagMs: 0,
              hole: undefined,
            })
          }
        },
      }
    case 'weights':
      for (const { weights } of desks) weights.factor = step.factor
      return {
        undo: () => {
          for (const { weights } of desks) weights.factor = 1
        },
      }
    default:
      return undefined
  }
}
