import { describe, expect, it } from 'vitest'
import { readAlerts } from '../../src/alert/index.ts'
import { rule } from './core-support.ts'

const hook = { type: 'webhook', url: 'https://example.org/hook' }

/** How a channel names a secret. */
function named(variable: string): string {
  return `\${${variable}}`
}

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
    [{ expiresAt: '2026-13-45T99:99:99Z' }, 'expected a time in UTC'],
    [{ expiresAt: '2026-02-29T00:00:00Z' }, 'expected a time in UTC'],
    [{ schedule: { from: '25:00' } }, 'expected a time of day in UTC'],
    [{ schedule: { days: [] } }, 'schedule.days: expected at least one day'],
    [{ instruments: [] }, 'instruments: expected at least one'],
    [{ forMs: 1e300 }, 'forMs: expected a duration'],
    [{ cooldownMs: -1 }, 'cooldownMs: expected a duration'],
    [{ maxPerHour: 1.5 }, 'maxPerHour: expected a whole number from 1'],
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

  it.each([
    [
      { source: 'flow.volume.buybase' },
      'rule "r": source: expected a figure of flow.volume (value, buyBase, sellBase, delta, deltaRatio, buyShare, buyQuote, ' +
        'sellQuote, buyCount, sellCount, tradeKind, openTimeUs), received "buybase". Did you mean "buyBase"',
    ],
    [{ source: 'flow.volume.buyCount', params: { interval: '1m' } }, '(value, buyBase, sellBase, delta, deltaRatio,'],
    [{ source: 'flow.volume.bye' }, 'rule "r": source: expected a figure of flow.volume (value, buyBase'],
    [{ source: 'candle@1m.volumen' }, 'received "volumen". Did you mean "volume"'],
    [{ source: 'macd(12,26,9)@1h.histogramm' }, 'Did you mean "histogram"'],
    [{ source: 'flow.markout.m2s.retail' }, 'm1s.retail, m1s.mid, m1s.large, m1s.n, m5s'],
    [
      { source: 'flow.markout', params: { horizonsMs: 'soon' } },
      'rule "r": source flow.markout.horizonsMs: expected whole milliseconds such as "1000,5000", was "soon"',
    ],
    [
      { source: 'flow.print.side' },
      'rule "r": source: expected a figure of flow.print that is a number or true or false (value, z, percentile, quote, ' +
        'base, levels, vwap, fills, merged), received "side", which is a text',
    ],
  ])('figures of signals: %j', (more, expected) => {
    expect(wrong(more)).toContain(expected)
  })

  it.each([
    [
      { any: [{ above: 1 }, { source: 'flow.cvd.cdv', above: 1 }] },
      'condition.any[1].source: expected a figure of flow.cvd',
    ],
    [
      { not: { source: 'flow.print.side', above: 1 } },
      'condition.source: expected a figure of flow.print that is a number',
    ],
    [
      { crossUp: 'book.wmid.mit' },
      'condition.crossUp: expected a figure of book.wmid (value, wmid, mid), received "mit"',
    ],
    [{ crossUp: 'flow.print.side' }, 'condition.crossUp: expected a figure of flow.print that is a number'],
    [{ source: 'flow.print.side', noDataFor: '10s' }, 'that is a number or true or false'],
  ])('figures of signals in a condition: %j', (condition, expected) => {
    expect(wrong({}, condition)).toContain(expected)
  })

  it('figures that there are under the options of the rule are read', () => {
    const markout = { source: 'flow.markout.m2s.retail', params: { horizonsMs: '2000' } }
    const flag = { source: 'book.spread.locked' }
    for (const more of [markout, flag, { source: 'book.ofi.sampled.normalised' }, { source: 'bbands(20)@5m.percentB' }])
      expect(wrong(more)).toBe('no error')
    expect(wrong({ source: 'flow.print.side' }, { event: 'start' })).toBe('no error')
    expect(wrong({ source: 'book.cost.insufficientDepth' }, { noDataFor: '10s' })).toBe('no error')
  })

  it('channels: secrets stand in the environment', () => {
    const told = errorOf({ channels: { bot: { type: 'telegram', token: '123:the-token-itself', chat: 1 } }, rules: [] })
    expect(told).toContain('channel "bot": token: expected the name of an environment variable')
    expect(told).not.toContain('the-token-itself')
    expect(errorOf({ channels: { a: { type: 'webhok' } }, rules: [] })).toContain('Did you mean "webhook"?')
    expect(errorOf({ rules: [rule({ above: 1 }), rule({ above: 2 })] })).toContain('another rule has it')
    expect(errorOf({ rule: [] })).toContain('Did you mean "rules"?')
  })

  it.each([
    ['not a url', 'url: expected a URL that begins with https://, received "not a url"'],
    ['ftp://example.org/x', 'url: expected a URL that begins with https://, received "ftp://example.org/x"'],
    [
      'http://example.org/x',
      'url: expected https, or allowPrivate: true for plain http, received "http://example.org/x"',
    ],
    ['https://127.0.0.1/x', 'url: expected a public address, or allowPrivate: true, received "https://127.0.0.1/x"'],
    ['https://2130706433/x', 'url: expected a public address'],
    ['https://169.254.169.254/latest', 'url: expected a public address'],
    ['https://[::ffff:127.0.0.1]/x', 'url: expected a public address'],
    ['https://[::1]/x', 'url: expected a public address'],
    ['https://me:secret@example.org/x', 'url: expected a URL without a user'],
  ])('a webhook to %s', (url, expected) => {
    const told = errorOf({ channels: { ops: { type: 'webhook', url } }, rules: [] })
    expect(told).toContain(`channel "ops": ${expected}`)
    expect(told).not.toContain('secret@')
  })

  it('channels that are right are read', () => {
    const channels = {
      a: { type: 'webhook', url: 'http://127.0.0.1:1/x', allowPrivate: true },
      b: { type: 'webhook', url: `https://example.org/${named('TICKWIRE_HOOK_PATH')}` },
      c: { type: 'webhook', url: named('TICKWIRE_HOOK') },
      d: { type: 'telegram', token: named('TICKWIRE_BOT'), chat: -100 },
    }
    expect(errorOf({ channels, rules: [] })).toBe('no error')
    const mail = { type: 'email', host: 'localhost', from: 'a@example.org', to: 'b@example.org' }
    for (const port of [0, 0.5, 65_536])
      expect(errorOf({ channels: { ops: { ...mail, port } }, rules: [] })).toContain('port: expected a whole number')
  })

  it('a rule with a candle anywhere in it looks at closed ones, unless told otherwise', () => {
    const condition = { all: [{ above: 1 }, { source: 'rsi(14)@5m', above: 70 }] }
    expect(readAlerts({ rules: [rule(condition)] }).rules[0]?.frequency).toBe('oncePerCandleClose')
    expect(readAlerts({ rules: [rule(condition, { frequency: 'everyTime' })] }).rules[0]?.frequency).toBe('everyTime')
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
