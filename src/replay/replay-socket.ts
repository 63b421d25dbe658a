import { SocketClosed } from '../model/error.ts'
import type { Socket, SocketHandlers } from '../net/dial.ts'
import { type ControlRequest, controlAnswer, readControl } from './replay-control.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** A socket of the feed that a recorded one stands behind. It confirms what is asked for, at once. */
export class ReplaySocket implements Socket {
  /** Which of the group's segments feeds it; undefined until it was opened. */
  segment: number | undefined
  isEnded = false
  readonly names = new Set<string>()
  private readonly handlers: SocketHandlers
  private readonly clock: VirtualClock
  private readonly onEnd: (socket: ReplaySocket) => void
  private lastListId = -1

  constructor(handlers: SocketHandlers, clock: VirtualClock, onEnd: (socket: ReplaySocket) => void) {
    this.handlers = handlers
    this.clock = clock
    this.onEnd = onEnd
  }

  /** The recorded socket is there: the feed's opens in the next turn. */
  open(segment: number): void {
    this.segment = segment
    this.clock.setTimer(0, () => {
      if (!this.isEnded) this.handlers.opened()
    })
  }

  receive(bytes: Uint8Array, end: number): void {
    this.handlers.reading()
    this.handlers.frame(bytes, 0, end)
  }

  /** The recorded socket is going to end while another one brings the same streams. */
  announceEnd(): void {
    this.answer({ kind: 'goingAway', reason: 'the recorded socket was replaced' })
  }

  /** The recorder had lost this stream for a while: it subscribed it anew. */
  forget(name: string): void {
    const names = [...this.names].filter(other => other !== name)
    this.answer({ kind: 'list', id: this.lastListId, names })
  }

  /** The recorded socket has ended. */
  drop(cause: string): void {
    if (this.isEnded) return
    this.end()
    this.handlers.closed(new SocketClosed(1006, cause))
  }

  send(text: string): void {
    const request = readControl(text)
    this.clock.setTimer(0, () => this.perform(request))
  }

  ping(): void {
    this.clock.setTimer(0, () => {
      if (!this.isEnded) this.handlers.ponged()
    })
  }

  close(): void {
    this.end()
  }

  terminate(): void {
    this.end()
  }

  private perform(request: ControlRequest): void {
    if (this.isEnded) return
    const { method, id, names } = request
    if (method === 'list') {
      this.lastListId = id
      this.answer({ kind: 'list', id, names: [...this.names] })
      return
    }
    for (const name of names) {
      if (method === 'subscribe') this.names.add(name)
      else this.names.delete(name)
    }
    this.answer({ kind: 'ack', id })
  }

  private answer(answer: Parameters<typeof controlAnswer>[0]): void {
    const bytes = controlAnswer(answer)
    this.receive(bytes, bytes.length)
  }

  private end(): void {
    this.isEnded = true
    this.onEnd(this)
  }
}
