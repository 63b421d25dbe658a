import { signal } from '@preact/signals'
import type { LinkState } from '../link/messages.ts'

export const link = signal<LinkState>({ kind: 'connecting', sinceMs: Date.now(), attempt: 0 })
/** Rate to which the server throttled this client. */
export const throttledHz = signal<number | undefined>(undefined)
/** Server clock minus ours, milliseconds. */
export const clockOffsetMs = signal(0)
export const roundTripMs = signal<number | undefined>(undefined)
/** Ticks twice a second, for everything that shows an age. */
export const nowMs = signal(Date.now())
export const isHidden = signal(document.hidden)

/** Now by the server's clock, microseconds. */
export function serverNowUs(): number {
  return (Date.now() + clockOffsetMs.value) * 1000
}
