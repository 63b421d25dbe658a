import type { KeyObject } from 'node:crypto'
import { createHmac, createPublicKey, timingSafeEqual, verify } from 'node:crypto'
import { ConfigError } from '../../model/error.ts'

export type KeyPermission = 'read' | 'trade'
export type KeyKind = 'hmac' | 'rsa' | 'ed25519'

/** What the venue knows of an API key: enough to verify, never enough to sign (but for HMAC, where both are the same). */
export interface ApiKey {
  readonly key: string
  readonly kind: KeyKind
  readonly permissions: ReadonlySet<KeyPermission>
  /** True when the signature is the key's own over exactly these bytes (UTF-8). Never throws. */
  verifies(payload: string, signature: string): boolean
}

export interface KeyOptions {
  readonly key: string
  readonly secret?: string
  readonly publicKey?: string
  readonly permissions?: readonly KeyPermission[]
}

/** A key as messages name it: enough to tell it from the others, not enough to use it. */
export function shownKey(key: string): string {
  return key.length <= 8 ? key : `${key.slice(0, 6)}…`
}

/** @throws ConfigError for a key that nothing could be verified with */
export function openApiKey(options: KeyOptions): ApiKey {
  const { key, secret, publicKey } = options
  if (!/^[A-Za-z0-9]{8,128}$/.test(key))
    throw new ConfigError(`accounts: key must be 8 to 128 letters and digits, was "${shownKey(key)}"`)
  if ((secret === undefined) === (publicKey === undefined)) {
    throw new ConfigError(
      `accounts: "${shownKey(key)}" needs either secret (HMAC) or publicKey (PEM of RSA or Ed25519)`,
    )
  }
  const permissions = new Set<KeyPermission>(options.permissions ?? ['read', 'trade'])
  if (secret !== undefined) return { key, permissions, kind: 'hmac', verifies: hmacVerifier(secret) }
  const { kind, verifies } = publicVerifier(key, publicKey ?? '')
  return { key, permissions, kind, verifies }
}

/** Hex, upper or lower case. */
function hmacVerifier(secret: string): ApiKey['verifies'] {
  return (payload, signature) => {
    if (!/^[0-9a-fA-F]{64}$/.test(signature)) return false
    const expected = createHmac('sha256', secret).update(payload, 'utf8').digest()
    return timingSafeEqual(expected, Buffer.from(signature, 'hex'))
  }
}

/** Base64: RSA PKCS#1 v1.5 with SHA-256, or Ed25519. */
function publicVerifier(name: string, pem: string): Pick<ApiKey, 'kind' | 'verifies'> {
  const key = readPublicKey(name, pem)
  const kind = key.asymmetricKeyType
  if (kind !== 'rsa' && kind !== 'ed25519') {
    throw new ConfigError(
      `accounts: publicKey of "${shownKey(name)}" must be RSA or Ed25519, was ${kind ?? 'a secret'}`,
    )
  }
  const digest = kind === 'rsa' ? 'sha256' : null
  return {
    kind,
    verifies: (payload, signature) => {
      if (!/^[A-Za-z0-9+/]+={0,2}$/.test(signature)) return false
      return verify(digest, Buffer.from(payload, 'utf8'), key, Buffer.from(signature, 'base64'))
    },
  }
}

function readPublicKey(name: string, pem: string): KeyObject {
  try {
    return createPublicKey(pem)
  } catch (cause) {
    throw new ConfigError(`accounts: publicKey of "${shownKey(name)}" is no PEM public key`, [], cause)
  }
}
