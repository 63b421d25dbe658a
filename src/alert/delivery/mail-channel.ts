import { ConfigError, errorLine } from '../../model/error.ts'
import type { AlertFire } from '../alert-event.ts'
import { type AlertChannel, type Attempt, digestText } from './channel.ts'
import { subjectOf } from './http-channel.ts'

export interface MailOptions {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly secure: boolean
  readonly user: string | undefined
  readonly password: string | undefined
  readonly from: string
  readonly to: readonly string[]
}

interface Mailer {
  sendMail(message: Readonly<Record<string, unknown>>): Promise<unknown>
}

export interface MailTools {
  readonly scrub: (text: string) => string
  /** @default `import('nodemailer')` */
  readonly load?: (() => Promise<unknown>) | undefined
}

const TIMEOUT_MS = 5000

/** By SMTP, with the optional package nodemailer. @throws ConfigError with the install command when it is absent */
export async function openMailChannel(options: MailOptions, tools: MailTools): Promise<AlertChannel> {
  const mailer = createMailer(await load(tools, options.name), options)
  return {
    name: options.name,
    type: 'email',
    deliver: (fires, _signal) => send(mailer, options, fires, tools),
  }
}

async function send(
  mailer: Mailer,
  { from, to }: MailOptions,
  fires: readonly AlertFire[],
  { scrub }: MailTools,
): Promise<Attempt> {
  const [first] = fires
  const messageId = `<${first?.id ?? ''}@tickwire>`
  try {
    await mailer.sendMail({ from, to, subject: subjectOf(fires), text: digestText(fires), messageId })
    return { kind: 'delivered', status: 250 }
  } catch (error) {
    const status = isSmtp(error) ? error.responseCode : 0
    return { kind: 'failed', status, reason: scrub(errorLine(error)), isFinal: status >= 500 && status < 600 }
  }
}

async function load({ load: own }: MailTools, name: string): Promise<unknown> {
  // A name in a variable, because the package is not ours to install.
  const packageName: string = 'nodemailer'
  try {
    return await (own === undefined ? import(packageName) : own())
  } catch (cause) {
    throw new ConfigError(`channel "${name}": e-mail needs the package nodemailer: npm install nodemailer.`, [], cause)
  }
}

function createMailer(loaded: unknown, options: MailOptions): Mailer {
  const root = isRecord(loaded) && isRecord(loaded['default']) ? loaded['default'] : loaded
  const create = isRecord(root) ? root['createTransport'] : undefined
  if (typeof create !== 'function') throw new ConfigError(`channel "${options.name}": nodemailer has another form.`)
  const { host, port, secure, user, password } = options
  const auth = user === undefined ? {} : { auth: { user, pass: password } }
  const times = { connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS }
  const mailer: unknown = create({ host, port, secure, ...auth, ...times })
  if (!isMailer(mailer)) throw new ConfigError(`channel "${options.name}": nodemailer has another form.`)
  return mailer
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isMailer(value: unknown): value is Mailer {
  return isRecord(value) && typeof value['sendMail'] === 'function'
}

function isSmtp(error: unknown): error is { readonly responseCode: number } {
  return isRecord(error) && typeof error['responseCode'] === 'number'
}
