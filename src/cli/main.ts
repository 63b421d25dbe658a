#!/usr/bin/env node
import { AuthError, ConfigError, errorLine, TickwireError } from '../model/error.ts'
import { EXIT } from './exit.ts'
import { oneLine } from './one-line.ts'
import { secrets } from './secrets.ts'
import { endProcess, stopOnSignals, stopSignal } from './stop.ts'

stopOnSignals()
// The runtime's own report of what nobody caught would print messages and causes as they are.
process.on('uncaughtException', error => {
  process.exitCode = report(error)
  process.exit()
})
try {
  const { run } = await import('./program.ts')
  endProcess(await run(process.argv))
} catch (error) {
  endProcess(report(error))
}

function report(error: unknown): number {
  // Whatever breaks off because the user wants the end is no failure.
  if (stopSignal.aborted && isAborted(error)) return EXIT.ok
  if (error instanceof ConfigError) return fail(EXIT.usage, error.message)
  if (error instanceof AuthError) return fail(EXIT.usage, oneLine(errorLine(error)))
  if (isMissingModule(error))
    return fail(EXIT.failed, `the command line needs the optional dependencies: ${error.message}`)
  // A stack is for our own faults only; what the world does is one line.
  const isOurs = !(error instanceof TickwireError) && !isSystemError(error)
  return fail(
    EXIT.failed,
    isOurs && error instanceof Error ? (error.stack ?? error.message) : oneLine(worldLine(error)),
  )
}

function worldLine(error: unknown): string {
  if (error instanceof Error && 'code' in error && 'port' in error) {
    const advice = 'choose another with --port (0 takes a free one)'
    if (error.code === 'EADDRINUSE') return `port ${String(error.port)} is already in use: ${advice}`
    if (error.code === 'EACCES') return `port ${String(error.port)} may not be opened by this user: ${advice}`
  }
  return errorLine(error)
}

function fail(code: number, text: string): number {
  process.stderr.write(`tickwire: ${secrets.scrub(text)}\n`)
  return code
}

function isAborted(error: unknown): boolean {
  if (error instanceof TickwireError) return error.code === 'ABORTED'
  return error instanceof Error && error.name === 'AbortError'
}

function isMissingModule(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}
