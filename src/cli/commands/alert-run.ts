import type { AccountSetup } from '../../account/account.ts'
import { type AlertConfig, type AlertFire, type Alerts, createAlerts } from '../../alert/index.ts'
import { ConfigError } from '../../model/error.ts'
import { instrumentId, venueOf } from '../../model/instrument.ts'
import { type AccountOptions, loadKeys, setupOf } from '../account-feed.ts'
import { adapterFor, type Context, createContext, openFeed } from '../context.ts'
import type { ExitCode } from '../exit.ts'
import { EXIT } from '../exit.ts'
import { Output } from '../output.ts'
import { proveInstruments } from '../prove-instruments.ts'
import { unlessStopped, untilStopped } from '../stop.ts'
import { EXAMPLE } from '../venue-table.ts'
import { counted, fireLine } from './alert-line.ts'
import { watchRules } from './alert-reload.ts'
import { alertMemory, alertSecrets, needsAccounts, readRulesFile } from './alert-setup.ts'

export interface AlertRunOptions extends AccountOptions {
  readonly rules: string
}

/** `tickwire alert run`: rules on a live feed; a line for each fire. */
export async function alertRun(instruments: readonly string[], options: AlertRunOptions): Promise<ExitCode> {
  const context = await createContext(options)
  const config = readRulesFile('--rules', options.rules)
  const named = [...instruments.map(instrumentId), ...config.rules.flatMap(rule => rule.instruments)]
  const setups = await accountSetups(config, options, context)
  const venues = [...new Set([...named.map(venueOf), ...setups.map(({ adapter }) => adapter.venue)])]
  if (venues.length === 0)
    throw new ConfigError(`instrument: expected at least one, e.g. ${EXAMPLE.instrument}, received none.`)
  const adapters = venues.map(venue => adapterFor(venue, context))
  await using feed = openFeed(adapters, context, setups)
  await unlessStopped(proveInstruments(feed, adapters, [...new Set(named)], context.log))
  const memory = alertMemory(options.memory)
  if (memory === undefined)
    context.log.info('what fired is forgotten at the end: --memory <dir> keeps it over restarts')
  await using alerts = createAlerts({
    feed,
    config,
    instruments,
    ...(memory === undefined ? {} : { memory }),
    ...alertSecrets,
    onProblem: message => context.log.warn(message),
  })
  using _reload = watchRules(options.rules, alerts, context)
  const output = new Output(() => context.stop())
  using _printer = printFires(alerts, output, context)
  await unlessStopped(alerts.ready)
  if (!context.signal.aborted)
    context.log.info(`${counted(alerts.rules().length, 'rule')} armed or waiting for a first value`)
  await untilStopped()
  await alerts[Symbol.asyncDispose]()
  const waiting = alerts.waiting().length
  const fate = memory === undefined ? 'is lost (--memory <dir> keeps it)' : 'is sent by the next run with this --memory'
  if (waiting > 0) context.log.warn(`${counted(waiting, 'alert')} had to wait: what was not sent ${fate}`)
  await output.flush()
  return EXIT.ok
}

/** Prints each fire; tells failed attempts on stderr; ends the command after `--count` fires. */
export function printFires(alerts: Alerts, output: Output, context: Context): Disposable {
  let count = 0
  const print = (fire: AlertFire): void => {
    if (context.isJson) output.json(fire)
    else output.line(fireLine(fire))
    if (++count >= context.count) context.stop()
  }
  return alerts.observe(told => {
    if (told.kind === 'alert' && count < context.count) print(told)
    if (told.kind !== 'delivery' || told.outcome === 'delivered') return
    const end = told.outcome === 'dead' ? 'given up' : 'will be tried again'
    context.log.warn(`alert "${told.rule}" by "${told.channel}": ${told.reason ?? 'failed'}, ${end}`)
  })
}

async function accountSetups(
  config: AlertConfig,
  options: AlertRunOptions,
  context: Context,
): Promise<readonly AccountSetup[]> {
  if (!needsAccounts(config)) return []
  const keys = await loadKeys(options, context)
  return keys
    .filter(({ environment }) => environment === context.environment)
    .map(one => setupOf(one, options, context))
}
