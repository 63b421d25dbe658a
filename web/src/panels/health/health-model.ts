import { signal } from '@preact/signals'
import type { FeedStatus } from '../../../../src/feed/feed.ts'
import type { Incident, ProcessFigures } from '../../../../src/server/protocol.ts'
import type { PanelData } from '../../link/messages.ts'
import { listen } from '../../state/client.ts'

export interface HealthData {
  readonly feed: FeedStatus
  readonly process: ProcessFigures
  readonly incidents: readonly Incident[]
}

export interface Rate {
  readonly messages: number
  readonly bytes: number
}

export const healthModel = signal<HealthData | undefined>(undefined)
/** Per connection, over the last second. */
export const rates = signal<ReadonlyMap<string, Rate>>(new Map())

let before: { readonly atUs: number; readonly counts: ReadonlyMap<string, Rate> } | undefined

listen('health', accept, () => {
  before = undefined
})

function accept(message: PanelData): void {
  if (message.content.as !== 'json') return
  const { data } = message.content
  if (!isHealth(data)) return
  healthModel.value = data
  const counts = new Map(
    data.feed.connections.map(one => [one.connectionId, { messages: one.messages, bytes: one.bytes }]),
  )
  if (before !== undefined) rates.value = ratesOf(before.counts, counts, (message.tsRecv - before.atUs) / 1e6)
  before = { atUs: message.tsRecv, counts }
}

function ratesOf(
  old: ReadonlyMap<string, Rate>,
  now: ReadonlyMap<string, Rate>,
  seconds: number,
): ReadonlyMap<string, Rate> {
  if (seconds < 0.2) return rates.value
  return new Map(
    [...now].map(([id, count]) => {
      const earlier = old.get(id) ?? count
      const perSecond = (a: number, b: number): number => Math.max(0, (a - b) / seconds)
      return [
        id,
        { messages: perSecond(count.messages, earlier.messages), bytes: perSecond(count.bytes, earlier.bytes) },
      ]
    }),
  )
}

function isHealth(data: unknown): data is HealthData {
  return typeof data === 'object' && data !== null && 'feed' in data && 'process' in data && 'incidents' in data
}
