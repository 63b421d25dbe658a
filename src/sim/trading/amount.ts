import type { SimInstrument } from '../instrument.ts'
import { turnoverDecimals } from '../instrument.ts'
import { unitsText } from '../wire/decimal-text.ts'

/** Money in whole units of 10^-8 of its asset, exact: what a wallet holds to the last digit that the venue keeps. */
export type Amount = bigint

export const amountDecimals = 8
export const one: Amount = 100_000_000n

/** `"-4.12345678"`; always all eight digits. */
export function amountText(amount: Amount): string {
  return unitsText(amount, amountDecimals)
}

/** As `amountText`, but a bare `"0"` for nothing, as the futures venues write many of their fields. */
export function amountOrZero(amount: Amount): string {
  return amount === 0n ? '0' : amountText(amount)
}

/** Without zeros at the end: `"15.63802"`, `"0"`. */
export function amountShort(amount: Amount): string {
  return amountText(amount).replace(/\.?0+$/, '')
}

/** Reads decimal text with at most eight digits behind the point; undefined for anything else. */
export function amountFromText(text: string): Amount | undefined {
  const match = /^(-?)(\d{1,20})(?:\.(\d{0,8})0*)?$/.exec(text)
  if (match === null) return undefined
  const amount = BigInt((match[2] ?? '') + (match[3] ?? '').padEnd(amountDecimals, '0'))
  return match[1] === '-' ? -amount : amount
}

/** Quotient rounded to the nearest whole, halves away from zero. */
export function divide(dividend: bigint, divisor: bigint): bigint {
  const isNegative = dividend < 0n !== divisor < 0n
  const [top, bottom] = [dividend < 0n ? -dividend : dividend, divisor < 0n ? -divisor : divisor]
  const quotient = (top * 2n + bottom) / (bottom * 2n)
  return isNegative ? -quotient : quotient
}

/** Moves a whole number of 10^-from to one of 10^-to. */
export function rescale(units: bigint, from: number, to: number): bigint {
  return to >= from ? units * 10n ** BigInt(to - from) : divide(units, 10n ** BigInt(from - to))
}

/** What so many units at a price are worth: in quote currency of a linear market, in base coin of an inverse one. */
export function tradeValue(instrument: SimInstrument, price: number, quantity: number): Amount {
  if (!instrument.isInverse)
    return rescale(BigInt(price) * BigInt(quantity), turnoverDecimals(instrument), amountDecimals)
  const value =
    BigInt(quantity) * BigInt(instrument.contractSize) * 10n ** BigInt(amountDecimals + instrument.priceDecimals)
  return price === 0 ? 0n : divide(value, BigInt(price) * 10n ** BigInt(instrument.quantityDecimals))
}

/** As `tradeValue` at a price that is a count of 10^-8, such as a mark price. */
export function markValue(instrument: SimInstrument, markPrice: Amount, quantity: number): Amount {
  const size = BigInt(quantity)
  const scale = 10n ** BigInt(instrument.quantityDecimals)
  if (!instrument.isInverse) return divide(size * markPrice, scale)
  return markPrice === 0n ? 0n : divide(size * BigInt(instrument.contractSize) * one * one, markPrice * scale)
}

/** The price at which so many units are worth that much, as text with so many digits. */
export function meanPriceText(instrument: SimInstrument, value: Amount, quantity: number, digits: number): string {
  if (quantity === 0 || value === 0n) return unitsText(0, digits)
  const size = BigInt(Math.abs(quantity))
  const scale = 10n ** BigInt(instrument.quantityDecimals)
  const shift = 10n ** BigInt(digits)
  const price = instrument.isInverse
    ? divide(size * BigInt(instrument.contractSize) * one * shift, value * scale)
    : divide(value * scale * shift, size * one)
  return unitsText(price, digits)
}

/** A float price, such as a mark, in units of 10^-8. */
export function priceAmount(price: number): Amount {
  return BigInt(Math.round(price * 1e8))
}

/** A rate such as 0.0005, in units of 10^-8. */
export function rateAmount(rate: number): Amount {
  return BigInt(Math.round(rate * 1e8))
}

/** The part of an amount that a rate in units of 10^-8 takes. */
export function portion(amount: Amount, rate: Amount): Amount {
  return divide(amount * rate, one)
}
