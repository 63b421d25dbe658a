import { signal } from '@preact/signals'
import type { TickerData } from '../../../src/server/protocol.ts'
import type { PanelData } from '../link/messages.ts'
import { listen } from '../state/client.ts'

/** What the header shows. */
export const tickerModel = signal<TickerData>({})
/** Direction of the last change of the price. */
export const lastDirection = signal<'up' | 'down' | ''>('')

listen('header', accept, () => {
  tickerModel.value = {}
  lastDirection.value = ''
})

function accept(message: PanelData): void {
  if (message.content.as !== 'json') return
  const { data } = message.content
  if (!isTicker(data)) return
  const before = tickerModel.value.last
  if (before !== undefined && data.last !== undefined && data.last !== before) {
    lastDirection.value = data.last > before ? 'up' : 'down'
  }
  tickerModel.value = data
}

function isTicker(data: unknown): data is TickerData {
  return typeof data === 'object' && data !== null && !Array.isArray(data)
}
