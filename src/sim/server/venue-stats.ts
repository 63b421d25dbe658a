/** Counters of one simulated venue; live objects, read at any time. */
export class VenueStats {
  connections = 0
  connectionsAccepted = 0
  connectionsRefused = 0
  messagesSent = 0
  bytesSent = 0
  controlFrames = 0
  /** Control frames by method; `invalid` for those that could not be read. */
  readonly controlByMethod = new Map<string, number>()
  pingsSent = 0
  pongsReceived = 0
  pingsReceived = 0
  restRequests = 0
  /** Requests by path. */
  readonly restByPath = new Map<string, number>()
  restErrors = 0
  rateLimited = 0
  usedWeight = 0
  /** Sockets cut off because their client did not read. */
  slowClients = 0
  /** Sockets closed for sending too fast. */
  floodClients = 0
  pongTimeouts = 0
  lifetimeCloses = 0

  /** Plain values, for printing. */
  toJSON(): object {
    const { controlByMethod, restByPath, ...figures } = this
    return {
      ...figures,
      controlByMethod: Object.fromEntries(controlByMethod),
      restByPath: Object.fromEntries(restByPath),
    }
  }

  count(map: Map<string, number>, key: string): void {
    // Paths come from outside: the table must not grow without end.
    if (map.size >= 500 && !map.has(key)) key = 'other'
    map.set(key, (map.get(key) ?? 0) + 1)
  }
}
