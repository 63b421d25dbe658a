import type { AccountFeed } from '../../account/create-feed.ts'
import { type Alerts, createAlerts, readAlerts } from '../../alert/index.ts'
import type { RuleStore, ServedAlerts } from '../../server/index.ts'
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
  return served(alerts, fileRuleStore(path), context, () => reload[Symbol.dispose]())
}

/** No rules at first: what is made in the dashboard runs, and is forgotten with the process. */
export function servePassingRules(feed: AccountFeed, context: Context): ServedAlerts & AsyncDisposable {
  const rules: Readonly<Record<string, unknown>>[] = []
  const indexOf = (id: unknown): number => rules.findIndex(rule => rule['id'] === id)
  const store: RuleStore = {
    load: () => ({ rules: [...rules] }),
    put: rule => {
      const at = indexOf(rule['id'])
      if (at < 0) rules.push(rule)
      else rules[at] = rule
    },
    remove: id => {
      const at = indexOf(id)
      if (at >= 0) rules.splice(at, 1)
    },
  }
  const onProblem = (message: string): void => context.log.warn(message)
  const alerts = createAlerts({ feed, config: readAlerts({ rules: [] }), instruments: [], onProblem })
  return served(alerts, store, context, () => undefined)
}

function served(
  alerts: Alerts,
  store: RuleStore,
  context: Context,
  dispose: () => void,
): ServedAlerts & AsyncDisposable {
  const listening = alerts.observe(told => {
    if (told.kind === 'alert') context.log.warn(`alert "${told.rule}": ${told.message}`)
  })
  return {
    alerts,
    store,
    async [Symbol.asyncDispose]() {
      dispose()
      listening[Symbol.dispose]()
      await alerts[Symbol.asyncDispose]()
    },
  }
}
