/** `1234567n` with 6 decimals is `"1.234567"`: every digit, and no more. */
export function amountText(raw: bigint, decimals: number): string {
  const digits = (raw < 0n ? -raw : raw).toString().padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals)
  const part = decimals === 0 ? '' : digits.slice(-decimals).replace(/0+$/, '')
  return `${raw < 0n ? '-' : ''}${whole}${part === '' ? '' : `.${part}`}`
}

/** The float64 nearest to an amount: the only rounding on the way from the chain. */
export function amountNumber(raw: bigint, decimals: number): number {
  return Number(amountText(raw, decimals))
}

/** Part of a whole between 0 and 1, cut to six decimals; undefined of nothing. */
export function share(part: bigint, whole: bigint): number | undefined {
  return whole <= 0n ? undefined : Number((part * 1_000_000n) / whole) / 1_000_000
}
