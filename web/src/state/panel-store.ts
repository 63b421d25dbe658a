import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { ViewState } from '../../../src/server/protocol.ts'
import type { PanelData, PanelId } from '../link/messages.ts'
import { link } from './link.ts'

const LAG_SAMPLES = 256

/** What one panel knows: the state it shows, the sequence and time of its last message. */
export class PanelStore {
  readonly id: PanelId
  /** What the server says; undefined before its first word. */
  readonly serverState: Signal<ViewState | undefined> = signal(undefined)
  /** A hole in the numbering: true until the next snapshot. */
  readonly hasHole = signal(false)
  /** What the panel shows. */
  readonly state: ReadonlySignal<ViewState>
  readonly hasData = signal(false)
  generation = 0
  seq = 0
  /** Time at which the server received the newest event inside, microseconds. */
  lastRecvUs = 0
  lastExchUs = 0
  lastMessageMs = 0
  messages = 0
  holes = 0
  readonly lagsMs: number[] = []

  constructor(id: PanelId) {
    this.id = id
    this.state = computed(() => effectiveState(this.serverState.value, this.hasHole.value))
  }

  /** A new subscription: what was known belongs to another market. */
  restart(): number {
    this.serverState.value = undefined
    this.hasHole.value = false
    this.hasData.value = false
    this.seq = 0
    this.lastRecvUs = 0
    return ++this.generation
  }

  stamp(message: PanelData, serverNowUs: number): void {
    this.seq = message.seq
    this.lastRecvUs = message.tsRecv
    this.lastExchUs = message.tsExch
    this.lastMessageMs = Date.now()
    this.messages++
    if (message.isSnapshot) this.hasHole.value = false
    this.hasData.value = true
    if (message.tsRecv > 0) this.lagsMs.push((serverNowUs - message.tsRecv) / 1000)
    if (this.lagsMs.length > LAG_SAMPLES) this.lagsMs.shift()
  }
}

/** The worse of what the server says and what we see of the server. */
function effectiveState(server: ViewState | undefined, hasHole: boolean): ViewState {
  const connection = link.value
  if (connection.kind !== 'open') {
    const text = connection.kind === 'waiting' ? connection.cause : 'Connecting to the server'
    const retryAtUs = connection.kind === 'waiting' ? connection.retryAtMs * 1000 : undefined
    const isFirst = connection.kind === 'connecting' && connection.attempt === 0
    return { kind: isFirst ? 'loading' : 'disconnected', text, sinceUs: connection.sinceMs * 1000, retryAtUs }
  }
  if (server === undefined) return { kind: 'loading', text: '', sinceUs: connection.sinceMs * 1000 }
  if (hasHole && server.kind === 'live') {
    return {
      kind: 'gapped',
      text: 'A message of the server was lost; a new snapshot is on its way.',
      sinceUs: server.sinceUs,
    }
  }
  return server
}
