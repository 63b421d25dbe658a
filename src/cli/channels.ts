import { ConfigError } from '../model/error.ts'

/** @throws ConfigError when the list is empty; the names themselves are checked by the feed */
export function readChannels(text: string): readonly string[] {
  const channels = text
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '')
  if (channels.length === 0) throw new ConfigError('--channel: expected at least one channel, received none.')
  return channels
}
