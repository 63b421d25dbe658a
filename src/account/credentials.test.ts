import { createHmac, generateKeyPairSync, verify } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../model/error.ts'
import { hmacCredentials, privateKeyCredentials, Secret } from './credentials.ts'

const KEY = 'canaryKey0123456789'
const TEXT = 'canarySecret9876543210'

function pem(type: 'rsa' | 'ed25519' | 'ec', passphrase?: string): { readonly text: string; readonly open: string } {
  const pair =
    type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : type === 'ec'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('ed25519')
  const cipher = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }
  return {
    text: String(pair.privateKey.export({ type: 'pkcs8', format: 'pem', ...cipher })),
    open: String(pair.publicKey.export({ type: 'spki', format: 'pem' })),
  }
}

function messageOf(make: () => unknown): string {
  try {
    make()
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    expect(inspect(error)).not.toContain('canary')
    return error instanceof Error ? error.message : ''
  }
  throw new Error('nothing was thrown')
}

describe('secrets', () => {
  it('F:M01 print *** however they are printed', () => {
    const secret = new Secret(TEXT)
    const printed = [
      String(secret),
      // oxlint-disable-next-line typescript/restrict-template-expressions -- the very slip that must stay harmless
      `${secret}`,
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ deep: { secret } }, { depth: 9, showHidden: true }),
      inspect(hmacCredentials(KEY, TEXT), { depth: 9, showHidden: true }),
      JSON.stringify(hmacCredentials(KEY, TEXT)),
      Object.values(secret).join(),
      inspect(structuredClone(Object.assign({}, secret))),
    ]
    for (const text of printed) expect(text).not.toContain('canary')
    expect(printed.slice(0, 3)).toEqual(['***', '***', '{"secret":"***"}'])
    expect(secret.reveal()).toBe(TEXT)
  })
})

describe('credentials', () => {
  it('HMAC signs in hex, over UTF-8', () => {
    const { algorithm, sign, apiKey } = hmacCredentials(KEY, TEXT)
    const payload = 'symbol=币安人生USDT&timestamp=1'
    expect([algorithm, apiKey.reveal()]).toEqual(['hmac', KEY])
    expect(sign(payload)).toBe(createHmac('sha256', TEXT).update(payload, 'utf8').digest('hex'))
  })

  it.each(['rsa', 'ed25519'] as const)('%s signs in base64, with and without a passphrase', type => {
    for (const passphrase of [undefined, 'a pass phrase']) {
      const { text, open } = pem(type, passphrase)
      const { algorithm, sign } = privateKeyCredentials(KEY, text, passphrase)
      const signature = Buffer.from(sign('timestamp=1&x=ü'), 'base64')
      expect(algorithm).toBe(type)
      expect(verify(type === 'rsa' ? 'sha256' : null, Buffer.from('timestamp=1&x=ü'), open, signature)).toBe(true)
    }
  })

  it('say what is wrong with a private key, never what it is', () => {
    const locked = pem('ed25519', 'canary').text
    expect(messageOf(() => privateKeyCredentials(KEY, locked))).toContain('its passphrase is missing')
    expect(messageOf(() => privateKeyCredentials(KEY, locked, 'canary-wrong'))).toContain('its passphrase is wrong')
    expect(messageOf(() => privateKeyCredentials(KEY, pem('ec').text))).toContain('was ec')
    expect(messageOf(() => privateKeyCredentials(KEY, pem('rsa').open))).toContain('the public half')
    expect(messageOf(() => privateKeyCredentials(KEY, ''))).toContain('received nothing')
    expect(messageOf(() => privateKeyCredentials(KEY, 'canary'))).toContain('has no PEM')
    const openssh = '-----BEGIN OPENSSH PRIVATE KEY-----\ncanary\n-----END OPENSSH PRIVATE KEY-----'
    expect(messageOf(() => privateKeyCredentials(KEY, openssh))).toContain('OpenSSH')
  })

  it.each([
    ['', 'is empty'],
    ['canary with blanks', 'no blanks'],
    ['"canary"', 'no quotes'],
    ['canary\n', 'no blanks'],
    ['canäry', 'plain ASCII'],
  ])('refuse %j by its shape', (text, message) => {
    expect(messageOf(() => hmacCredentials(text, TEXT))).toContain(`the API key`)
    expect(messageOf(() => hmacCredentials(KEY, text))).toContain(message)
  })
})
