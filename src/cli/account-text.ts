import type { PositionView } from '../account/account.ts'

const HIDDEN = '••••'
const NOTHING = '–'

/** Thousands are grouped; zeros behind the last digit that counts are left out. Never rounded. */
export function priceText(text: string | undefined): string {
  if (text === undefined || text === '') return NOTHING
  const [whole = '', fraction = ''] = text.split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  const kept = fraction.replace(/0+$/, '')
  return kept === '' ? grouped : `${grouped}.${kept}`
}

export function amountText(text: string | undefined, isHidden: boolean): string {
  if (text === undefined) return NOTHING
  return isHidden ? HIDDEN : priceText(text)
}

/** 0.4 s, 25 s, 3 min, 2 h. */
export function ageText(ms: number): string {
  const seconds = Math.max(0, ms) / 1000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 120) return `${Math.floor(seconds)} s`
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`
  return `${Math.floor(seconds / 3600)} h`
}

export function percentText(ratio: number): string {
  return `${(ratio * 100).toFixed(Math.abs(ratio) < 0.1 ? 2 : 1)} %`
}

/** How far the mark price may still move, as a share of it; undefined where the venue tells no liquidation price. */
export function liquidationDistance(one: PositionView): number | undefined {
  const mark = Number(one.markPrice)
  const liquidation = Number(one.liquidationPrice)
  if (!(mark > 0) || !(liquidation > 0)) return undefined
  return Math.abs(mark - liquidation) / mark
}
