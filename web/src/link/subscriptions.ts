import { readHeader, readLadder, readTape } from '../../../src/server/binary-frame.ts'
import type { ClientMessage, ServerMessage, ViewRequest } from '../../../src/server/protocol.ts'
import type { FromWorker, PanelId, ViewContent } from './messages.ts'

interface Entry {
  readonly panel: PanelId
  readonly request: ViewRequest
  readonly generation: number
  id: number
  lastSeq: number
  /** After a hole nothing is believed until the next snapshot. */
  isWaiting: boolean
}

/** What the panels want, what was asked of the server for it, and whether its numbering has holes. */
export class Subscriptions {
  private readonly send: (message: ClientMessage) => void
  private readonly post: (message: FromWorker) => void
  private readonly panels = new Map<PanelId, Entry>()
  private readonly byId = new Map<number, Entry>()
  private nextId = 1

  constructor(send: (message: ClientMessage) => void, post: (message: FromWorker) => void) {
    this.send = send
    this.post = post
  }

  open(panel: PanelId, request: ViewRequest, generation: number, isOnline: boolean): void {
    this.close(panel, isOnline)
    const entry: Entry = { panel, request, generation, id: 0, lastSeq: 0, isWaiting: false }
    this.panels.set(panel, entry)
    if (isOnline) this.ask(entry)
  }

  close(panel: PanelId, isOnline: boolean): void {
    const entry = this.panels.get(panel)
    if (entry === undefined) return
    this.panels.delete(panel)
    this.byId.delete(entry.id)
    if (isOnline && entry.id > 0) this.send({ op: 'unsubscribe', id: entry.id })
  }

  /** Asks for everything anew, after a reconnect or a sleep. */
  askAll(): void {
    for (const id of this.byId.keys()) this.send({ op: 'unsubscribe', id })
    this.restart()
  }

  /** Asks for everything on a new connection. */
  restart(): void {
    this.byId.clear()
    for (const entry of this.panels.values()) this.ask(entry)
  }

  binary(buffer: ArrayBuffer): void {
    const view = new DataView(buffer)
    const header = readHeader(view)
    const entry = header === undefined ? undefined : this.byId.get(header.id)
    if (header === undefined || entry === undefined || !this.isNext(entry, header.seq, header.type)) return
    const content: ViewContent =
      header.view === 'ladder' ? { as: 'ladder', data: readLadder(view) } : { as: 'tape', data: readTape(view) }
    this.deliver(entry, header, content)
  }

  message(message: ServerMessage): void {
    switch (message.type) {
      case 'snapshot':
      case 'delta': {
        const entry = this.byId.get(message.id)
        if (entry === undefined || !this.isNext(entry, message.seq, message.type)) return
        this.deliver(entry, message, { as: 'json', data: message.data })
        return
      }
      case 'state': {
        const entry = this.byId.get(message.id)
        if (entry === undefined || !this.isNext(entry, message.seq, 'state')) return
        const { panel, generation } = entry
        this.post({ type: 'state', panel, generation, seq: message.seq, state: message.state })
        return
      }
      case 'error':
        this.refused(message.id, message.message, message.suggestions)
        return
      default:
    }
  }

  private ask(entry: Entry): void {
    entry.id = this.nextId++
    entry.lastSeq = 0
    entry.isWaiting = false
    this.byId.set(entry.id, entry)
    this.send({ op: 'subscribe', id: entry.id, ...entry.request })
  }

  private isNext(entry: Entry, seq: number, type: 'snapshot' | 'delta' | 'state'): boolean {
    const missing = seq - entry.lastSeq - 1
    entry.lastSeq = seq
    if (missing !== 0) {
      entry.isWaiting = type !== 'snapshot'
      this.post({ type: 'hole', panel: entry.panel, generation: entry.generation, missing })
      if (entry.isWaiting) this.send({ op: 'resnapshot', id: entry.id })
    } else if (type === 'snapshot') entry.isWaiting = false
    return !entry.isWaiting || type === 'state'
  }

  private deliver(
    entry: Entry,
    stamps: { type: 'snapshot' | 'delta'; seq: number; tsExch: number; tsRecv: number; tsSent: number },
    content: ViewContent,
  ): void {
    const { seq, tsExch, tsRecv, tsSent } = stamps
    const { panel, generation } = entry
    this.post({
      type: 'data',
      panel,
      generation,
      isSnapshot: stamps.type === 'snapshot',
      seq,
      tsExch,
      tsRecv,
      tsSent,
      content,
    })
  }

  private refused(id: number | undefined, text: string, suggestions: readonly string[] | undefined): void {
    const entry = id === undefined ? undefined : this.byId.get(id)
    if (entry === undefined) return
    const { panel, generation } = entry
    const state = { kind: 'error', text, sinceUs: Date.now() * 1000, suggestions } as const
    this.post({ type: 'state', panel, generation, seq: entry.lastSeq, state })
  }
}
