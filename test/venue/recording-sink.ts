import type { BookDelta, BookLevels } from '../../src/model/book-levels.ts'
import type { DataEvent } from '../../src/model/event.ts'
import type { InboundSink, StreamSpec } from '../../src/venue/adapter.ts'

/** Writes down everything a decoder finds, as text that two decoders can be compared by. */
export class RecordingSink implements InboundSink {
  readonly calls: string[] = []

  /** What came since the last look. */
  take(): string {
    const text = this.calls.join('\n')
    this.calls.length = 0
    return text
  }

  event(stream: StreamSpec, event: DataEvent, sequence: number): void {
    this.calls.push(`event ${stream.name} ${sequence} ${JSON.stringify(event)}`)
  }

  delta(stream: StreamSpec, delta: BookDelta): void {
    const { first, last, previous, exchangeTimeUs, scale } = delta
    const sides = `${levelsText(delta.bids, scale)} | ${levelsText(delta.asks, scale)}`
    this.calls.push(`delta ${stream.name} ${first} ${last} ${previous} ${exchangeTimeUs} ${sides}`)
  }

  ack(id: number): void {
    this.calls.push(`ack ${id}`)
  }

  rejected(id: number | undefined, code: number, message: string): void {
    this.calls.push(`rejected ${String(id)} ${code} ${message}`)
  }

  reply(id: number, value: unknown): void {
    this.calls.push(`reply ${id} ${JSON.stringify(value)}`)
  }

  goingAway(reason: string): void {
    this.calls.push(`goingAway ${reason}`)
  }

  ignored(reason: string): void {
    this.calls.push(`ignored ${reason}`)
  }
}

/** Levels as `price@quantity`, whatever the scale they came in. */
function levelsText(levels: BookLevels, scale: number): string {
  let text = ''
  for (let i = 0; i < levels.count; i++) text += ` ${(levels.prices[i] ?? 0) / 10 ** scale}@${levels.quantities[i]}`
  return text
}
