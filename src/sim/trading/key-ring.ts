import type { AccountSetup } from './account-options.ts'
import type { ApiKey } from './api-key.ts'

export interface Caller {
  readonly apiKey: ApiKey
  /** Name of the account the key belongs to. */
  readonly account: string
}

/** The API keys of one venue. */
export class KeyRing {
  private readonly byKey = new Map<string, Caller>()
  private readonly revoked = new Set<string>()

  constructor(setups: readonly AccountSetup[]) {
    for (const setup of setups) this.add(setup)
  }

  add({ apiKey, account }: AccountSetup): void {
    this.byKey.set(apiKey.key, { apiKey, account })
  }

  /** All keys, those taken back included. */
  all(): Iterable<Caller> {
    return this.byKey.values()
  }

  /** Whose key it is; undefined for keys that do not exist, or no longer. */
  find(key: string): Caller | undefined {
    return this.revoked.has(key) ? undefined : this.byKey.get(key)
  }

  /** Takes a key back, as when somebody deletes it on the venue's pages. */
  revoke(key: string): void {
    this.revoked.add(key)
  }

  restore(key: string): void {
    this.revoked.delete(key)
  }
}
