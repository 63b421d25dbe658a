import { createHmac, createPrivateKey, createSecretKey, type KeyObject, sign as signWith } from 'node:crypto'
import { ConfigError } from '../model/error.ts'

const HIDDEN = '***'

/** A text that is never printed: in logs, JSON, errors, templates and the debugger it reads `***`. */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The text itself, for the one place that sends it. A test holds who may call this. */
  reveal(): string {
    return this.#text
  }

  toString(): string {
    return HIDDEN
  }

  toJSON(): string {
    return HIDDEN
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return HIDDEN
  }
}

/** An API key and the function that signs with its secret; the secret itself cannot be read from it. */
export interface Credentials {
  readonly apiKey: Secret
  readonly algorithm: 'hmac' | 'rsa' | 'ed25519'
  /** HMAC-SHA256 in hex, RSA PKCS#1 v1.5 SHA-256 or Ed25519 in base64, over the UTF-8 bytes. */
  readonly sign: (payload: string) => string
}

/** A key with a shared secret. @throws ConfigError when either is empty or has blanks or quotes in it */
export function hmacCredentials(apiKey: string, secret: string): Credentials {
  const key = createSecretKey(Buffer.from(shaped('the API secret', secret), 'utf8'))
  return {
    apiKey: new Secret(shaped('the API key', apiKey)),
    algorithm: 'hmac',
    sign: payload => createHmac('sha256', key).update(payload, 'utf8').digest('hex'),
  }
}

/**
 * A key whose private half stays with the user: RSA or Ed25519 in PEM (PKCS#8; the older PKCS#1 of RSA is read, too).
 * @throws ConfigError when the text is no such key, or is encrypted and the passphrase is missing or wrong
 */
export function privateKeyCredentials(apiKey: string, pem: string, passphrase?: string): Credentials {
  const key = readKey(pem, passphrase)
  const algorithm = algorithmOf(key)
  const digest = algorithm === 'rsa' ? 'sha256' : null
  return {
    apiKey: new Secret(shaped('the API key', apiKey)),
    algorithm,
    sign: payload => signWith(digest, Buffer.from(payload, 'utf8'), key).toString('base64'),
  }
}

const EXPECTED = 'the private key: expected RSA or Ed25519 in PEM form (PKCS#8)'

function readKey(pem: string, passphrase: string | undefined): KeyObject {
  const isEncrypted = pem.includes('ENCRYPTED')
  if (isEncrypted && passphrase === undefined)
    throw new ConfigError('the private key is encrypted: its passphrase is missing.')
  try {
    return createPrivateKey(passphrase === undefined ? { key: pem } : { key: pem, passphrase })
  } catch {
    // The reason of the library may quote the key: it is left out, and told by what the text looks like.
    throw new ConfigError(isEncrypted ? 'the private key is encrypted: its passphrase is wrong.' : unreadable(pem))
  }
}

function unreadable(pem: string): string {
  if (pem.trim() === '') return `${EXPECTED}, received nothing.`
  if (pem.includes('BEGIN PUBLIC KEY') || pem.includes('BEGIN RSA PUBLIC KEY'))
    return `${EXPECTED}, received the public half: that one belongs to the venue.`
  if (pem.includes('BEGIN OPENSSH'))
    return `${EXPECTED}, received the form of OpenSSH: make one with openssl genpkey -algorithm ed25519.`
  if (pem.includes('BEGIN CERTIFICATE')) return `${EXPECTED}, received a certificate.`
  return pem.includes('-----BEGIN') ? `${EXPECTED}, received a PEM that cannot be read.` : `${EXPECTED}, has no PEM.`
}

function algorithmOf(key: KeyObject): 'rsa' | 'ed25519' {
  const type = key.asymmetricKeyType
  if (type === 'rsa' || type === 'ed25519') return type
  throw new ConfigError(`${EXPECTED}, was ${type ?? 'another kind'}.`)
}

/** The value never stands in the message. */
function shaped(name: string, text: string): string {
  if (text === '') throw new ConfigError(`${name} is empty.`)
  if (/\s/.test(text)) throw new ConfigError(`${name}: expected no blanks and no line breaks in it.`)
  if (/["'`]/.test(text)) throw new ConfigError(`${name}: expected no quotes around it or in it.`)
  if (!/^[\x21-\x7e]+$/.test(text)) throw new ConfigError(`${name}: expected plain ASCII letters and digits.`)
  return text
}
