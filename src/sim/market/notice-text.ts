import { symbolType } from '../encode/futures.ts'
import type { Bracket, ContractNotice } from './contract-notices.ts'

/** `!contractInfo`; brackets only when they changed. */
export function contractInfoText(notice: ContractNotice, nowMs: number): string {
  const { instrument: i, status, brackets } = notice
  const pair = i.isInverse ? `"ps":"${i.pair}",` : ''
  const table = brackets === undefined ? '' : `"bks":[${brackets.map(bracketText).join(',')}],`
  return (
    `{"e":"contractInfo","E":${nowMs},"s":"${i.symbol}",${pair}"ct":"${i.contractType}","dt":${i.deliveryMs},` +
    `"ot":${i.onboardMs},"cs":"${status}",${table}"st":${symbolType(i)}}`
  )
}

function bracketText(bracket: Bracket, index: number): string {
  return (
    `{"bs":${index + 1},"bnf":${bracket.notionalFloor},"bnc":${bracket.notionalCap},"mmr":${bracket.maintenanceRatio},` +
    `"cf":0,"mi":${bracket.leastLeverage},"ma":${bracket.mostLeverage}}`
  )
}

/** `!optionSymbol`. */
export function optionSymbolText(notice: ContractNotice, nowMs: number): string {
  const { instrument: i, status } = notice
  return (
    `{"e":"optionSymbol","E":${nowMs},"s":"${i.symbol}","ps":"${i.pair}","qa":"${i.quoteAsset}","d":"${i.option?.side ?? ''}",` +
    `"sp":"${i.option?.strike ?? ''}","dt":${i.deliveryMs},"u":1,"ot":${i.onboardMs},"cs":"${status}"}`
  )
}
