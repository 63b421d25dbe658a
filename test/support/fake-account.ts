import type { Account, PositionView, ReconcileReport } from '../../src/account/account.ts'
import type {
  AccountEvent,
  AccountPhase,
  BalanceEvent,
  FillEvent,
  OrderEvent,
  PositionEvent,
} from '../../src/model/account-event.ts'
import { instrumentId } from '../../src/model/instrument.ts'
import { epochUs } from '../../src/model/time.ts'

export const NOW_US = 1_795_000_000_000_000

/** An account that says what a test tells it to say. */
export class FakeAccount implements Account {
  readonly name: string
  readonly venue: string
  phase: AccountPhase = 'connecting'
  cause: string | undefined
  marginRatio: number | undefined
  lastReport: ReconcileReport | undefined
  ageMs: number | undefined
  readonly ready: Promise<void>
  private readonly assets = new Map<string, BalanceEvent>()
  private readonly held = new Map<string, PositionView>()
  private readonly orders = new Map<string, OrderEvent>()
  private readonly executed: FillEvent[] = []
  private readonly observers = new Set<(event: AccountEvent) => void>()
  private settle: { readonly resolve: () => void; readonly reject: (error: Error) => void }

  constructor(name: string) {
    this.name = name
    this.venue = name.split('/', 1)[0] ?? name
    let settle: FakeAccount['settle'] = { resolve: () => undefined, reject: () => undefined }
    this.ready = new Promise<void>((resolve, reject) => {
      settle = { resolve, reject }
    })
    this.ready.catch(() => undefined)
    this.settle = settle
  }

  get synced(): boolean {
    return this.phase === 'synced'
  }

  balances(): ReadonlyMap<string, BalanceEvent> {
    return this.assets
  }

  positions(): ReadonlyMap<string, PositionView> {
    return this.held
  }

  openOrders(): ReadonlyMap<string, OrderEvent> {
    return this.orders
  }

  fills(limit = 100): readonly FillEvent[] {
    return this.executed.slice(-limit)
  }

  observe(fn: (event: AccountEvent) => void): Disposable {
    this.observers.add(fn)
    return { [Symbol.dispose]: () => this.observers.delete(fn) }
  }

  subscribe(): AsyncIterable<readonly AccountEvent[]> & AsyncDisposable {
    const queue: AccountEvent[] = []
    let wake: () => void = () => undefined
    let isOver = false
    const observation = this.observe(event => {
      queue.push(event)
      wake()
    })
    return {
      async *[Symbol.asyncIterator]() {
        while (!isOver) {
          if (queue.length > 0) yield queue.splice(0)
          else
            await new Promise<void>(resolve => {
              wake = resolve
            })
        }
      },
      async [Symbol.asyncDispose]() {
        isOver = true
        observation[Symbol.dispose]()
        wake()
      },
    }
  }

  async reconcile(cause = 'asked'): Promise<ReconcileReport> {
    return { cause, tookMs: 1, orders: 0, fills: 0, balances: 0, positions: 0 }
  }

  async resolveOrder(): Promise<OrderEvent | undefined> {
    return undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.phase = 'closed'
  }

  enter(phase: AccountPhase, cause?: string, atUs = NOW_US): void {
    this.phase = phase
    this.cause = cause
    this.tell({
      kind: 'accountState',
      account: this.name,
      phase,
      cause,
      origin: 'reconcile',
      receiveTimeUs: epochUs(atUs),
    })
    if (phase === 'synced') this.settle.resolve()
  }

  refuse(error: Error): void {
    this.enter('refused', error.message)
    this.settle.reject(error)
  }

  tell(event: AccountEvent): void {
    if (event.kind === 'balance') this.assets.set(event.asset, event)
    else if (event.kind === 'position') this.held.set(event.instrument, event)
    else if (event.kind === 'order') this.orders.set(event.orderId, event)
    else if (event.kind === 'fill') this.executed.push(event)
    for (const observer of this.observers) observer(event)
  }
}

const common = { account: 'binance-usdm', origin: 'stream', receiveTimeUs: epochUs(NOW_US) } as const
const BTC = instrumentId('binance-usdm:BTCUSDT')

export function balance(asset: string, wallet: string, more: Partial<BalanceEvent> = {}): BalanceEvent {
  return { ...common, kind: 'balance', asset, free: wallet, locked: '0', wallet, ...more }
}

export function position(quantity: string, more: Partial<PositionEvent & PositionView> = {}): PositionView {
  return {
    ...common,
    kind: 'position',
    instrument: BTC,
    positionSide: 'both',
    quantity,
    entryPrice: '60000.0',
    ...more,
  }
}

export function order(orderId: string, more: Partial<OrderEvent> = {}): OrderEvent {
  return {
    ...common,
    kind: 'order',
    instrument: BTC,
    orderId,
    clientOrderId: `mine-${orderId}`,
    status: 'new',
    nativeStatus: 'NEW',
    type: 'LIMIT',
    timeInForce: 'GTC',
    side: 'buy',
    price: '59000.10',
    quantity: '0.500',
    filledQuantity: '0.125',
    ...more,
  }
}

export function fill(tradeId: string, more: Partial<FillEvent> = {}): FillEvent {
  return {
    ...common,
    kind: 'fill',
    instrument: BTC,
    orderId: '1',
    tradeId,
    side: 'sell',
    price: '60100.0',
    quantity: '0.250',
    fee: '0.00600000',
    feeAsset: 'USDT',
    liquidity: 'maker',
    realizedPnl: '-12.50',
    ...more,
  }
}
