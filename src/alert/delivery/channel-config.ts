import { ConfigError } from '../../model/error.ts'
import { isSecretName } from '../../model/named-secrets.ts'
import { isPublicAddress } from '../../net/public-address.ts'
import { choiceAt, type Fields, flagAt, listAt, recordAt, textAt, wholeAt, wrong } from '../plain-reader.ts'

export const CHANNEL_TYPES = ['webhook', 'telegram', 'discord', 'slack', 'email', 'desktop', 'sound'] as const

export type ChannelType = (typeof CHANNEL_TYPES)[number]

/** Where alerts go, as plain data. Secrets stand as `${TICKWIRE_…}` here, and are looked up when a channel is opened. */
export type ChannelConfig =
  | {
      readonly type: 'webhook'
      readonly url: string
      /** Signs what is sent. */
      readonly secret: string | undefined
      readonly allowPrivate: boolean
    }
  | {
      readonly type: 'telegram'
      readonly token: string
      readonly chat: string
      readonly baseUrl: string
      readonly allowPrivate: boolean
    }
  | { readonly type: 'discord' | 'slack'; readonly url: string; readonly allowPrivate: boolean }
  | {
      readonly type: 'email'
      readonly host: string
      readonly port: number
      readonly secure: boolean
      readonly user: string | undefined
      readonly password: string | undefined
      readonly from: string
      readonly to: readonly string[]
    }
  | { readonly type: 'desktop' }
  | { readonly type: 'sound'; readonly tone: string }

const TELEGRAM = 'https://api.telegram.org'
const KEYS: Readonly<Record<ChannelType, readonly string[]>> = {
  webhook: ['url', 'secret', 'allowPrivate'],
  telegram: ['token', 'chat', 'baseUrl', 'allowPrivate'],
  discord: ['url', 'allowPrivate'],
  slack: ['url', 'allowPrivate'],
  email: ['host', 'port', 'secure', 'user', 'password', 'from', 'to'],
  desktop: [],
  sound: ['tone'],
}
const TONES = ['chime', 'bell', 'click', 'alarm'] as const

/** @throws ConfigError naming the channel and the key */
export function readChannel(name: string, value: unknown): ChannelConfig {
  const place = `channel "${name}"`
  const type = choiceAt(`${place}: type`, recordAt(place, value).get('type'), CHANNEL_TYPES)
  const fields = recordAt(place, value, ['type', ...KEYS[type]])
  const at = (key: string): string => `${place}: ${key}`
  const flag = (key: string, otherwise: boolean): boolean =>
    fields.has(key) ? flagAt(at(key), fields.get(key)) : otherwise
  const allowPrivate = flag('allowPrivate', false)
  switch (type) {
    case 'webhook': {
      const secret = fields.has('secret') ? secretAt(at('secret'), fields.get('secret')) : undefined
      return { type, url: urlAt(at('url'), fields.get('url'), allowPrivate), secret, allowPrivate }
    }
    case 'telegram': {
      const baseUrl = fields.has('baseUrl') ? urlAt(at('baseUrl'), fields.get('baseUrl'), allowPrivate) : TELEGRAM
      return {
        type,
        token: secretAt(at('token'), fields.get('token')),
        chat: chatAt(at, fields),
        baseUrl,
        allowPrivate,
      }
    }
    case 'discord':
    case 'slack':
      // The address alone lets anybody post there: it is a secret.
      return { type, url: secretAt(at('url'), fields.get('url')), allowPrivate }
    case 'email':
      return emailAt(at, fields, flag('secure', false))
    case 'desktop':
      return { type }
    case 'sound':
      return { type, tone: fields.has('tone') ? choiceAt(at('tone'), fields.get('tone'), TONES) : 'chime' }
  }
}

/** Names of secrets inside of it are filled in later, and the whole is looked at then. */
function urlAt(place: string, value: unknown, allowPrivate: boolean): string {
  const text = textAt(place, value, 2000)
  if (!text.includes('${')) checkUrl(place, text, allowPrivate, text)
  return text
}

/**
 * What a look at the text can tell of a target; where its name leads to is looked at for every delivery.
 * @param shown what a message may tell of it
 * @throws ConfigError
 */
export function checkUrl(place: string, text: string, allowPrivate: boolean, shown: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    wrong(place, 'a URL that begins with https://', shown)
  if (url.username !== '' || url.password !== '') wrong(place, 'a URL without a user', 'one with a user')
  if (allowPrivate) return
  if (url.protocol === 'http:') wrong(place, 'https, or allowPrivate: true for plain http', shown)
  // The URL parser has made decimal and short forms plain, and puts only addresses of IPv6 into brackets.
  const isAddress = /^\[|^\d+(\.\d+){3}$/.test(url.hostname)
  if (isAddress && !isPublicAddress(url.hostname)) wrong(place, 'a public address, or allowPrivate: true', shown)
}

function chatAt(at: (key: string) => string, fields: Fields): string {
  const chat = fields.get('chat')
  return typeof chat === 'number' && Number.isSafeInteger(chat) ? String(chat) : textAt(at('chat'), chat, 64)
}

function emailAt(at: (key: string) => string, fields: Fields, secure: boolean): ChannelConfig {
  const to = fields.get('to')
  const list = (Array.isArray(to) ? listAt(at('to'), to) : [to]).map(each => textAt(at('to'), each, 320))
  if (list.length === 0 || list.length > 20) wrong(at('to'), '1 to 20 addresses', list.length)
  return {
    type: 'email',
    host: textAt(at('host'), fields.get('host'), 255),
    port: fields.has('port') ? wholeAt(at('port'), fields.get('port'), 1, 65_535) : 587,
    secure,
    user: fields.has('user') ? textAt(at('user'), fields.get('user'), 320) : undefined,
    password: fields.has('password') ? secretAt(at('password'), fields.get('password')) : undefined,
    from: textAt(at('from'), fields.get('from'), 320),
    to: list,
  }
}

/** A secret never stands in a file that is shared: only its name does. */
function secretAt(place: string, value: unknown): string {
  if (typeof value === 'string' && isSecretName(value)) return value
  throw new ConfigError(
    `${place}: expected the name of an environment variable such as "\${TICKWIRE_HOOK_SECRET}", received ${typeof value === 'string' ? 'another text' : typeof value}.`,
  )
}
