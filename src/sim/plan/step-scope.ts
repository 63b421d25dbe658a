import type { FaultTarget } from '../faults.ts'
import type { Connection } from '../server/connection.ts'
import type { FaultScope } from './fault-step.ts'

/** What a step is about on one venue. Sockets are counted when it is made, once. */
export class StepScope {
  /** True for stream names of the scope. */
  readonly hasStream: (name: string) => boolean
  /** The sockets of the scope that are open now, the oldest first. */
  readonly connections: readonly Connection[]
  /** True when sockets that open later, and whatever streams they take, belong to it. */
  readonly isOpenEnded: boolean
  /** True when it is about some streams only. */
  readonly isOfStreams: boolean
  private readonly one: Connection | undefined

  constructor(step: FaultScope, target: FaultTarget) {
    this.isOfStreams = step.stream !== undefined
    this.hasStream = step.stream === undefined ? () => true : wildcard(step.stream)
    const open = [...target.listener.connections].filter(connection => connection.isOpen)
    this.isOpenEnded = step.connection === undefined
    this.one = step.connection === undefined ? undefined : open[step.connection]
    this.connections = open.filter(connection => this.has(connection) && this.carries(connection))
  }

  /** True for the one socket of the scope, or for every socket. */
  has(connection: Connection): boolean {
    return this.isOpenEnded || connection === this.one
  }

  /** True when the socket has a stream of the scope, or when the scope names none. */
  carries(connection: Connection): boolean {
    return !this.isOfStreams || [...connection.names].some(this.hasStream)
  }
}

/** Matches whole names; `*` stands for any run of characters. Linear in the name for each `*`. */
export function wildcard(pattern: string): (name: string) => boolean {
  const parts = pattern.split('*')
  const [head = ''] = parts
  const tail = parts.at(-1) ?? ''
  if (parts.length === 1) return name => name === pattern
  return name => {
    if (name.length < head.length + tail.length || !name.startsWith(head) || !name.endsWith(tail)) return false
    let at = head.length
    for (const part of parts.slice(1, -1)) {
      const found = name.indexOf(part, at)
      if (found < 0) return false
      at = found + part.length
    }
    return at <= name.length - tail.length
  }
}
