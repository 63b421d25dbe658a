import type { SimInstrument } from '../instrument.ts'
import { amountText } from '../trading/amount.ts'
import { isOpen } from '../trading/order.ts'
import { readClientId, readFlag } from '../trading/params.ts'
import type { SpotExchange } from '../trading/spot/spot-exchange.ts'
import type { SpotFill, SpotOrder } from '../trading/spot/spot-order.ts'
import { readSpotRequest } from '../trading/spot/spot-request.ts'
import type { SpotTrader } from '../trading/spot/spot-trader.ts'
import type { Call } from './query.ts'
import { badRequest } from './rest-error.ts'
import { cancelRow, newOrderRow, openOrderRow, spotFillRow } from './spot-rows.ts'
import { timePage } from './time-page.ts'

const dayMs = 86_400_000

/** Order entry and account queries of spot. */
export class SpotHandlers {
  private readonly exchange: SpotExchange

  constructor(exchange: SpotExchange) {
    this.exchange = exchange
  }

  place(call: Call, trader: SpotTrader): string {
    const request = readSpotRequest(call, this.exchange.floor)
    const form = call.text('newOrderRespType') ?? (request.type === 'LIMIT_MAKER' ? 'ACK' : 'FULL')
    if (form !== 'ACK' && form !== 'RESULT' && form !== 'FULL') {
      throw badRequest(-1130, "Data sent for parameter 'newOrderRespType' is not valid.")
    }
    const order = trader.place(request)
    const fills = form === 'FULL' ? trader.account.fills.filter(({ orderId }) => orderId === order.id) : []
    return JSON.stringify(newOrderRow(this.instrument(order.symbol), order, form, fills))
  }

  test(call: Call, trader: SpotTrader): string {
    trader.check(readSpotRequest(call, this.exchange.floor))
    return '{}'
  }

  cancel(call: Call, trader: SpotTrader): string {
    const order = this.find(call, trader)
    if (order === undefined || !isOpen(order)) throw badRequest(-2011, 'Unknown order sent.')
    const restriction = call.text('cancelRestrictions')
    const isPartial = order.status === 'PARTIALLY_FILLED'
    if ((restriction === 'ONLY_NEW' && isPartial) || (restriction === 'ONLY_PARTIALLY_FILLED' && !isPartial)) {
      throw badRequest(-2011, 'Order was not canceled due to cancel restrictions.')
    }
    trader.cancel(order, readClientId(call, 'newClientOrderId'))
    return JSON.stringify(cancelRow(this.instrument(order.symbol), order))
  }

  cancelAll(call: Call, trader: SpotTrader): string {
    const { symbol } = call.view().instrument
    const orders = trader.account.orders.open(symbol)
    if (orders.length === 0) throw badRequest(-2011, 'Unknown order sent.')
    for (const order of orders) trader.cancel(order)
    return JSON.stringify(orders.map(order => cancelRow(this.instrument(symbol), order)))
  }

  query(call: Call, trader: SpotTrader): string {
    const order = this.find(call, trader)
    if (order === undefined) throw badRequest(-2013, 'Order does not exist.')
    return JSON.stringify(openOrderRow(this.instrument(order.symbol), order))
  }

  open(call: Call, trader: SpotTrader): string {
    const symbol = call.text('symbol') === undefined ? undefined : call.view().instrument.symbol
    return JSON.stringify(
      trader.account.orders.open(symbol).map(order => openOrderRow(this.instrument(order.symbol), order)),
    )
  }

  all(call: Call, trader: SpotTrader): string {
    const { instrument } = call.view()
    const fromId = call.integer('orderId')
    const rows = [...trader.account.orders.all]
      .filter(order => order.symbol === instrument.symbol && (fromId === undefined || order.id >= fromId))
      .map(order => ({ order, timeMs: order.createdMs }))
    const keeps = fromId === undefined ? 'newest' : 'oldest'
    const page = timePage(call, rows, { standard: 500, most: 1000, spanMs: dayMs, keeps })
    return JSON.stringify(page.map(({ order }) => openOrderRow(instrument, order)))
  }

  fills(call: Call, trader: SpotTrader): string {
    const { instrument } = call.view()
    const [fromId, orderId] = [call.integer('fromId'), call.integer('orderId')]
    if (fromId !== undefined && (call.text('startTime') !== undefined || call.text('endTime') !== undefined)) {
      throw badRequest(-1128, 'Combination of optional parameters invalid.')
    }
    const rows = trader.account.fills.filter(
      (fill: SpotFill) =>
        fill.symbol === instrument.symbol &&
        (fromId === undefined || fill.id >= fromId) &&
        (orderId === undefined || fill.orderId === orderId),
    )
    const keeps = fromId === undefined ? 'newest' : 'oldest'
    const page = timePage(call, rows, { standard: 500, most: 1000, spanMs: dayMs, keeps })
    return JSON.stringify(page.map(fill => spotFillRow(instrument, fill)))
  }

  account(call: Call, { account }: SpotTrader): string {
    const omitsZero = readFlag(call, 'omitZeroBalances')
    const [maker, taker] = [amountText(account.makerRate), amountText(account.takerRate)]
    const balances = [...account.balances.values()]
      .filter(({ free, locked }) => !omitsZero || free + locked > 0n)
      .map(({ asset, free, locked }) => ({ asset, free: amountText(free), locked: amountText(locked) }))
    return JSON.stringify({
      makerCommission: Number(account.makerRate / 10_000n),
      takerCommission: Number(account.takerRate / 10_000n),
      buyerCommission: 0,
      sellerCommission: 0,
      commissionRates: { maker, taker, buyer: '0.00000000', seller: '0.00000000' },
      canTrade: true,
      canWithdraw: true,
      canDeposit: true,
      brokered: false,
      requireSelfTradePrevention: false,
      preventSor: false,
      updateTime: account.updatedMs,
      accountType: 'SPOT',
      balances,
      permissions: ['SPOT'],
      uid: 354_937_868 + account.owner,
    })
  }

  commission(call: Call, { account }: SpotTrader): string {
    const { symbol } = call.view().instrument
    const none = { maker: '0.00000000', taker: '0.00000000', buyer: '0.00000000', seller: '0.00000000' }
    return JSON.stringify({
      symbol,
      standardCommission: { ...none, maker: amountText(account.makerRate), taker: amountText(account.takerRate) },
      specialCommission: none,
      taxCommission: none,
      discount: { enabledForAccount: false, enabledForSymbol: false, discountAsset: 'BNB', discount: '0.75000000' },
    })
  }

  private instrument(symbol: string): SimInstrument {
    return this.exchange.floor.instrument(symbol)
  }

  private find(call: Call, trader: SpotTrader): SpotOrder | undefined {
    const { symbol } = call.view().instrument
    const [id, clientId] = [call.integer('orderId'), call.text('origClientOrderId')]
    if (id === undefined && clientId === undefined) {
      throw badRequest(-1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!")
    }
    return trader.account.orders.find(symbol, id, clientId)
  }
}
