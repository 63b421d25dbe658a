import { priceText, quantityText } from '../../encode/encoder.ts'
import { amountText, meanPriceText } from '../amount.ts'
import type { KeyRing } from '../key-ring.ts'
import type { SimAccount, SimBalance, SimFill, SimPosition } from '../sim-account.ts'
import { TruthAccount } from '../truth-account.ts'
import { marginAsset } from './futures-account.ts'
import { meanDigits, priceOrZero } from './futures-events.ts'
import type { FuturesDesk } from './futures-exchange.ts'
import type { FuturesFloor } from './futures-floor.ts'
import type { FuturesOrder } from './futures-order.ts'
import { transfer } from './futures-settings.ts'
import { toldText } from './told-forms.ts'

/** The truth about a futures account. */
export class FuturesSimAccount extends TruthAccount<FuturesOrder> implements SimAccount {
  readonly venue: string
  private readonly desk: FuturesDesk

  constructor(venue: string, desk: FuturesDesk, keys: KeyRing, key: string) {
    const { account, trader } = desk
    super({
      floor: trader.floor,
      keys,
      key,
      priceText: priceOrZero,
      orders: account.orders,
      stream: account.stream,
      cancel: order => trader.cancel(order),
      transfer: (asset, change) => transfer(desk, asset, change),
    })
    this.venue = venue
    this.desk = desk
  }

  fills(): readonly SimFill[] {
    return this.desk.account.fills.map(fill => {
      const instrument = this.floor.instrument(fill.symbol)
      const { symbol, side, feeAsset, isMaker, timeMs } = fill
      return {
        tradeId: String(fill.id),
        orderId: String(fill.orderId),
        symbol,
        side,
        price: priceText(instrument, fill.price),
        quantity: quantityText(instrument, fill.quantity),
        fee: amountText(fill.fee),
        feeAsset,
        isMaker,
        realizedPnl: amountText(fill.realized),
        timeMs,
      }
    })
  }

  balances(): readonly SimBalance[] {
    const { account } = this.desk
    const assetOf = (symbol: string): string => marginAsset(this.floor.instrument(symbol))
    return [...account.wallets.values()].map(({ asset, crossed }) => ({
      asset,
      free: amountText(crossed),
      locked: amountText(account.balance(asset, assetOf) - crossed),
    }))
  }

  positions(): readonly SimPosition[] {
    return this.desk.account.openPositions().map(({ symbol, side, quantity, cost }) => {
      const instrument = this.floor.instrument(symbol)
      return {
        symbol,
        side,
        quantity: quantityText(instrument, quantity),
        entryPrice: meanPriceText(instrument, cost, quantity, meanDigits(instrument)),
      }
    })
  }

  tell(kind: string, values: Readonly<Record<string, string>> = {}): void {
    const timeMs = this.floor.nowMs()
    const text = toldText(kind, values, timeMs, this.floor.nextRowId())
    this.desk.account.stream.emit(kind, timeMs, () => text)
  }

  liquidate(symbol?: string): number {
    return this.desk.risk.force(symbol)
  }

  deleverage(symbol?: string, share = 1): number {
    return this.desk.risk.deleverage(symbol, share)
  }

  payFunding(rate?: number, symbol?: string): number {
    return this.desk.risk.payFunding(rate, symbol)
  }

  expireStream(): void {
    this.desk.listenKey.expire()
  }

  private get floor(): FuturesFloor {
    return this.desk.trader.floor
  }
}
