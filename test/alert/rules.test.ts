import { describe, expect, it } from 'vitest'
import { readAlerts } from '../../src/alert/index.ts'
import { rule } from './core-support.ts'

const hook = { type: 'webhook', url: 'https://example.org/hook' }

function errorOf(file: unknown): string {
  try {
    readAlerts(file)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  return 'no error'
}

function wrong(more: Readonly<Record<string, unknown>>, condition: unknown = { above: 1 }): string {
  return errorOf({ channels: { ops: hook }, rules: [rule(condition, more)] })
}

describe('alert: what is wrong with a rule', () => {
  it.each([
    [{ colour: 1 }, 'rule "r": unknown key "colour"'],
    [{ cooldwon: '1s' }, 'Did you mean "cooldown"?'],
    [{ channels: ['opps'] }, 'rule "r": channels[0]: expected one of ops, received "opps". Did you mean "ops"?'],
    [
      { source: 'trade.prize' },
      'rule "r": source: expected a source such as trade.price, rsi(14)@5m or flow.cvd, received "trade.prize". Did you mean "trade.price"',
    ],
    [{ source: 'rsi(14,2)@5m' }, 'expected rsi(period)@5m, received "rsi(14,2)@5m"'],
    [{ source: 'rsi(0)@5m' }, 'expected a whole number from 1'],
    [{ source: 'flow.cvd', params: { windwMs: 1 } }, 'unknown option "windwMs"'],
    [{ params: { a: 1 } }, 'because trade.price is no signal'],
    [{ frequency: 'oncePerCandle' }, 'or a candle source such as rsi(14)@5m, received "oncePerCandle"'],
    [{ severity: 'bad' }, 'severity: expected one of info, warn, critical, received "bad"'],
    [{ message: 'at {price}' }, 'expected placeholders among {name}'],
    [{ instrument: 'BTCUSDT' }, 'instrument: expected <venue>:<SYMBOL>, received "BTCUSDT"'],
    [{ for: '2 minutes' }, 'for: expected a duration'],
    [{ for: '2s', forMs: 2000 }, 'either for or forMs'],
    [{ expiresAt: 'tomorrow' }, 'expected a time in UTC'],
    [{ schedule: { from: '25:00' } }, 'expected a time of day in UTC'],
    [{ id: 'a b' }, 'rules[0].id: expected letters'],
    [{ enabled: 'yes' }, 'enabled: expected true or false, received "yes"'],
  ])('%j', (more, expected) => {
    expect(wrong(more)).toContain(expected)
  })

  it.each([
    [{ abov: 1 }, 'condition: unknown key "abov"'],
    [{ above: 1, below: 2 }, 'expected one of above'],
    [{ above: 1, rearm: 2 }, 'condition.rearm: expected at most 1, received 2'],
    [{ inside: [2, 1] }, 'two numbers, the lower one first'],
    [{ changePct: { within: '1m', by: 0 } }, 'a percentage other than 0'],
    [{ event: 'start' }, 'expected no event, because trade.price is a value'],
    [{ all: [] }, '1 to 16 conditions'],
    [{ source: 'trade', above: 1 }, 'expected noDataFor, because trade is a channel'],
    [{ source: 'account.fill', above: 1 }, 'expected event, because account.fill happens'],
    [{ crossUp: 'quote.middle' }, 'Did you mean "quote.mid"'],
  ])('condition %j', (condition, expected) => {
    expect(wrong({}, condition)).toContain(expected)
  })

  it('channels: secrets stand in the environment', () => {
    const told = errorOf({ channels: { bot: { type: 'telegram', token: '123:the-token-itself', chat: 1 } }, rules: [] })
    expect(told).toContain('channel "bot": token: expected the name of an environment variable')
    expect(told).not.toContain('the-token-itself')
    expect(errorOf({ channels: { a: { type: 'webhok' } }, rules: [] })).toContain('Did you mean "webhook"?')
    expect(errorOf({ rules: [rule({ above: 1 }), rule({ above: 2 })] })).toContain('another rule has it')
    expect(errorOf({ rule: [] })).toContain('Did you mean "rules"?')
  })

  it('F:M08 hostile texts take no time', () => {
    const long = 'a('.repeat(32_768)
    const startMs = performance.now()
    for (const key of ['source', 'instrument', 'message', 'for', 'expiresAt', 'id'])
      expect(wrong({ [key]: long })).not.toBe('no error')
    expect(performance.now() - startMs).toBeLessThan(200)
  })

  it('F:M07 keys of foreign objects stay keys', () => {
    const file: unknown = JSON.parse('{"channels":{"__proto__":{"type":"desktop"}},"rules":[]}')
    expect(errorOf(file)).toContain('names of letters')
    expect(Object.keys(Object.prototype)).toEqual([])
  })
})
