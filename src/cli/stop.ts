import { setMaxListeners } from 'node:events'

const controller = new AbortController()
// Every wait of a command listens: their number is bounded by what the command waits for, not by the default of 10.
setMaxListeners(0, controller.signal)

/** What is still going on this long after a command has ended (a name look-up, a slow TLS handshake) is left behind. */
const GRACE_MS = 1000

/** Aborted by Ctrl-C, by `--for`, and by whatever else ends the command. */
export const stopSignal: AbortSignal = controller.signal

/** Ends the command as if Ctrl-C had been pressed. */
export function stop(): void {
  controller.abort()
}

/** From the first line of the process on: the first signal ends cleanly, the second at once. */
export function stopOnSignals(): void {
  let received = 0
  const onSignal = (): void => {
    received++
    if (received > 1) process.exit(130)
    stop()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  process.on('SIGHUP', onSignal)
}

/** Ends the process when nothing holds it any more, at the latest after a second. */
export function endProcess(code: number): void {
  process.exitCode = code
  setTimeout(() => process.exit(), GRACE_MS).unref()
}

/** What the promise gives, or undefined as soon as the command is to end: for waits that cannot be aborted themselves. */
export async function unlessStopped<T>(promise: Promise<T>): Promise<T | undefined> {
  if (stopSignal.aborted) {
    promise.catch(() => undefined)
    return undefined
  }
  let onAbort: () => void = () => undefined
  const stopped = new Promise<undefined>(resolve => {
    onAbort = () => resolve(undefined)
    stopSignal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([promise, stopped])
  } finally {
    stopSignal.removeEventListener('abort', onAbort)
  }
}

/** Resolves at Ctrl-C or `--for`. */
export function untilStopped(): Promise<void> {
  return new Promise(resolve => {
    if (stopSignal.aborted) resolve()
    stopSignal.addEventListener('abort', () => resolve(), { once: true })
  })
}
