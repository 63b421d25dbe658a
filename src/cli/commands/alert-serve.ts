import type { AccountFeed } from '../../account/create-feed.ts'
import { createAlerts } from '../../alert/index.ts'
import type { ServedAlerts } from '../../server/index.ts'
import type { Context } from '../context.ts'
import { watchRules } from './alert-reload.ts'
import { alertMemory, alertSecrets, readRulesFile } from './alert-setup.ts'
import { fileRuleStore } from './alert-store.ts'

export interface ServedRules {
  /** The rules file. */
  readonly path: string
  /** For rules that name no instrument. */
  readonly instruments: readonly string[]
  /** Directory of what is remembered. */
  readonly memory: string | undefined
}

/** Rules that run as long as the dashboard does, and can be changed there. @throws ConfigError */
export function serveRules(
  feed: AccountFeed,
  { path, instruments, memory: directory }: ServedRules,
  context: Context,
): ServedAlerts & AsyncDisposable {
  const memory = alertMemory(directory)
  const alerts = createAlerts({
    feed,
    config: readRulesFile('--rules', path),
    instruments,
    ...(memory === undefined ? {} : { memory }),
    ...alertSecrets,
    onProblem: message => context.log.warn(message),
  })
  const reload = watchRules(path, alerts, context)
  const listening = alerts.observe(told => {
    if (told.kind === 'alert') context.log.warn(`alert "${told.rule}": ${told.message}`)
  })
  return {
    alerts,
    store: fileRuleStore(path),
    async [Symbol.asyncDispose]() {
      reload[Symbol.dispose]()
      listening[Symbol.dispose]()
      await alerts[Symbol.asyncDispose]()
    },
  }
}
