import type { SimInstrument } from '../../instrument.ts'
import type { AccountSetup } from '../account-options.ts'
import type { Amount } from '../amount.ts'
import { rateAmount } from '../amount.ts'
import type { PositionSide } from '../order.ts'
import { OrderStore } from '../order-store.ts'
import type { UserStream } from '../user-stream.ts'
import type { AlgoOrder } from './algo-order.ts'
import type { FuturesAmendment, FuturesFill, FuturesOrder, Income, MarginChange } from './futures-order.ts'
import type { Position } from './futures-position.ts'
import { newPosition } from './futures-position.ts'

export interface SymbolSettings {
  leverage: number
  isIsolated: boolean
}

/** Money in one asset. */
export interface Wallet {
  readonly asset: string
  /** What is free of isolated positions. */
  crossed: Amount
  updatedMs: number
}

/** Fills, income rows and closed algo orders kept per account. */
const mostKept = 50_000

/** What one futures account owns, owes and has on order. Knows no rules: the engine does. */
export class FuturesAccount {
  readonly name: string
  /** Number in the books; never 0. */
  readonly owner: number
  readonly makerRate: Amount
  readonly takerRate: Amount
  readonly stream: UserStream
  readonly wallets = new Map<string, Wallet>()
  readonly orders = new OrderStore<FuturesOrder>()
  readonly fills: FuturesFill[] = []
  readonly income: Income[] = []
  readonly marginChanges: MarginChange[] = []
  readonly amendments: FuturesAmendment[] = []
  readonly algos = new Map<number, AlgoOrder>()
  isDual = false
  isMultiAsset = false
  /** True while a margin call stands and has been told. */
  isCalled = false
  /** Until a symbol is set otherwise. */
  private readonly startLeverage: number
  private readonly settings = new Map<string, SymbolSettings>()
  private readonly held = new Map<string, Position>()

  constructor(setup: AccountSetup, owner: number, stream: UserStream) {
    this.name = setup.account
    this.owner = owner
    this.makerRate = rateAmount(setup.makerFee)
    this.takerRate = rateAmount(setup.takerFee)
    this.stream = stream
    this.startLeverage = setup.leverage
    for (const [asset, crossed] of setup.balances) this.wallets.set(asset, { asset, crossed, updatedMs: 0 })
  }

  wallet(asset: string): Wallet {
    let wallet = this.wallets.get(asset)
    if (wallet === undefined) {
      wallet = { asset, crossed: 0n, updatedMs: 0 }
      this.wallets.set(asset, wallet)
    }
    return wallet
  }

  /** All there is of an asset, isolated positions included. */
  balance(asset: string, assetOf: (symbol: string) => string): Amount {
    let sum = this.wallet(asset).crossed
    for (const position of this.held.values()) {
      if (position.isolatedWallet !== 0n && assetOf(position.symbol) === asset) sum += position.isolatedWallet
    }
    return sum
  }

  symbol(symbol: string): SymbolSettings {
    let settings = this.settings.get(symbol)
    if (settings === undefined) {
      settings = { leverage: this.startLeverage, isIsolated: false }
      this.settings.set(symbol, settings)
    }
    return settings
  }

  position(symbol: string, side: PositionSide): Position {
    const name = `${symbol} ${side}`
    let position = this.held.get(name)
    if (position === undefined) {
      position = newPosition(symbol, side)
      this.held.set(name, position)
    }
    return position
  }

  /** Every position ever held, closed ones with quantity 0. */
  positions(symbol?: string): readonly Position[] {
    const all = [...this.held.values()]
    return symbol === undefined ? all : all.filter(position => position.symbol === symbol)
  }

  openPositions(): readonly Position[] {
    return this.positions().filter(({ quantity }) => quantity !== 0)
  }

  addFill(fill: FuturesFill): void {
    keep(this.fills, fill)
  }

  addIncome(row: Income): void {
    keep(this.income, row)
  }

  addMarginChange(row: MarginChange): void {
    keep(this.marginChanges, row)
  }

  addAmendment(row: FuturesAmendment): void {
    keep(this.amendments, row)
  }
}

/** The asset in which a contract settles. */
export function marginAsset(instrument: SimInstrument): string {
  return instrument.isInverse ? instrument.baseAsset : instrument.quoteAsset
}

function keep<T>(rows: T[], row: T): void {
  rows.push(row)
  if (rows.length > mostKept * 1.1) rows.splice(0, rows.length - mostKept)
}
