import type { Clock } from '../net/clock.ts'
import type { LiveStream } from './live-stream.ts'
import { StreamConnection, type StreamConnectionOptions } from './stream-connection.ts'

/** An empty connection is kept this long, so that dropping one stream and adding another needs no new socket. */
const LINGER_MS = 10_000

/** Spreads the streams of one venue over sockets: one route each, never above the venue's limit, opened as needed. */
export class Pool {
  private readonly options: Omit<StreamConnectionOptions, 'route' | 'connectionId'>
  private readonly clock: Clock
  private readonly connections = new Set<StreamConnection>()
  private readonly lingering = new Map<StreamConnection, Disposable>()
  private opened = 0

  constructor(options: Omit<StreamConnectionOptions, 'route' | 'connectionId'>) {
    this.options = options
    this.clock = options.clock
  }

  all(): readonly StreamConnection[] {
    return [...this.connections]
  }

  add(stream: LiveStream): void {
    const connection = this.roomFor(stream) ?? this.open(stream.route)
    this.lingering.get(connection)?.[Symbol.dispose]()
    this.lingering.delete(connection)
    connection.add(stream)
  }

  remove(stream: LiveStream): void {
    const { connection } = stream
    if (connection === undefined) return
    connection.remove(stream)
    if (connection.size > 0) return
    const timer = this.clock.setTimer(LINGER_MS, () => this.close(connection))
    this.lingering.set(connection, timer)
  }

  closeAll(): void {
    for (const connection of this.connections) this.close(connection)
  }

  private close(connection: StreamConnection): void {
    this.lingering.get(connection)?.[Symbol.dispose]()
    this.lingering.delete(connection)
    this.connections.delete(connection)
    connection.close()
  }

  private roomFor(stream: LiveStream): StreamConnection | undefined {
    const most = this.options.adapter.limits.streamsPerConnection
    for (const connection of this.connections) {
      if (connection.route === stream.route && connection.size < most && !connection.carries(stream.name))
        return connection
    }
    return undefined
  }

  private open(route: string): StreamConnection {
    const { id } = this.options.adapter
    this.opened++
    const connectionId = route === '' ? `${id}#${this.opened}` : `${id}/${route}#${this.opened}`
    const connection = new StreamConnection({ ...this.options, route, connectionId })
    this.connections.add(connection)
    return connection
  }
}
