import { type Alerts, createAlerts, processMemory } from '../../alert/index.ts'
import { createReplay } from '../../replay/create-replay.ts'
import { passTime } from '../../server/backtest/pass-time.ts'
import { type CommonOptions, createContext } from '../context.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { Output } from '../output.ts'
import { unlessStopped } from '../stop.ts'
import { openVenue, VENUE_IDS } from '../venue-table.ts'
import { counted } from './alert-line.ts'
import { printFires } from './alert-run.ts'
import { alertSecrets, readRulesFile } from './alert-setup.ts'

export interface AlertBacktestOptions extends CommonOptions {
  readonly rules: string
  readonly venue?: string
  readonly deliver?: boolean
}

const LOOK_EVERY_MS = 200

/** `tickwire alert backtest`: what rules would have fired in a recording, with its time. Nothing is sent unless asked for. */
export async function alertBacktest(files: readonly string[], options: AlertBacktestOptions): Promise<ExitCode> {
  const context = await createContext(options, true)
  const config = readRulesFile('--rules', options.rules)
  const ids = options.venue === undefined ? VENUE_IDS : [options.venue]
  const venues = ids.map(id => openVenue(id, { environment: 'live' }))
  await using replay = await createReplay({ files, venues, autoStart: false })
  for (const note of replay.recording.notes) context.log.warn(note)
  const deliver = options.deliver ?? false
  await using alerts = createAlerts({
    feed: replay,
    config,
    instruments: [...new Set(replay.recording.channels.map(({ instrument }) => instrument))],
    memory: processMemory(),
    deliver,
    isReplay: true,
    ...alertSecrets,
    onProblem: message => context.log.warn(message),
  })
  const output = new Output(() => context.stop())
  using _printer = printFires(alerts, output, context)
  await alerts.asked
  using _time = passTime(replay, alerts)
  replay.play()
  const report = await unlessStopped(replay.ended)
  const { toUs } = replay.recording
  if (report?.isComplete === true && toUs !== undefined) alerts.advance(toUs)
  if (deliver) await delivered(alerts, context.signal)
  await output.flush()
  for (const { rule, instrument, fires } of alerts.rules())
    context.log.info(`${rule.id} ${instrument}: ${counted(fires, 'fire')}`)
  return EXIT.ok
}

/** Resolves when every channel has what it was to get, or has given up. */
async function delivered(alerts: Alerts, signal: AbortSignal): Promise<void> {
  while (alerts.waiting().length > 0 && !signal.aborted)
    await new Promise<void>(resolve => setTimeout(resolve, LOOK_EVERY_MS))
}
