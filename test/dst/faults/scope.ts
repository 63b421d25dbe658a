import type { FaultScope } from '../../../src/sim/plan/fault-step.ts'
import type { Session } from '../exchange/session.ts'
import type { VenueServer } from '../exchange/venue-server.ts'

/** The venues a step is about. */
export function serversOf(scope: FaultScope, servers: readonly VenueServer[]): readonly VenueServer[] {
  return servers.filter(server => scope.venue === undefined || server.rules.id === scope.venue)
}

/** The sockets that are open now and meant by a step, the oldest first. */
export function sessionsOf(scope: FaultScope, server: VenueServer): readonly Session[] {
  const open = [...server.sessions].filter(session => session.link.client === 'open')
  if (scope.connection === undefined) return open
  const one = open[scope.connection % Math.max(1, open.length)]
  return one === undefined ? [] : [one]
}

/** Tells stream names by a pattern in which `*` stands for any run of characters. */
export function matcher(pattern: string | undefined): (name: string) => boolean {
  if (pattern === undefined) return () => true
  const parts = pattern.split('*')
  return name => {
    let at = 0
    for (const [index, part] of parts.entries()) {
      const found = index === 0 ? (name.startsWith(part) ? 0 : -1) : name.indexOf(part, at)
      if (found < 0) return false
      at = found + part.length
    }
    return pattern.endsWith('*') || at === name.length
  }
}
