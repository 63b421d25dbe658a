import { statSync } from 'node:fs'
import type { Alerts } from '../../alert/index.ts'
import { errorLine } from '../../model/error.ts'
import type { Context } from '../context.ts'
import { oneLine } from '../one-line.ts'
import { counted } from './alert-line.ts'
import { readRulesFile } from './alert-setup.ts'

const LOOK_EVERY_MS = 1000

/** Takes the rules anew whenever their file changes; a file that is wrong is told, and the rules stay as they were. */
export function watchRules(path: string, alerts: Pick<Alerts, 'setConfig'>, context: Pick<Context, 'log'>): Disposable {
  let seen = stampOf(path)
  const look = (): void => {
    const stamp = stampOf(path)
    if (stamp === undefined || stamp === seen) return
    seen = stamp
    reload(path, alerts).then(
      rules => context.log.info(`${path}: ${counted(rules, 'rule')} from now on`),
      (error: unknown) => context.log.warn(`the rules stay as they were: ${oneLine(errorLine(error))}`),
    )
  }
  const timer = setInterval(look, LOOK_EVERY_MS)
  timer.unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

async function reload(path: string, alerts: Pick<Alerts, 'setConfig'>): Promise<number> {
  const config = readRulesFile('--rules', path)
  await alerts.setConfig(config)
  return config.rules.length
}

/** Editors replace a file: while it is gone there is nothing to say. */
function stampOf(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat === undefined ? undefined : `${stat.mtimeMs} ${stat.size} ${stat.ino}`
}
