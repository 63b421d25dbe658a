import { styleText } from 'node:util'
import { type Logger as PinoLogger, pino } from 'pino'
import { oneLine } from './one-line.ts'
import { secrets } from './secrets.ts'

export interface Logger {
  info(text: string): void
  warn(text: string): void
  error(text: string): void
  /** While the screen is drawn in place, lines for people go through `write`; disposing gives stderr back. */
  divert(write: (line: string) => void): Disposable
}

/** The log on stderr: one short line for a person on a terminal, JSON lines otherwise. `--quiet` leaves errors only. */
export function createLogger(isQuiet: boolean): Logger {
  const level = isQuiet ? 'error' : 'info'
  if (!process.stderr.isTTY) {
    const timestamp = pino.stdTimeFunctions.isoTime
    const logger = pino({ level, base: null, timestamp }, pino.destination({ dest: 2, sync: true }))
    return withDivert(logger, () => ({ [Symbol.dispose]: () => undefined }))
  }
  const toStderr = (line: string): void => {
    process.stderr.write(`${line}\n`)
  }
  let write = toStderr
  const logger = pino({ level, base: null }, { write: line => write(forPeople(line)) })
  return withDivert(logger, other => {
    write = other
    return {
      [Symbol.dispose]: () => {
        write = toStderr
      },
    }
  })
}

function withDivert(logger: PinoLogger, divert: Logger['divert']): Logger {
  return {
    info: text => logger.info(loggable(text)),
    warn: text => logger.warn(loggable(text)),
    error: text => logger.error(loggable(text)),
    divert,
  }
}

function loggable(text: string): string {
  return secrets.scrub(oneLine(text))
}

function forPeople(line: string): string {
  const entry: unknown = JSON.parse(line)
  if (typeof entry !== 'object' || entry === null || !('msg' in entry) || !('level' in entry)) return line.trimEnd()
  const level = Number(entry.level)
  const stream = { stream: process.stderr }
  if (level >= 50) return `${styleText('red', 'error', stream)} ${String(entry.msg)}`
  if (level >= 40) return `${styleText('yellow', 'warn ', stream)} ${String(entry.msg)}`
  return `${styleText('dim', 'info ', stream)} ${String(entry.msg)}`
}
