import { type AlertFeed, type AlertFire, createAlerts, type DeliveryRecord } from '../../alert/index.ts'
import { ConfigError } from '../../model/error.ts'
import { type CommonOptions, createContext } from '../context.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { Output } from '../output.ts'
import { EXAMPLE } from '../venue-table.ts'
import { counted, deliveryLine, fireLine } from './alert-line.ts'
import { alertSecrets, existingMemory, readRulesFile } from './alert-setup.ts'

/** `tickwire alert check`: reads rules, and says what they are. */
export async function alertCheck(path: string, options: CommonOptions): Promise<ExitCode> {
  const context = await createContext(options, true)
  const { rules, channels } = readRulesFile('rules', path)
  const output = new Output(() => context.stop())
  for (const rule of rules) {
    if (context.isJson) output.json(rule)
    else output.line(`${rule.id}: ${rule.source.text}, ${rule.frequency}, to ${rule.channels.join(', ') || 'the log'}`)
  }
  context.log.info(`${counted(rules.length, 'rule')} and ${counted(channels.size, 'channel')} are well formed`)
  await output.flush()
  return EXIT.ok
}

export interface AlertTestOptions extends CommonOptions {
  readonly rules: string
}

/** `tickwire alert test`: a marked sample by a channel, or by the channels of a rule. */
export async function alertTest(name: string, options: AlertTestOptions): Promise<ExitCode> {
  const context = await createContext(options, true)
  const config = readRulesFile('--rules', options.rules)
  const quiet = config.rules.map(rule => ({ ...rule, enabled: false }))
  await using alerts = createAlerts({
    feed: NO_FEED,
    config: { ...config, rules: quiet },
    instruments: [EXAMPLE.instrument],
    ...alertSecrets,
    onProblem: message => context.log.warn(message),
  })
  await alerts.ready
  const attempts = await alerts.test(name)
  const output = new Output(() => context.stop())
  for (const attempt of attempts) {
    if (context.isJson) output.json(attempt)
    else output.line(`${attempt.channel}: ${attempt.kind === 'delivered' ? 'delivered' : attempt.reason}`)
  }
  if (attempts.length === 0) context.log.warn(`"${name}" names no channel: its fires stand in the log alone`)
  await output.flush()
  return attempts.every(({ kind }) => kind === 'delivered') ? EXIT.ok : EXIT.failed
}

export interface AlertLogOptions extends CommonOptions {
  readonly memory: string
}

/** `tickwire alert log`: what fired and what became of it, oldest first. */
export async function alertLog(options: AlertLogOptions): Promise<ExitCode> {
  const context = await createContext(options, true)
  const memory = existingMemory(options.memory)
  const { fires, deliveries } = memory.load()
  const output = new Output(() => context.stop())
  const timed: readonly { readonly atUs: number; readonly told: AlertFire | DeliveryRecord }[] = [
    ...fires.map(told => ({ atUs: told.firedUs, told })),
    ...deliveries.map(told => ({ atUs: told.atUs, told })),
  ]
  const ordered = [...timed].sort((a, b) => a.atUs - b.atUs).slice(-Math.min(context.count, timed.length || 1))
  for (const { told } of ordered) {
    if (context.isJson) output.json(told)
    else output.line(told.kind === 'alert' ? fireLine(told) : deliveryLine(told))
  }
  await output.flush()
  return EXIT.ok
}

/** Samples are sent without looking at any market. */
const NO_FEED: AlertFeed = {
  observe: () => noMarket(),
  subscribe: () => noMarket(),
  book: () => noMarket(),
  status: () => noMarket(),
  instruments: async () => [],
  async [Symbol.asyncDispose]() {},
}

function noMarket(): never {
  throw new ConfigError('a sample looks at no market.')
}
