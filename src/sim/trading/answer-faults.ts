import { RestError } from '../rest/rest-error.ts'

interface Rule {
  readonly accounts: ReadonlySet<string>
  /** Orders that are still to be answered so. */
  left: number
}

/** Orders that are carried out while their sender is told that nobody knows. */
export class AnswerFaults {
  private readonly rules = new Set<Rule>()
  private readonly isSpot: boolean

  constructor(isSpot: boolean) {
    this.isSpot = isSpot
  }

  /** The next so many orders of these accounts are answered so, until the end of the returned. */
  arm(accounts: ReadonlySet<string>, count: number): Disposable {
    const rule = { accounts, left: count }
    this.rules.add(rule)
    return { [Symbol.dispose]: () => void this.rules.delete(rule) }
  }

  /** To be called when an order has been carried out, before it is answered. @throws RestError 503 */
  check(account: string): void {
    for (const rule of this.rules) {
      if (rule.left === 0 || !rule.accounts.has(account)) continue
      rule.left--
      throw this.isSpot ? new RestError(503, -1007, spotText) : new RestError(503, -1000, futuresText)
    }
  }
}

const spotText = 'Timeout waiting for response from backend server. Send status unknown; execution status unknown.'
const futuresText = 'Unknown error, please check your request or try again later.'
