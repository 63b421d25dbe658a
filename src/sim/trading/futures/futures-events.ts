import { priceText, quantityText } from '../../encode/encoder.ts'
import type { SimInstrument } from '../../instrument.ts'
import { floatText } from '../../wire/decimal-text.ts'
import type { Amount } from '../amount.ts'
import { amountOrZero, amountShort, amountText, meanPriceText } from '../amount.ts'
import type { OwnFill } from '../order.ts'
import type { AlgoOrder } from './algo-order.ts'
import type { FuturesAccount } from './futures-account.ts'
import { marginAsset } from './futures-account.ts'
import type { MarkSource } from './futures-margin.ts'
import { openNotional } from './futures-margin.ts'
import type { FuturesOrder } from './futures-order.ts'
import type { Position } from './futures-position.ts'
import { notional, unrealized } from './futures-position.ts'
import { maintenance } from './margin-brackets.ts'

/** Execution type: `x` of ORDER_TRADE_UPDATE. */
export type Execution = 'NEW' | 'CANCELED' | 'CALCULATED' | 'EXPIRED' | 'TRADE' | 'AMENDMENT'

/** A fill with what it came to. */
export interface BookedFill extends OwnFill {
  readonly fee: Amount
  readonly realized: Amount
}

/** Digits of mean prices: the venue shows at least five. */
export function meanDigits(instrument: SimInstrument): number {
  return Math.max(5, instrument.priceDecimals)
}

export function priceOrZero(instrument: SimInstrument, price: number): string {
  return price === 0 ? '0' : priceText(instrument, price)
}

export function quantityOrZero(instrument: SimInstrument, quantity: number): string {
  return quantity === 0 ? '0' : quantityText(instrument, quantity)
}

export function averageText(instrument: SimInstrument, order: FuturesOrder): string {
  return meanPriceText(instrument, order.value, order.executed, meanDigits(instrument))
}

/** Writes what futures accounts are told. COIN-M differs by an account alias and a margin asset. */
export class FuturesEvents {
  private readonly marks: MarkSource
  private readonly isInverse: boolean

  constructor(marks: MarkSource, isInverse: boolean) {
    this.marks = marks
    this.isInverse = isInverse
  }

  order(
    account: FuturesAccount,
    order: FuturesOrder,
    execution: Execution,
    timeMs: number,
    detail: { readonly fill?: BookedFill; readonly modifyId?: string } = {},
  ): void {
    const body = this.orderBody(account, order, execution, timeMs, detail.fill, detail.modifyId)
    const text = `${this.head('ORDER_TRADE_UPDATE', timeMs, account)}"o":{${body}}}`
    account.stream.emit('ORDER_TRADE_UPDATE', timeMs, () => text)
  }

  /** Fills only, ahead of the full event. */
  tradeLite(account: FuturesAccount, order: FuturesOrder, fill: BookedFill, timeMs: number): void {
    if (this.isInverse) return
    const instrument = this.marks.instrument(order.symbol)
    const text =
      `{"e":"TRADE_LITE","E":${timeMs},"T":${timeMs},"s":"${order.symbol}","q":"${quantityText(instrument, order.quantity)}",` +
      `"p":"${priceOrZero(instrument, order.price)}","m":${fill.isMaker},"c":${JSON.stringify(order.clientOrderId)},` +
      `"S":"${order.side}","L":"${priceText(instrument, fill.price)}","l":"${quantityText(instrument, fill.quantity)}",` +
      `"t":${fill.tradeId},"i":${order.id}}`
    account.stream.emit('TRADE_LITE', timeMs, () => text)
  }

  /** Balances and positions that changed, and only those. `change` is what came or went but for profit and fees. */
  account(
    account: FuturesAccount,
    timeMs: number,
    update: {
      readonly reason: string
      readonly assets: readonly string[]
      readonly change?: Amount
      readonly positions?: readonly Position[]
      readonly symbol?: string
    },
  ): void {
    const assetOf = (symbol: string): string => marginAsset(this.marks.instrument(symbol))
    const balances = update.assets.map(
      asset =>
        `{"a":"${asset}","wb":"${amountText(account.balance(asset, assetOf))}","cw":"${amountText(account.wallet(asset).crossed)}",` +
        `"bc":"${amountOrZero(update.change ?? 0n)}"}`,
    )
    const positions = (update.positions ?? []).map(position => this.positionText(account, position))
    const symbol = update.symbol === undefined ? '' : `"S":"${update.symbol}",`
    const text =
      `${this.head('ACCOUNT_UPDATE', timeMs, account)}"a":{"m":"${update.reason}",${symbol}` +
      `"B":[${balances.join(',')}],"P":[${positions.join(',')}]}}`
    account.stream.emit('ACCOUNT_UPDATE', timeMs, () => text)
  }

  config(account: FuturesAccount, timeMs: number, text: string): void {
    const event = `{"e":"ACCOUNT_CONFIG_UPDATE","E":${timeMs},"T":${timeMs},${text}}`
    account.stream.emit('ACCOUNT_CONFIG_UPDATE', timeMs, () => event)
  }

  marginCall(account: FuturesAccount, positions: readonly Position[], crossWallet: Amount, timeMs: number): void {
    const rows = positions.map(position => {
      const instrument = this.marks.instrument(position.symbol)
      const mark = this.marks.markPrice(position.symbol)
      const value = notional(instrument, position, mark)
      const mode = account.symbol(position.symbol).isIsolated ? 'ISOLATED' : 'CROSSED'
      return (
        `{"s":"${position.symbol}","ps":"${position.side}","pa":"${quantityOrZero(instrument, position.quantity)}",` +
        `"mt":"${this.isInverse ? mode.toLowerCase().replace('crossed', 'cross') : mode}","iw":"${amountOrZero(position.isolatedWallet)}",` +
        `"mp":"${amountText(mark)}","up":"${amountText(unrealized(instrument, position, mark))}",` +
        `"mm":"${amountText(maintenance(instrument, position.quantity, value))}"}`
      )
    })
    const alias = this.isInverse ? `"i":"${aliasOf(account)}",` : ''
    const text = `{"e":"MARGIN_CALL","E":${timeMs},${alias}"cw":"${amountText(crossWallet)}","p":[${rows.join(',')}]}`
    account.stream.emit('MARGIN_CALL', timeMs, () => text)
  }

  algo(account: FuturesAccount, algo: AlgoOrder, actual: FuturesOrder | undefined, timeMs: number): void {
    const instrument = this.marks.instrument(algo.symbol)
    const average = actual === undefined ? '0' : averageText(instrument, actual)
    const done = actual === undefined ? '0' : quantityOrZero(instrument, actual.executed)
    const act = actual === undefined ? '' : `"ap":"${average}","aq":"${done}","act":"${actual.type}",`
    const trailing =
      algo.type === 'TRAILING_STOP_MARKET'
        ? `"AP":"${priceOrZero(instrument, algo.activatePrice)}","cr":"${floatText(algo.callbackRate, 1)}",`
        : ''
    const text =
      `{"e":"ALGO_UPDATE","T":${timeMs},"E":${timeMs},"o":{"caid":${JSON.stringify(algo.clientId)},"aid":${algo.id},` +
      `"at":"CONDITIONAL","o":"${algo.type}","s":"${algo.symbol}","S":"${algo.side}","ps":"${algo.positionSide}",` +
      `"f":"${algo.timeInForce}","q":"${quantityOrZero(instrument, algo.quantity)}","X":"${algo.status}",` +
      `"ai":"${algo.actualOrderId ?? ''}",${act}"tp":"${priceOrZero(instrument, algo.triggerPrice)}",` +
      `"p":"${priceOrZero(instrument, algo.price)}","V":"${algo.stp}","wt":"${algo.workingType}","pm":"${algo.priceMatch}",` +
      `"cp":${algo.closePosition},"pP":${algo.priceProtect},"R":${algo.reduceOnly},"tt":${algo.triggeredMs},"gtd":0,` +
      `${trailing}"rm":${JSON.stringify(algo.reason)},"ia":${algo.isActive}}}`
    account.stream.emit('ALGO_UPDATE', timeMs, () => text)
  }

  private head(kind: string, timeMs: number, account: FuturesAccount): string {
    const alias = this.isInverse ? `"i":"${aliasOf(account)}",` : ''
    return `{"e":"${kind}","E":${timeMs},"T":${timeMs},${alias}`
  }

  private positionText(account: FuturesAccount, position: Position): string {
    const instrument = this.marks.instrument(position.symbol)
    const gain = unrealized(instrument, position, this.marks.markPrice(position.symbol))
    const digits = meanDigits(instrument)
    return (
      `{"s":"${position.symbol}","pa":"${quantityOrZero(instrument, position.quantity)}",` +
      `"ep":"${meanPriceText(instrument, position.cost, position.quantity, digits)}","bep":"${breakEvenText(instrument, position)}",` +
      `"cr":"${amountOrZero(position.realized)}","up":"${amountOrZero(gain)}",` +
      `"mt":"${account.symbol(position.symbol).isIsolated ? 'isolated' : 'cross'}","iw":"${amountOrZero(position.isolatedWallet)}",` +
      `"ps":"${position.side}"}`
    )
  }

  private orderBody(
    account: FuturesAccount,
    order: FuturesOrder,
    execution: Execution,
    timeMs: number,
    fill: BookedFill | undefined,
    modifyId: string | undefined,
  ): string {
    const instrument = this.marks.instrument(order.symbol)
    const asset = marginAsset(instrument)
    const open = openNotional(account, instrument)
    const average = order.executed === 0 ? '0' : averageText(instrument, order)
    const tail = this.isInverse ? '' : `,"gtd":${order.goodTillMs}`
    const modified = modifyId === undefined ? '' : `,"M":${JSON.stringify(modifyId)}`
    return (
      `"s":"${order.symbol}","c":${JSON.stringify(order.clientOrderId)},"S":"${order.side}","o":"${order.type}",` +
      `"f":"${order.timeInForce}","q":"${quantityText(instrument, order.quantity)}","p":"${priceOrZero(instrument, order.price)}",` +
      `"ap":"${average}","sp":"${priceOrZero(instrument, order.stopPrice)}","x":"${execution}","X":"${order.status}",` +
      `"i":${order.id},"l":"${quantityOrZero(instrument, fill?.quantity ?? 0)}","z":"${quantityOrZero(instrument, order.executed)}",` +
      `"L":"${priceOrZero(instrument, fill?.price ?? 0)}",${this.isInverse ? `"ma":"${asset}",` : ''}"N":"${asset}",` +
      `"n":"${amountOrZero(fill?.fee ?? 0n)}","T":${timeMs},"t":${fill?.tradeId ?? 0},` +
      `"b":"${amountShort(open.bid)}","a":"${amountShort(open.ask)}","m":${fill?.isMaker ?? false},"R":${order.reduceOnly},` +
      `"wt":"${order.workingType}","ot":"${order.originalType}","ps":"${order.positionSide}","cp":${order.closePosition},` +
      `"pP":${order.priceProtect},${this.isInverse ? '' : '"si":0,"ss":0,'}"rp":"${amountOrZero(fill?.realized ?? 0n)}",` +
      `"V":"${order.stp}","pm":"${order.priceMatch}"${tail},"er":"${order.expiry}"${modified}`
    )
  }
}

/** Letters that stand for an account in COIN-M events and balances. */
export function aliasOf(account: FuturesAccount): string {
  return `Sg${account.owner.toString(36)}`
}

/** The price at which closing would pay for the fees, too. */
export function breakEvenText(instrument: SimInstrument, position: Position): string {
  if (position.quantity === 0) return '0'
  const isMore = position.quantity > 0 !== instrument.isInverse
  const value = position.cost + (isMore ? position.fees : -position.fees)
  return meanPriceText(instrument, value, position.quantity, meanDigits(instrument))
}
