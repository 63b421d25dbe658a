import { styleText } from 'node:util'
import { type Logger as PinoLogger, pino } from 'pino'

export type Logger = Pick<PinoLogger, 'info' | 'warn' | 'error'>

/** The log on stderr: one short line for a person on a terminal, JSON lines otherwise. `--quiet` leaves errors only. */
export function createLogger(isQuiet: boolean): Logger {
  const level = isQuiet ? 'error' : 'info'
  if (!process.stderr.isTTY)
    return pino(
      { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
      pino.destination({ dest: 2, sync: true }),
    )
  return pino({ level, base: null }, { write: line => process.stderr.write(forPeople(line)) })
}

function forPeople(line: string): string {
  const entry: unknown = JSON.parse(line)
  if (typeof entry !== 'object' || entry === null || !('msg' in entry) || !('level' in entry)) return line
  const level = Number(entry.level)
  const mark =
    level >= 50 ? styleText('red', 'error') : level >= 40 ? styleText('yellow', 'warn ') : styleText('dim', 'info ')
  return `${mark} ${String(entry.msg)}\n`
}
