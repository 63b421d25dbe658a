import { badRequest } from '../../rest/rest-error.ts'
import type { Amount } from '../amount.ts'
import type { PositionSide } from '../order.ts'
import { marginAsset } from './futures-account.ts'
import type { FuturesDesk } from './futures-exchange.ts'
import { assetMargin } from './futures-margin.ts'
import { mostLeverage } from './margin-brackets.ts'

/** @throws RestError -4028, -2019 when the margin no longer suffices */
export function setLeverage({ account, trader: { floor } }: FuturesDesk, symbol: string, leverage: number): void {
  floor.instrument(symbol)
  if (!Number.isInteger(leverage) || leverage < 1 || leverage > mostLeverage) {
    throw badRequest(-4028, `Leverage ${leverage} is not valid`)
  }
  const settings = account.symbol(symbol)
  const before = settings.leverage
  if (settings.isIsolated && leverage < before && account.positions(symbol).some(({ quantity }) => quantity !== 0)) {
    throw badRequest(-4161, 'Leverage reduction is not supported in Isolated Margin Mode with open positions.')
  }
  settings.leverage = leverage
  if (leverage < before && assetMargin(account, marginAsset(floor.instrument(symbol)), floor).available < 0n) {
    settings.leverage = before
    throw badRequest(-2019, 'Margin is insufficient.')
  }
  if (leverage !== before) floor.events.config(account, floor.nowMs(), `"ac":{"s":"${symbol}","l":${leverage}}`)
}

/** @throws RestError -4046, -4047, -4048 */
export function setMarginType({ account, trader: { floor } }: FuturesDesk, symbol: string, marginType: string): void {
  floor.instrument(symbol)
  if (marginType !== 'ISOLATED' && marginType !== 'CROSSED')
    throw badRequest(-4049, 'Add margin only support for isolated position.')
  const settings = account.symbol(symbol)
  if (account.isMultiAsset && marginType === 'ISOLATED') {
    throw badRequest(-4168, 'Unable to adjust to isolated-margin mode under the Multi-Assets mode.')
  }
  if (settings.isIsolated === (marginType === 'ISOLATED')) throw badRequest(-4046, 'No need to change margin type.')
  if (account.orders.open(symbol).length > 0)
    throw badRequest(-4047, 'Margin type cannot be changed if there exists open orders.')
  if (account.positions(symbol).some(({ quantity }) => quantity !== 0)) {
    throw badRequest(-4048, 'Margin type cannot be changed if there exists position.')
  }
  settings.isIsolated = marginType === 'ISOLATED'
  const positions = [account.position(symbol, 'BOTH')]
  floor.events.account(account, floor.nowMs(), { reason: 'MARGIN_TYPE_CHANGE', assets: [], positions })
}

/** @throws RestError -4059, -4067, -4068 */
export function setDualSide({ account }: FuturesDesk, isDual: boolean): void {
  if (account.isDual === isDual) throw badRequest(-4059, 'No need to change position side.')
  if (account.orders.open().length > 0)
    throw badRequest(-4067, 'Position side cannot be changed if there exists open orders.')
  if (account.openPositions().length > 0)
    throw badRequest(-4068, 'Position side cannot be changed if there exists position.')
  account.isDual = isDual
}

/** One pot of margin for all assets, or one of each. @throws RestError -4168, -4171, -2019 */
export function setMultiAssets({ account, trader: { floor } }: FuturesDesk, isMulti: boolean): void {
  if (isMulti === account.isMultiAsset) throw badRequest(-4171, 'No need to change multi-assets mode.')
  const names = [...account.openPositions(), ...account.orders.open()].map(({ symbol }) => symbol)
  if (isMulti && names.some(symbol => account.symbol(symbol).isIsolated)) {
    throw badRequest(
      -4168,
      'Unable to adjust to Multi-Assets mode with symbols of USDⓈ-M Futures under isolated-margin mode.',
    )
  }
  account.isMultiAsset = isMulti
  const isShort = [...account.wallets.keys()].some(asset => assetMargin(account, asset, floor).available < 0n)
  if (!isMulti && isShort) {
    account.isMultiAsset = true
    throw badRequest(-2019, 'Margin is insufficient.')
  }
  floor.events.config(account, floor.nowMs(), `"ai":{"j":${isMulti}}`)
}

/** Money from outside, or to it. `amount` has a sign. @throws RestError -2018 when there is too little */
export function transfer({ account, trader: { floor } }: FuturesDesk, asset: string, amount: Amount): void {
  const wallet = account.wallet(asset)
  const isShort = assetMargin(account, asset, floor).available + amount < 0n || wallet.crossed + amount < 0n
  if (amount < 0n && isShort) throw badRequest(-2018, 'Balance is insufficient.')
  const timeMs = floor.nowMs()
  wallet.crossed += amount
  wallet.updatedMs = timeMs
  account.addIncome({ symbol: '', type: 'TRANSFER', amount, asset, timeMs, id: floor.nextRowId(), tradeId: undefined })
  floor.events.account(account, timeMs, {
    reason: amount < 0n ? 'WITHDRAW' : 'DEPOSIT',
    assets: [asset],
    change: amount,
  })
}

/** Moves margin into an isolated position, or out of it. @throws RestError -4049, -2019 */
export function moveIsolatedMargin(desk: FuturesDesk, symbol: string, side: PositionSide, amount: Amount): void {
  const { account } = desk
  const { floor } = desk.trader
  const position = account.position(symbol, side)
  if (!account.symbol(symbol).isIsolated || position.quantity === 0) {
    throw badRequest(-4049, 'Add margin only support for isolated position.')
  }
  const asset = marginAsset(floor.instrument(symbol))
  const wallet = account.wallet(asset)
  const isShort =
    amount > 0n ? assetMargin(account, asset, floor).available < amount : position.isolatedWallet < -amount
  if (isShort) throw badRequest(-2019, 'Margin is insufficient.')
  position.isolatedWallet += amount
  wallet.crossed -= amount
  account.addMarginChange({
    symbol,
    positionSide: side,
    isAdded: amount > 0n,
    amount: amount > 0n ? amount : -amount,
    asset,
    timeMs: floor.nowMs(),
  })
  floor.events.account(account, floor.nowMs(), { reason: 'MARGIN_TRANSFER', assets: [asset], positions: [position] })
  desk.risk.check()
}
