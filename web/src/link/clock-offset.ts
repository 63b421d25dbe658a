const SAMPLES = 8

interface Sample {
  readonly offsetMs: number
  readonly roundTripMs: number
}

/** The server's clock against ours: the median of eight pings. */
export class ClockOffset {
  private samples: Sample[] = []

  /** A pong of a ping sent at `sentMs`, received at `receivedMs`; the server stamped it at `serverMs`. */
  add(sentMs: number, receivedMs: number, serverMs: number): Sample | undefined {
    const offsetMs = serverMs - (sentMs + receivedMs) / 2
    this.samples.push({ offsetMs, roundTripMs: receivedMs - sentMs })
    if (this.samples.length > SAMPLES) this.samples.shift()
    return this.median()
  }

  reset(): void {
    this.samples = []
  }

  private median(): Sample | undefined {
    const sorted = this.samples.toSorted((a, b) => a.offsetMs - b.offsetMs)
    const trips = this.samples.toSorted((a, b) => a.roundTripMs - b.roundTripMs)
    const middle = Math.floor(sorted.length / 2)
    const offset = sorted[middle]
    const trip = trips[middle]
    return offset === undefined || trip === undefined
      ? undefined
      : { offsetMs: offset.offsetMs, roundTripMs: trip.roundTripMs }
  }
}
