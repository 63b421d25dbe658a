import type { Account } from '../account/account.ts'
import type { AccountEvent } from '../model/account-event.ts'
import type { Context } from './context.ts'
import { EXIT, type ExitCode } from './exit.ts'

/** What the accounts of a command have said, and what that means for its exit code. */
export class AccountTally {
  /** Data events so far: what `--count` counts. */
  data = 0
  private gaps = 0
  private readonly everSynced = new Set<string>()
  private readonly refused = new Set<string>()
  private readonly context: Context
  private readonly accounts: readonly Account[]

  constructor(accounts: readonly Account[], context: Context) {
    this.accounts = accounts
    this.context = context
  }

  /** True when no account is left that the venue accepts. */
  get isHopeless(): boolean {
    return this.refused.size === this.accounts.length
  }

  see(event: AccountEvent): void {
    const { log } = this.context
    switch (event.kind) {
      case 'accountState':
        if (event.phase === 'synced') this.everSynced.add(event.account)
        if (event.phase === 'refused') this.refuse(event.account)
        else if (event.phase === 'stale') log.warn(`${event.account}: stale: ${event.cause ?? 'no reason given'}`)
        return
      case 'accountGap':
        this.gaps++
        log.warn(`${event.account}: ${event.what} are lost: ${event.reason}`)
        return
      default:
        this.data++
    }
  }

  /** The feed has said in its log why, and what to check. */
  refuse(account: string): void {
    this.refused.add(account)
  }

  /**
   * 2 when a key was refused; 3 under `--strict` when something was lost or the end is not synced; 1 when an account was never
   * known within `--for`; 0 otherwise. Ctrl-C is no failure.
   */
  exitCode(): ExitCode {
    const { context, accounts } = this
    if (this.refused.size > 0) return EXIT.usage
    const unsynced = accounts.filter(account => !account.synced)
    if (context.isStrict && (this.gaps > 0 || unsynced.length > 0)) return EXIT.gap
    const never = accounts.find(account => !account.synced && !this.everSynced.has(account.name))
    if (never === undefined || !context.isTimeUp()) return EXIT.ok
    context.log.error(`${never.name}: ${never.phase} until the end: ${never.cause ?? 'no answer of the venue yet'}`)
    return EXIT.failed
  }
}
