#!/usr/bin/env node
import { ConfigError, errorLine, TickwireError } from '../model/error.ts'
import { EXIT } from './exit.ts'

try {
  const { run } = await import('./program.ts')
  process.exitCode = await run(process.argv)
} catch (error) {
  process.exitCode = report(error)
}

function report(error: unknown): number {
  if (error instanceof ConfigError) {
    process.stderr.write(`tickwire: ${error.message}\n`)
    return EXIT.usage
  }
  if (isMissingModule(error)) {
    process.stderr.write(`tickwire: the command line needs the optional dependencies: ${error.message}\n`)
    return EXIT.failed
  }
  // A stack is for our own faults only; what the world does is one line.
  const isOurs = !(error instanceof TickwireError) && !isSystemError(error)
  const text = isOurs && error instanceof Error ? (error.stack ?? error.message) : errorLine(error)
  process.stderr.write(`tickwire: ${text}\n`)
  return EXIT.failed
}

function isMissingModule(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}
