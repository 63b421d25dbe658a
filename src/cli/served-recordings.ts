import { fork } from 'node:child_process'
import { statSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { ConfigError } from '../model/error.ts'
import type { BacktestRunner, ServedRecordings } from '../server/index.ts'
import { readWorkerMessage } from './worker-message.ts'

const MOST_HEAP_MB = 1024

/** @throws ConfigError when there is no such folder */
export function servedRecordings(option: string, directory: string): ServedRecordings {
  const found = statSync(directory, { throwIfNoEntry: false })
  if (found?.isDirectory() !== true)
    throw new ConfigError(`${option}: expected a folder with recordings, found none at "${directory}".`)
  return { directory, run: inOwnProcess }
}

/**
 * Reads the recording in a process of low priority: the live feed stamps the time at which its messages come, and must never
 * wait for a back-test. The process knows no secret, and ends with whoever asked for it.
 */
const inOwnProcess: BacktestRunner = async (request, onProgress, signal) => {
  if (signal.aborted) return
  const main = fileURLToPath(new URL('./main.js', import.meta.url))
  const child = fork(main, ['backtest-worker'], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: [`--max-old-space-size=${MOST_HEAP_MB}`],
    env: {},
  })
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW)
  const stop = (): void => void child.kill('SIGKILL')
  signal.addEventListener('abort', stop, { once: true })
  try {
    await new Promise<void>((resolve, reject) => {
      child.on('error', reject)
      child.on('exit', code => reject(new Error(`the back-test ended before its end (${code ?? 'stopped'}).`)))
      child.on('message', (raw: unknown) => {
        const message = readWorkerMessage(raw)
        if (message?.kind === 'progress') onProgress(message.progress)
        else if (message?.kind === 'end') resolve()
        else if (message?.kind === 'failed') reject(new ConfigError(message.reason))
      })
      child.send(request)
    })
  } finally {
    signal.removeEventListener('abort', stop)
    stop()
  }
}
