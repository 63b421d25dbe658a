import { ConfigError, errorLine } from '../../model/error.ts'
import { backtestRunner } from '../../server/index.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { stop, stopSignal, untilStopped } from '../stop.ts'
import { openVenue, VENUE_IDS } from '../venue-table.ts'
import { readRequest, type WorkerMessage } from '../worker-message.ts'

/** The process of one back-test: gets a request from "serve", tells how far it is, and waits to be ended. */
export async function backtestWorker(): Promise<ExitCode> {
  if (process.send === undefined)
    throw new ConfigError('backtest-worker: is started by "serve"; the command is "tickwire alert backtest".')
  const tell = (message: WorkerMessage): void => void process.send?.(message)
  // Whoever asked is gone.
  process.on('disconnect', stop)
  process.on('message', (raw: unknown) => {
    const request = readRequest(raw)
    if (request === undefined) return
    const run = backtestRunner(VENUE_IDS.map(id => openVenue(id, { environment: 'live' })))
    run(request, progress => tell({ kind: 'progress', progress }), stopSignal)
      .then(() => tell({ kind: 'end' }))
      .catch((error: unknown) => tell({ kind: 'failed', reason: errorLine(error) }))
  })
  await untilStopped()
  return EXIT.ok
}
