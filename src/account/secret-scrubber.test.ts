import { performance } from 'node:perf_hooks'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SecretScrubber } from './secret-scrubber.ts'

const LISTEN_KEY = 'pqia91ma19a5s61cv6a81va65sdf19v8a65a1a5s61cv6a81va65sdf19v8a65a1'

describe('the scrubber', () => {
  it.each([
    [
      'GET /fapi/v1/order?timestamp=1&signature=abc%2Bdef123 HTTP 400',
      'GET /fapi/v1/order?timestamp=1&signature=*** HTTP 400',
    ],
    [`wss://host/private/ws/${LISTEN_KEY} closed`, 'wss://host/private/ws/*** closed'],
    ['wss://host/private/ws?listenKey=shortkey&events=A', 'wss://host/private/ws?listenKey=***&events=A'],
    ['{"listenKey":"shortkey","E":1}', '{"listenKey":"***","E":1}'],
    [String.raw`"{\"apiKey\":\"shortkey\",\"n\":1}"`, String.raw`"{\"apiKey\":\"***\",\"n\":1}"`],
    [`{"method":"SUBSCRIBE","params":["${LISTEN_KEY}"]}`, '{"method":"SUBSCRIBE","params":["***"]}'],
    ['X-MBX-APIKEY: shortkey', 'X-MBX-APIKEY: ***'],
    ["{ apiKey: 'shortkey', n: 1 }", "{ apiKey: '***', n: 1 }"],
    ['-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----\nrest', '***\nrest'],
    ['-----BEGIN ENCRYPTED PRIVATE KEY-----\nMC4C', '***'],
  ])('F:M01 hides what looks like a secret: %s', (text, expected) => {
    expect(new SecretScrubber().scrub(text)).toBe(expected)
  })

  it('leaves messages of every day as they are', () => {
    const texts = [
      'binance-usdm /private: the socket was closed by the server (1006); trying again',
      'TICKWIRE_BINANCE_USDM_SECRET is empty.',
      'the API key: expected no blanks and no line breaks in it.',
      'GET https://fapi.binance.com/fapi/v3/balance: HTTP 400: Invalid API-key, IP, or permissions for action. (code -2015)',
      'order x-15PC4ZJy1f3b7c29ad2e48b1 of binance-usdm:BTCUSDT, trade 123456789012345678',
    ]
    for (const text of texts) expect(new SecretScrubber().scrub(text)).toBe(text)
  })

  it('F:M01 no text gets past it with a value that it was told, in whatever form', () => {
    const value = fc.string({ minLength: 6, maxLength: 40 }).filter(text => !'***'.includes(text.trim()))
    fc.assert(
      fc.property(value, fc.string(), fc.string(), (secret, before, after) => {
        const scrubber = new SecretScrubber()
        scrubber.learn(secret)
        for (const form of [secret, encodeURIComponent(secret)]) {
          expect(scrubber.withoutKnown(`${before}|${form}|${after}`)).not.toContain(`|${form}|`)
        }
      }),
    )
  })

  it('F:M08 takes linear time', () => {
    const texts = ['a'.repeat(47), 'signature=', '"secret":"', '-----BEGIN PRIVATE KEY-----', 'api-key', '/ws/']
    const scrubber = new SecretScrubber()
    for (const text of texts) {
      const long = `${text} `.repeat(65_536 / text.length)
      scrubber.scrub(long)
      const startMs = performance.now()
      scrubber.scrub(long)
      expect(performance.now() - startMs).toBeLessThan(100)
    }
  })
})
