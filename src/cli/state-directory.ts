import { homedir } from 'node:os'
import { join } from 'node:path'
import { errorLine } from '../model/error.ts'
import type { BudgetStore } from '../net/budget-store.ts'
import { fileBudgets } from '../net/file-budgets.ts'
import type { Logger } from './logger.ts'

/**
 * Where this user's processes keep what they owe the venues together: `TICKWIRE_STATE`, otherwise the place for state of the
 * XDG base directories. `TICKWIRE_STATE=off` keeps it in the process alone, as does a directory that cannot be used.
 */
export function sharedBudgets(log: Logger): BudgetStore | undefined {
  const named = process.env['TICKWIRE_STATE']
  if (named === 'off') return undefined
  const base = process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state')
  const directory = named ?? join(base, 'tickwire')
  try {
    return fileBudgets(directory, { onProblem: message => log.warn(message) })
  } catch (error) {
    log.warn(`going on with budgets of this process alone: ${errorLine(error)}`)
    return undefined
  }
}
