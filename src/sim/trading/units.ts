import { badRequest } from '../rest/rest-error.ts'
import { significantDecimals, unitsFromText } from '../wire/decimal-text.ts'

const plain = /^\d{1,20}(\.\d{0,20})?$/

/**
 * A price or quantity parameter in whole units of 10^-decimals.
 * @throws RestError -1100 for what is no plain decimal, -1111 for digits that the instrument does not have
 */
export function readUnits(name: string, text: string, decimals: number, precisionMessage = standardMessage): number {
  if (!plain.test(text)) {
    throw badRequest(
      -1100,
      `Illegal characters found in parameter '${name}'; legal range is '^([0-9]{1,20})(\\.[0-9]{1,20})?$'.`,
    )
  }
  if (significantDecimals(text) > decimals) throw badRequest(-1111, precisionMessage)
  const units = unitsFromText(text, decimals) ?? 0
  if (!Number.isSafeInteger(units)) throw badRequest(-1111, precisionMessage)
  return units
}

const standardMessage = 'Precision is over the maximum defined for this asset.'

/** A limit such as `"4529764"` in whole units. */
export function limitUnits(text: string, decimals: number): number {
  return Math.round(Number(text) * 10 ** decimals)
}
