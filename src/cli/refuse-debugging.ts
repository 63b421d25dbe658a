import { url } from 'node:inspector'
import { ConfigError } from '../model/error.ts'
import type { Logger } from './logger.ts'

/** Options of Node that open a door to the memory of the process, or write it to disk. */
const DOORS = /^--(inspect|heapsnapshot|heap-prof|heapsnapshot-near-heap-limit|diagnostic-dir)/

/**
 * While keys are loaded nobody may look into the process: no inspector, no snapshots of memory, and none of the runtime's own
 * tracing of requests. Signal USR1, which would open the inspector later, does nothing from then on.
 * @throws ConfigError naming what is open
 */
export function refuseDebugging(log: Logger): void {
  const given = [...process.execArgv, ...(process.env['NODE_OPTIONS'] ?? '').split(/\s+/)]
  const door = given.find(option => DOORS.test(option))?.split('=', 1)[0]
  if (door !== undefined || url() !== undefined)
    throw new ConfigError(
      `${door ?? '--inspect'}: refused while API keys are loaded: whoever connects could read them.`,
    )
  if (/\b(http|https|net|tls|undici|fetch|websocket)\b|\*/i.test(process.env['NODE_DEBUG'] ?? ''))
    throw new ConfigError('NODE_DEBUG: refused while API keys are loaded: the runtime would print requests with them.')
  process.on('SIGUSR1', () => log.warn('signal USR1: the debugger stays closed while API keys are loaded'))
}
