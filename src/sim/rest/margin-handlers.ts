import type { Amount } from '../trading/amount.ts'
import { amountFromText, amountText } from '../trading/amount.ts'
import type { Caller } from '../trading/key-ring.ts'
import { readFlag } from '../trading/params.ts'
import type { MarginDesk } from '../trading/spot/margin-desk.ts'
import { wantedOf } from '../trading/spot/spot-checks.ts'
import type { SpotExchange } from '../trading/spot/spot-exchange.ts'
import { readSpotRequest } from '../trading/spot/spot-request.ts'
import { paying } from '../trading/spot/spot-wallet.ts'
import type { Call } from './query.ts'
import { badRequest } from './rest-error.ts'
import { readForm } from './spot-call.ts'
import type { SpotHandlers } from './spot-handlers.ts'
import { unknownKey } from './trading-gate.ts'

/** Margin accounts of spot: cross, and isolated by symbol. */
export class MarginHandlers {
  private readonly exchange: SpotExchange
  private readonly orders: SpotHandlers

  constructor(exchange: SpotExchange, orders: SpotHandlers) {
    this.exchange = exchange
    this.orders = orders
  }

  /** The margin account a call is about. @throws RestError -1102 when an isolated one is not named */
  desk(call: Call, caller: Caller): MarginDesk {
    const symbol = readFlag(call, 'isIsolated') ? call.view().instrument.symbol : undefined
    return this.exchange.margin(caller.account, symbol)
  }

  token(call: Call, caller: Caller): object {
    const { account } = this.desk(call, caller).trader
    const made = this.exchange.tokens.create(account.name, account.stream, call.integer('validity'))
    return { token: made.token, expirationTime: made.expiresMs }
  }

  place(call: Call, caller: Caller): object {
    const desk = this.desk(call, caller)
    const effect = call.text('sideEffectType') ?? 'NO_SIDE_EFFECT'
    if (effect !== 'NO_SIDE_EFFECT' && effect !== 'MARGIN_BUY') {
      throw badRequest(-1130, "Data sent for parameter 'sideEffectType' is not valid.")
    }
    const request = readSpotRequest(call, this.exchange.floor)
    const form = readForm(call, request)
    const { trader } = desk
    const instrument = this.exchange.floor.instrument(request.symbol)
    const balance = paying(trader.account, request.side, instrument)
    const missing = effect === 'MARGIN_BUY' ? wantedOf(trader, request, request.quantity) - balance.free : 0n
    if (missing > 0n) desk.borrow(balance.asset, missing)
    const row = this.orders.placed(call, trader, request, form)
    const borrowed =
      missing > 0n ? { marginBuyBorrowAmount: amountText(missing), marginBuyBorrowAsset: balance.asset } : {}
    return { ...row, ...borrowed, isIsolated: desk.symbol !== undefined }
  }

  /** Rows as spot has them, with the kind of account they belong to. */
  told(call: Call, caller: Caller, answer: (call: Call, desk: MarginDesk) => object): object {
    const desk = this.desk(call, caller)
    const isIsolated = desk.symbol !== undefined
    const rows = answer(call, desk)
    return Array.isArray(rows) ? rows.map((row: object) => ({ ...row, isIsolated })) : { ...rows, isIsolated }
  }

  borrowRepay(call: Call, caller: Caller): object {
    const desk = this.desk(call, caller)
    const type = call.required('type')
    const [asset, amount] = [call.required('asset'), readAmount(call)]
    if (type === 'BORROW') desk.borrow(asset, amount)
    else if (type === 'REPAY') desk.repay(asset, amount)
    else throw badRequest(-1130, "Data sent for parameter 'type' is not valid.")
    return { tranId: desk.nextId() }
  }

  /** Between the spot account and a margin account of the same owner. */
  transfer(call: Call, caller: Caller): object {
    const spot = this.exchange.traders.get(caller.account)
    if (spot === undefined) throw unknownKey()
    const [asset, amount] = [call.required('asset'), readAmount(call)]
    const type = call.required('type')
    const [isIsolated, isIn] = readDirection(type)
    const name = isIsolated ? call.view(isIn ? 'toSymbol' : 'fromSymbol').instrument.symbol : undefined
    const desk = this.exchange.margin(caller.account, name)
    const from = isIn ? spot.account : desk.trader.account
    if (from.balance(asset).free < amount) throw badRequest(-3041, 'Balance is not enough')
    if (isIn) {
      desk.move(asset, amount)
      spot.transfer(asset, -amount)
    } else {
      desk.move(asset, -amount)
      spot.transfer(asset, amount)
    }
    return { tranId: desk.nextId() }
  }

  account(caller: Caller): object {
    const desk = this.exchange.margin(caller.account, undefined)
    const price = this.exchange.floor.lastPrice('BTCUSDT')
    const inBitcoin = (amount: Amount): string => {
      const { priceDecimals } = this.exchange.floor.instrument('BTCUSDT')
      return (Number(amount) / 1e8 / Math.max(1e-9, price / 10 ** priceDecimals)).toFixed(8)
    }
    return {
      created: true,
      borrowEnabled: true,
      marginLevel: desk.level(),
      collateralMarginLevel: desk.level(),
      totalAssetOfBtc: inBitcoin(desk.net() + desk.owed()),
      totalLiabilityOfBtc: inBitcoin(desk.owed()),
      totalNetAssetOfBtc: inBitcoin(desk.net()),
      tradeEnabled: true,
      transferInEnabled: true,
      transferOutEnabled: true,
      accountType: 'MARGIN_1',
      userAssets: assetRows(desk),
    }
  }
}

function assetRows(desk: MarginDesk): readonly object[] {
  return [...desk.trader.account.balances.values()].map(({ asset, free, locked }) => {
    const borrowed = desk.debt(asset)
    return {
      asset,
      borrowed: amountText(borrowed),
      free: amountText(free),
      interest: '0.00000000',
      locked: amountText(locked),
      netAsset: amountText(free + locked - borrowed),
    }
  })
}

function readDirection(type: string): readonly [isIsolated: boolean, isIn: boolean] {
  switch (type) {
    case 'MAIN_MARGIN':
      return [false, true]
    case 'MARGIN_MAIN':
      return [false, false]
    case 'MAIN_ISOLATED_MARGIN':
      return [true, true]
    case 'ISOLATED_MARGIN_MAIN':
      return [true, false]
    default:
      throw badRequest(-1130, "Data sent for parameter 'type' is not valid.")
  }
}

function readAmount(call: Call): Amount {
  const amount = amountFromText(call.required('amount'))
  if (amount === undefined || amount <= 0n)
    throw badRequest(
      -1100,
      "Illegal characters found in parameter 'amount'; legal range is '^([0-9]{1,20})(\\.[0-9]{1,20})?$'.",
    )
  return amount
}
