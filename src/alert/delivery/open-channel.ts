import { resolveSecrets } from '../../model/named-secrets.ts'
import type { AlertChannel } from './channel.ts'
import { type ChannelConfig, checkUrl } from './channel-config.ts'
import { discordChannel, type HttpTools, slackChannel, telegramChannel, webhookChannel } from './http-channel.ts'
import { type MailTools, openMailChannel } from './mail-channel.ts'

export interface ChannelTools extends HttpTools {
  /** Values of `TICKWIRE_…` names. */
  readonly secret: (name: string) => string | undefined
  /** From now on this value stands in no text. */
  readonly learn: (secret: string) => void
  readonly loadMailer?: MailTools['load']
}

/** @throws ConfigError when a secret is not set or holds no URL where one is needed, or a package is missing */
export async function openChannel(name: string, config: ChannelConfig, tools: ChannelTools): Promise<AlertChannel> {
  const known = (text: string): string => resolveSecrets(`channel "${name}"`, text, tools.secret, tools.learn)
  const target = (text: string, allowPrivate: boolean): string => {
    const url = known(text)
    checkUrl(`channel "${name}": url`, url, allowPrivate, text)
    return url
  }
  switch (config.type) {
    case 'webhook': {
      const secret = config.secret === undefined ? undefined : known(config.secret)
      return webhookChannel(
        { name, url: target(config.url, config.allowPrivate), secret, allowPrivate: config.allowPrivate },
        tools,
      )
    }
    case 'telegram':
      return telegramChannel({ ...config, name, token: known(config.token) }, tools)
    case 'discord':
      return discordChannel(
        { name, url: target(config.url, config.allowPrivate), allowPrivate: config.allowPrivate },
        tools,
      )
    case 'slack':
      return slackChannel(
        { name, url: target(config.url, config.allowPrivate), allowPrivate: config.allowPrivate },
        tools,
      )
    case 'email': {
      const password = config.password === undefined ? undefined : known(config.password)
      return await openMailChannel({ ...config, name, password }, { scrub: tools.scrub, load: tools.loadMailer })
    }
    case 'desktop':
    case 'sound':
      // What the dashboard shows and plays it takes from the fires themselves.
      return { name, type: config.type, deliver: async () => ({ kind: 'delivered', status: 200 }) }
  }
}
