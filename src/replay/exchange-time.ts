import { DecodeError } from '../model/error.ts'
import { epochUs } from '../model/time.ts'
import type { Decoder, InboundSink, StreamSpec, VenueAdapter } from '../venue/adapter.ts'

/** Reads the venue's own time out of frames whose receive time was not recorded. */
export class ExchangeTime {
  private readonly decoder: Decoder
  private readonly known = new Set<string>()
  private foundUs: number | undefined
  private readonly sink: InboundSink

  constructor(adapter: VenueAdapter) {
    this.decoder = adapter.openDecoder('')
    const nothing = (): void => {}
    this.sink = {
      event: (_stream, event) => {
        this.foundUs = event.exchangeTimeUs
      },
      delta: (_stream, delta) => {
        this.foundUs = delta.exchangeTimeUs === 0 ? undefined : delta.exchangeTimeUs
      },
      ack: nothing,
      rejected: nothing,
      reply: nothing,
      goingAway: nothing,
      ignored: nothing,
    }
  }

  add(stream: StreamSpec): void {
    if (this.known.has(stream.name)) return
    this.known.add(stream.name)
    this.decoder.add(stream)
  }

  knows(name: string): boolean {
    return this.known.has(name)
  }

  /** Microseconds since 1970; undefined when the frame tells none. */
  of(text: string): number | undefined {
    this.foundUs = undefined
    const bytes = Buffer.from(text)
    try {
      this.decoder.decode(bytes, 0, bytes.length, epochUs(0), this.sink)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
    }
    return this.foundUs
  }
}
