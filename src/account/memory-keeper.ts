import type { AccountEvent } from '../model/account-event.ts'
import { errorLine } from '../model/error.ts'
import { type EpochUs, epochUs } from '../model/time.ts'
import type { Clock } from '../net/clock.ts'
import type { AccountMemory } from './account-memory.ts'
import { isEmptyBalance } from './holdings.ts'
import { Ledger } from './ledger.ts'

/** Changes are saved together; every fill has been noted before. */
const SAVE_AFTER_MS = 1000
const ZERO = epochUs(0)

export interface Remembered {
  readonly ledger: Ledger
  readonly comparedUs: EpochUs | undefined
  /** Why what was remembered could not be read: fills made meanwhile are not known. */
  readonly forgot: string | undefined
}

/** Keeps what an account has to know after a restart. What cannot be kept is reported, and the account goes on. */
export class MemoryKeeper {
  private memory: AccountMemory | undefined
  private forgot: string | undefined
  private readonly account: string
  private readonly clock: Clock
  private readonly onProblem: (message: string) => void
  private timer: Disposable | undefined
  private isBroken = false

  constructor(memory: AccountMemory | undefined, account: string, clock: Clock, onProblem: (message: string) => void) {
    this.memory = memory
    this.account = account
    this.clock = clock
    this.onProblem = onProblem
  }

  /** The ledger as it was, or a new one that begins now. */
  open(nowUs: EpochUs): Remembered {
    const loaded = this.load()
    if (loaded === undefined) {
      const ledger = new Ledger(this.account, nowUs)
      this.save(ledger, undefined)
      return { ledger, comparedUs: undefined, forgot: this.forgot }
    }
    const { record, noted } = loaded
    const ledger = new Ledger(this.account, record.beginUs)
    for (const [instrument, mark] of record.fills) ledger.fills.restore(instrument, mark)
    for (const order of record.openOrders) ledger.orders.restore(order)
    for (const { event, timeUs } of record.balances) ledger.balances.restore(event.asset, event, timeUs)
    for (const { instrument, key, orderId, quantity } of noted) {
      ledger.fills.remember(instrument, key)
      ledger.orders.filled(instrument, orderId, quantity)
    }
    const comparedUs = record.comparedUs > 0 ? record.comparedUs : undefined
    if (comparedUs !== undefined) ledger.fills.compared(comparedUs)
    return { ledger, comparedUs, forgot: undefined }
  }

  /** Before anybody is told: a fill that was told is never told again. */
  note(event: AccountEvent): void {
    if (event.kind !== 'fill') return
    const { instrument, orderId, tradeId, quantity } = event
    this.guard(() => this.memory?.note(this.account, { instrument, key: `${orderId}|${tradeId}`, orderId, quantity }))
  }

  /** Something changed that is worth keeping. */
  changed(ledger: Ledger, comparedUs: () => EpochUs | undefined): void {
    if (this.memory === undefined) return
    this.timer ??= this.clock.setTimer(SAVE_AFTER_MS, () => {
      this.timer = undefined
      this.save(ledger, comparedUs())
    })
  }

  save(ledger: Ledger, comparedUs: EpochUs | undefined): void {
    const { memory } = this
    if (memory === undefined) return
    const balances = [...ledger.balances.entries()].map(([, { event, timeUs }]) => ({ event, timeUs }))
    const record = {
      beginUs: ledger.beginUs,
      comparedUs: comparedUs ?? ZERO,
      fills: ledger.fills.marks(),
      openOrders: [...ledger.orders.openOrders()],
      balances: balances.filter(({ event }) => !isEmptyBalance(event)),
    }
    this.guard(() => memory.save(this.account, record))
  }

  close(): void {
    this.timer?.[Symbol.dispose]()
    this.timer = undefined
  }

  /** What cannot be read is not written over: it stays for a person to look at. */
  private load(): ReturnType<AccountMemory['load']> {
    try {
      return this.memory?.load(this.account)
    } catch (error) {
      this.forgot = errorLine(error)
      this.onProblem(`what was remembered of the account cannot be read: ${this.forgot}`)
      this.memory = undefined
      return undefined
    }
  }

  private guard<T>(act: () => T): T | undefined {
    try {
      const result = act()
      this.isBroken = false
      return result
    } catch (error) {
      if (!this.isBroken) this.onProblem(`the memory of the account cannot be used: ${errorLine(error)}`)
      this.isBroken = true
      return undefined
    }
  }
}
