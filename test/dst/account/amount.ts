const SCALE = 8
const ONE = 10 ** SCALE

/** Whole units of 1e-8 as the venue writes them. */
export function text(units: number): string {
  const digits = String(Math.abs(Math.round(units))).padStart(SCALE + 1, '0')
  return `${units < 0 ? '-' : ''}${digits.slice(0, -SCALE)}.${digits.slice(-SCALE)}`
}

export function units(value: number): number {
  return Math.round(value * ONE)
}

/** Price times quantity, both in units. */
export function times(price: number, quantity: number): number {
  return Math.round((price * quantity) / ONE)
}
