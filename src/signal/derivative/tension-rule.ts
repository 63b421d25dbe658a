export type TensionState = 'negFundingBuyDominant' | 'posFundingSellDominant' | 'none'

export interface TensionRule {
  /** Least size of funding per 8 hours. */
  readonly minFunding8h: number
  /** Least share of the dominant side in taker volume. */
  readonly minBuyShare: number
  /** Funding per 8 hours at which its part of the score is full. */
  readonly fundingSaturation8h: number
  /** |2·buyShare − 1| at which its part is full. */
  readonly deltaSaturation: number
}

/** A state is left only when funding is below this part of its threshold, … */
const LEAVE_FUNDING = 0.8
/** … or the share is so far inside its own. */
const LEAVE_SHARE = 0.02

/** Which state the figures call for, whatever was before. */
export function enteredState(f8: number, buyShare: number, rule: TensionRule): TensionState {
  if (f8 <= -rule.minFunding8h && buyShare >= rule.minBuyShare) return 'negFundingBuyDominant'
  if (f8 >= rule.minFunding8h && buyShare <= 1 - rule.minBuyShare) return 'posFundingSellDominant'
  return 'none'
}

/** The same with memory: a state holds until the figures have clearly left it. */
export function heldState(before: TensionState, f8: number, buyShare: number, rule: TensionRule): TensionState {
  const leastFunding = LEAVE_FUNDING * rule.minFunding8h
  const leastShare = rule.minBuyShare - LEAVE_SHARE
  switch (before) {
    case 'negFundingBuyDominant':
      if (f8 <= -leastFunding && buyShare >= leastShare) return before
      break
    case 'posFundingSellDominant':
      if (f8 >= leastFunding && buyShare <= 1 - leastShare) return before
      break
    case 'none':
      break
  }
  return enteredState(f8, buyShare, rule)
}

/** sign(D)·min(1, |f8| / saturation)·min(1, |D| / saturation), D = 2·buyShare − 1; 0 in state `none`. Not a probability. */
export function tensionScore(state: TensionState, f8: number, buyShare: number, rule: TensionRule): number {
  if (state === 'none') return 0
  const delta = 2 * buyShare - 1
  const funding = Math.min(1, Math.abs(f8) / rule.fundingSaturation8h)
  return Math.sign(delta) * funding * Math.min(1, Math.abs(delta) / rule.deltaSaturation)
}
