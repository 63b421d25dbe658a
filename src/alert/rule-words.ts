import type { AlertRule, Condition } from './rule.ts'

/** A rule in words: `trade.price at or above 70000 for 2 s`. */
export function ruleWords(rule: AlertRule): string {
  const wait = rule.forMs > 0 ? ` for ${seconds(rule.forMs)}` : ''
  return `${conditionWords(rule.condition, rule.source.text)}${wait}`
}

/** What the value lacks to the level of a condition that has one; undefined for others. */
export function distanceTo(rule: AlertRule, value: number | undefined): number | undefined {
  const { condition } = rule
  if (value === undefined || ('source' in condition && condition.source !== undefined)) return undefined
  if (condition.kind === 'above' || condition.kind === 'below') return value - condition.level
  const isCross = condition.kind === 'crossUp' || condition.kind === 'crossDown'
  return isCross && typeof condition.target === 'number' ? value - condition.target : undefined
}

function conditionWords(condition: Condition, inherited: string): string {
  if (condition.kind === 'all' || condition.kind === 'any') {
    const joint = condition.kind === 'all' ? ' and ' : ' or '
    return `(${condition.conditions.map(part => conditionWords(part, inherited)).join(joint)})`
  }
  if (condition.kind === 'not') return `not ${conditionWords(condition.condition, inherited)}`
  const source = condition.source?.text ?? inherited
  switch (condition.kind) {
    case 'above':
    case 'below': {
      const rearm = condition.rearm === undefined ? '' : ` (again after ${condition.rearm})`
      return `${source} at or ${condition.kind} ${condition.level}${rearm}`
    }
    case 'crossUp':
    case 'crossDown': {
      const target = typeof condition.target === 'number' ? condition.target : condition.target.text
      return `${source} crosses ${condition.kind === 'crossUp' ? 'above' : 'below'} ${target}`
    }
    case 'inside':
    case 'outside':
      return `${source} ${condition.kind} ${condition.low} to ${condition.high}`
    case 'changePct': {
      const { percent, isEither, withinMs } = condition
      const moves = isEither ? 'moves' : percent > 0 ? 'rises' : 'falls'
      return `${source} ${moves} by ${Math.abs(percent)} % within ${seconds(withinMs)}`
    }
    case 'event': {
      const side = condition.direction === 1 ? ' up' : condition.direction === -1 ? ' down' : ''
      return condition.phase === 'any' ? `${source}${side} happens` : `${source}${side}: ${condition.phase}`
    }
    case 'noDataFor':
      return `no ${source} for ${seconds(condition.ms)}`
  }
}

function seconds(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000} s` : `${ms} ms`
}
