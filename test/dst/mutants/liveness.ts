import type { Mutant } from './mutant.ts'

/** Family A: is the connection alive? */
export const LIVENESS: readonly Mutant[] = [
  {
    name: 'A01-heartbeat-never-judges',
    what: 'missed pongs are counted and never acted upon',
    file: 'net/heartbeat.ts',
    find: 'if (this.misses >= 2) {',
    replace: 'if (this.misses >= 2e9) {',
  },
  {
    name: 'A02-watchdog-is-fed-by-anything',
    what: 'silence of data is never suspicious, because pongs come',
    file: 'feed/rhythm.ts',
    find: 'isSuspicious(nowMs: number): boolean {\n',
    replace: 'isSuspicious(nowMs: number): boolean {\n    if (nowMs >= 0) return false\n',
  },
  {
    name: 'A02-mute-socket-is-kept',
    what: 'a socket that brings nothing is noticed and kept',
    file: 'feed/watchdog.ts',
    find: 'connection.replaceMute(',
    replace: 'void (',
  },
  {
    name: 'A03-never-fed-unnoticed',
    what: 'the watchdog is armed by the first message',
    file: 'feed/watchdog.ts',
    find: "if (leg.state !== 'acknowledged' || leg.events > leg.eventsBefore) return false",
    replace: "if (leg.state !== 'delivering') return false",
  },
  {
    name: 'A08-heartbeat-survives-its-socket',
    what: 'the timer of a lost socket goes on',
    file: 'net/connection.ts',
    find: '    this.heartbeat?.[Symbol.dispose]()\n',
    replace: '',
  },
  {
    name: 'A09-one-late-pong-kills',
    what: 'no tolerance for a single late pong',
    file: 'net/heartbeat.ts',
    find: 'const isUnanswered = ',
    replace: 'if (this.pingSentMs !== undefined) this.misses = 2\n    const isUnanswered = this.misses === 2 || ',
  },
  {
    name: 'A12-announcement-ignored',
    what: 'serverShutdown is read and nothing is done',
    file: 'feed/stream-connection.ts',
    find: '    this.options.onGoingAway(this, reason)',
    replace: '    void reason',
  },
  {
    name: 'A13-no-handshake-deadline',
    what: 'a hung handshake counts as in progress for ever',
    file: 'net/connection.ts',
    find: "if (!isCurrent() || this.state.kind !== 'connecting') return\n",
    replace: 'return\n',
  },
  {
    name: 'A15-stale-is-not-told',
    what: 'a book without news stays synced',
    file: 'feed/live-stream.ts',
    find: "if (this.book !== undefined) this.book.disconnected('stale')",
    replace: 'if (this.book !== undefined) void this.book',
  },
]
