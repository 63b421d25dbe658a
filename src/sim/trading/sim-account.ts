import type { DeliveryFaults } from './user-stream.ts'

/** An order as the exchange knows it; amounts are decimal text, in the venue's own precision. */
export interface SimOrder {
  readonly id: string
  readonly clientOrderId: string
  readonly symbol: string
  readonly side: 'BUY' | 'SELL'
  readonly type: string
  readonly status: string
  readonly price: string
  readonly quantity: string
  readonly executed: string
  readonly createdMs: number
  readonly updatedMs: number
}

export interface SimFill {
  readonly tradeId: string
  readonly orderId: string
  readonly symbol: string
  readonly side: 'BUY' | 'SELL'
  readonly price: string
  readonly quantity: string
  readonly fee: string
  readonly feeAsset: string
  readonly isMaker: boolean
  /** Profit or loss it realised; absent on spot. */
  readonly realizedPnl?: string
  readonly timeMs: number
}

export interface SimBalance {
  readonly asset: string
  /** On futures: the wallet without isolated positions. */
  readonly free: string
  /** On futures: what isolated positions hold. */
  readonly locked: string
}

export interface SimPosition {
  readonly symbol: string
  readonly side: 'BOTH' | 'LONG' | 'SHORT'
  /** Signed. */
  readonly quantity: string
  readonly entryPrice: string
}

/** Something that happened to an account, whether or not anybody was told. */
export interface SimUserEvent {
  /** 1, 2, 3, … */
  readonly sequence: number
  readonly kind: string
  readonly timeMs: number
  /** As it goes out, in milliseconds. */
  readonly payload: string
}

/** The truth about one account, and ways to make its life hard. */
export interface SimAccount {
  readonly venue: string
  /** All orders kept, oldest first. */
  orders(): readonly SimOrder[]
  fills(): readonly SimFill[]
  balances(): readonly SimBalance[]
  /** Open positions; none on spot. */
  positions(): readonly SimPosition[]
  /** Everything the account was told, or should have been, in the true order. */
  events(): readonly SimUserEvent[]
  /**
   * Somebody trades with a resting order now, in full or for so much of it.
   * @throws ConfigError when no such order rests
   */
  fill(orderId: string, quantity?: string): void
  /** The venue cancels an open order. @throws ConfigError when there is none */
  cancel(orderId: string): void
  /** Money comes in, or goes out when the text begins with a minus. @throws ConfigError for what is no amount */
  transfer(asset: string, amount: string): void
  /**
   * The venue tells something that nothing in the simulated market causes: `STRATEGY_UPDATE`, `GRID_UPDATE` and
   * `CONDITIONAL_ORDER_TRIGGER_REJECT` on futures, with `values` in the place of what their form has; on spot
   * `externalLockUpdate` with `a` (asset) and `d` (change), which locks money or sets it free.
   * @throws ConfigError for any other kind, and for values that cannot be
   */
  tell(kind: string, values?: Readonly<Record<string, string>>): void
  /** What happens to its events on their way out; the truth does not change. Replaces what was set before. */
  deliver(faults: DeliveryFaults): void
  /** Lays faults over what `deliver` has set, until the end of the returned; `reorder` means nothing here. */
  lay(faults: DeliveryFaults): Disposable
  /** Closes positions (of one symbol, or all) by force, whatever their margin. @returns how many; none on spot */
  liquidate(symbol?: string): number
  /**
   * Positions are reduced at their mark price because somebody else's loss found nobody to take it over.
   * @param share of each position, above 0 and at most 1
   * @returns how many; none on spot
   */
  deleverage(symbol?: string, share?: number): number
  /** Funding is paid now, at this rate or the contract's own. @returns for how many positions; none on spot */
  payFunding(rate?: number, symbol?: string): number
  /** The listen key ends as after an hour without renewal; on spot, every subscription of the account is terminated. */
  expireStream(): void
  /** The API key is no longer known. */
  revokeKey(): void
  restoreKey(): void
}
