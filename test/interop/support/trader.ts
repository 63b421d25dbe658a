/** A trade of the account, in one spelling for all clients and for the truth. */
export interface Fill {
  readonly tradeId: string
  readonly orderId: string
  readonly side: string
  readonly price: string
  readonly quantity: string
  readonly fee: string
  readonly feeAsset: string
  readonly isMaker: boolean
}

export interface Order {
  readonly side: string
  readonly status: string
  readonly quantity: string
  readonly executed: string
}

export interface Balance {
  /** On futures the wallet. */
  readonly free: string
  /** Undefined where a client does not tell. */
  readonly locked?: string
}

export interface Position {
  /** Signed. */
  readonly quantity: string
  readonly entryPrice: string
}

/** What a client was told by itself, over its user stream. */
export class Told {
  /** The last state of each order, by id. */
  readonly orders = new Map<string, Order>()
  readonly fills: Fill[] = []
  readonly balances = new Map<string, Balance>()
  /** By symbol; flat ones may be there, or not. */
  readonly positions = new Map<string, Position>()
  /** Everything else that a client makes known: errors, ends, reconnections. */
  readonly notices: string[] = []
}

/** A third-party client as the tests drive it; what is undefined the client cannot do. */
export interface Trader {
  readonly told: Told
  /** Whether the client learns of balances and positions through the stream. */
  readonly tells: { readonly balances: boolean; readonly positions: boolean }
  /** Opens the user stream; resolves when the exchange has taken the subscription. */
  listen(): Promise<void>
  /** @returns the order id */
  limit(side: 'BUY' | 'SELL', quantity: string, price: string): Promise<string>
  /** @returns the order id */
  market(side: 'BUY' | 'SELL', quantity: string): Promise<string>
  cancel(orderId: string): Promise<void>
  /** By REST or by the WebSocket API, whichever the client is built around. */
  orders(): Promise<ReadonlyMap<string, Order>>
  fills(): Promise<readonly Fill[]>
  balances(): Promise<ReadonlyMap<string, Balance>>
  /** Undefined on spot, which has none. */
  positions?(): Promise<ReadonlyMap<string, Position>>
  close(): Promise<void>
}
