import type { FaultStep } from '../../../src/sim/plan/fault-step.ts'
import type { Session } from '../exchange/session.ts'
import type { VenueServer } from '../exchange/venue-server.ts'
import type { Link } from '../net/link.ts'
import type { Pipe } from '../net/pipe.ts'
import type { FaultTools } from './fault-engine.ts'
import { matcher, serversOf, sessionsOf } from './scope.ts'

type Undo = (() => void) | undefined

/** What happens to the bytes; undefined for a fault of another kind. */
export function transportFault(step: FaultStep, tools: FaultTools, forMs: number): { readonly undo: Undo } | undefined {
  const servers = serversOf(step, tools.servers)
  const sessions = servers.flatMap(server => sessionsOf(step, server))
  switch (step.fault) {
    case 'halfOpen':
      return { undo: holdAll(sessions, link => [link.down, link.up], tools, forMs) }
    case 'hold':
      return { undo: holdAll(sessions, link => [link.down], tools, undefined) }
    case 'mute':
      return { undo: mute(step, sessions, tools, forMs) }
    case 'drop':
      for (const { link } of sessions) link.endByServer(step.code, 'drop')
      return { undo: undefined }
    case 'slowClose':
      for (const { link } of sessions) link.endByServer(1001, 'going away', step.ms)
      return { undo: undefined }
    case 'refuse': {
      const retryAfterS = step.headers?.['Retry-After'] ?? ''
      for (const { door } of servers) door.refusal = { status: step.status, retryAfterS }
      return {
        undo: () => {
          for (const { door } of servers) door.refusal = undefined
        },
      }
    }
    case 'stallHandshake':
      for (const { door } of servers) door.isStalled = true
      return {
        undo: () => {
          for (const { door } of servers) door.isStalled = false
        },
      }
    case 'flap':
      for (const { door } of servers) door.flapMs = step.afterMs
      return {
        undo: () => {
          for (const { door } of servers) door.flapMs = 0
        },
      }
    case 'natTimeout':
      return { undo: forgetIdle(step.afterMs, sessions, tools) }
    case 'delay':
      return { undo: everyLink(servers, tools, link => slow(link, step.ms, step.jitterMs ?? 0, 0)) }
    case 'rate':
      return { undo: everyLink(servers, tools, link => slow(link, 0, 0, step.kBPerSecond)) }
    default:
      return undefined
  }
}

/** Nothing is lost on a connection that comes back: what waited follows in order. */
function holdAll(
  sessions: readonly Session[],
  pipesOf: (link: Link) => readonly Pipe[],
  tools: FaultTools,
  halfOpenForMs: number | undefined,
): Undo {
  const held = sessions.map(session => session.link)
  for (const link of held) {
    for (const pipe of pipesOf(link)) pipe.effects.isHeld = true
    if (halfOpenForMs !== undefined) tools.watch.halfOpen(link, halfOpenForMs)
  }
  return () => {
    for (const link of held) {
      for (const pipe of pipesOf(link)) {
        pipe.effects.isHeld = false
        pipe.wake()
      }
    }
  }
}

function mute(step: FaultStep, sessions: readonly Session[], tools: FaultTools, forMs: number): Undo {
  const matches = matcher(step.stream)
  const silence = {}
  for (const session of sessions) {
    const names = step.stream === undefined ? undefined : new Set([...session.names].filter(matches))
    session.silence(silence, names, forMs)
    if (names === undefined) tools.watch.muted(session, forMs)
  }
  return () => {
    for (const session of sessions) session.unsilence(silence)
  }
}

/** Looks ten times a second whether a socket was idle for too long; what is forgotten stays forgotten. */
function forgetIdle(afterMs: number, sessions: readonly Session[], tools: FaultTools): Undo {
  const { world } = tools
  let isOver = false
  const look = (): void => {
    if (isOver) return
    for (const { link } of sessions) {
      const passedMs = Math.max(link.down.lastPassedMs, link.up.lastPassedMs, link.bornMs)
      if (world.nowMs - passedMs <= afterMs || link.down.effects.isForgotten) continue
      tools.count('socket forgotten by a router')
      for (const pipe of [link.down, link.up]) pipe.effects.isForgotten = true
      tools.watch.halfOpen(link, Number.POSITIVE_INFINITY)
    }
    world.after(100, look)
  }
  look()
  return () => {
    isOver = true
  }
}

/** As long as the fault lasts, for sockets that are there and for those to come. */
function everyLink(servers: readonly VenueServer[], tools: FaultTools, change: (link: Link) => () => void): Undo {
  const undo: (() => void)[] = []
  const hosts = new Set(servers.map(server => server.rules.streamHost))
  const affect = (link: Link): void => {
    if (hosts.has(link.url.host)) undo.push(change(link))
  }
  for (const link of tools.network.links) affect(link)
  tools.newLinks.add(affect)
  return () => {
    tools.newLinks.delete(affect)
    for (const one of undo) one()
  }
}

function slow(link: Link, ms: number, jitterMs: number, kBPerSecond: number): () => void {
  for (const { effects } of [link.down, link.up]) {
    effects.extraMs += ms
    effects.jitterMs += jitterMs
  }
  link.down.effects.bytesPerMs += kBPerSecond
  return () => {
    for (const pipe of [link.down, link.up]) {
      pipe.effects.extraMs -= ms
      pipe.effects.jitterMs -= jitterMs
      pipe.wake()
    }
    link.down.effects.bytesPerMs -= kBPerSecond
  }
}
