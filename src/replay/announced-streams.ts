/** Streams that a recorded client asked for or gave up. */
export interface Announcement {
  readonly subscribed: readonly string[]
  readonly dropped: readonly string[]
}

const NOTHING: Announcement = { subscribed: [], dropped: [] }

/** Names in a socket URL such as `…/stream?streams=a@trade/b@depth` or `…/ws/a@trade`. */
export function urlStreams(url: string): readonly string[] {
  const path = url.slice(url.indexOf('//') + 2)
  return path
    .split(/[/?&=]/)
    .map(decoded)
    .filter(part => /^[^@]+@|^!/.test(part))
}

/** Names in a control frame that was sent. */
export function controlStreams(text: string): Announcement {
  if (!text.startsWith('{')) return NOTHING
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return NOTHING
  }
  if (typeof value !== 'object' || value === null) return NOTHING
  const members: readonly unknown[] = Object.values(value)
  const names = members.flatMap(member => (Array.isArray(member) ? texts(member) : []))
  const isDropping = members.some(member => typeof member === 'string' && /^unsub/i.test(member))
  return isDropping ? { subscribed: [], dropped: names } : { subscribed: names, dropped: [] }
}

function texts(list: readonly unknown[]): readonly string[] {
  return list.filter(item => typeof item === 'string')
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
