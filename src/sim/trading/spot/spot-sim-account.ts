import { ConfigError } from '../../../model/error.ts'
import { priceText, quantityText } from '../../encode/encoder.ts'
import { amountText } from '../amount.ts'
import type { KeyRing } from '../key-ring.ts'
import type { SimAccount, SimBalance, SimFill, SimPosition } from '../sim-account.ts'
import { readChange, TruthAccount } from '../truth-account.ts'
import type { SpotOrder } from './spot-order.ts'
import type { SpotTrader } from './spot-trader.ts'

/** The truth about a spot account. */
export class SpotSimAccount extends TruthAccount<SpotOrder> implements SimAccount {
  readonly venue = 'binance-spot'
  private readonly trader: SpotTrader

  constructor(trader: SpotTrader, keys: KeyRing, key: string) {
    const { floor, account } = trader
    super({
      floor,
      keys,
      key,
      priceText,
      orders: account.orders,
      stream: account.stream,
      cancel: order => trader.cancel(order),
      transfer: (asset, change) => trader.transfer(asset, change),
    })
    this.trader = trader
  }

  fills(): readonly SimFill[] {
    return this.trader.account.fills.map(fill => {
      const instrument = this.trader.floor.instrument(fill.symbol)
      const { symbol, isMaker, feeAsset, timeMs } = fill
      return {
        tradeId: String(fill.id),
        orderId: String(fill.orderId),
        symbol,
        side: fill.isBuyer ? 'BUY' : 'SELL',
        price: priceText(instrument, fill.price),
        quantity: quantityText(instrument, fill.quantity),
        fee: amountText(fill.fee),
        feeAsset,
        isMaker,
        timeMs,
      }
    })
  }

  balances(): readonly SimBalance[] {
    return [...this.trader.account.balances.values()].map(({ asset, free, locked }) => ({
      asset,
      free: amountText(free),
      locked: amountText(locked),
    }))
  }

  positions(): readonly SimPosition[] {
    return []
  }

  tell(kind: string, values: Readonly<Record<string, string>> = {}): void {
    if (kind !== 'externalLockUpdate') throw new ConfigError(`kind must be externalLockUpdate, was "${kind}"`)
    this.trader.lock(values['a'] ?? '', readChange(values['d'] ?? ''))
  }

  liquidate(): number {
    return 0
  }

  deleverage(): number {
    return 0
  }

  payFunding(): number {
    return 0
  }

  expireStream(): void {
    this.trader.account.stream.terminate()
  }
}
