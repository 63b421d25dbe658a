import { Hub, type Subscriber } from '../../src/sim/hub.ts'
import { World } from '../../src/sim/market/world.ts'
import type { MarketSource } from '../../src/sim/source.ts'

export interface Collected {
  readonly stream: string
  readonly data: Record<string, unknown>
  readonly text: string
}

/** Listens to a source without sockets: what a combined connection would receive, in order. */
export class SimCollector implements Subscriber {
  readonly isCombined = true
  readonly isMicro = false
  readonly received: Collected[]
  private readonly hub: Hub

  /** @param received where messages go, to put several collectors into one order */
  constructor(source: MarketSource, names: readonly string[], received: Collected[] = []) {
    this.received = received
    this.hub = new Hub(topic => source.open(topic))
    for (const name of names) this.hub.subscribe(name, this)
  }

  deliver(frame: Buffer): void {
    const text = frameText(frame)
    const { stream, data } = JSON.parse(text)
    this.received.push({ stream, data, text })
  }

  of(stream: string): readonly Record<string, unknown>[] {
    return this.received.filter(message => message.stream === stream).map(message => message.data)
  }
}

function frameText(frame: Buffer): string {
  const short = (frame[1] ?? 0) & 0x7f
  return frame.subarray(short < 126 ? 2 : short === 126 ? 4 : 10).toString()
}

export const startUs = 1_795_000_020_000_000

export function makeWorld(venues: readonly string[], seed = 1): World {
  return new World({ venues, seed, startUs, warmUpSeconds: 20 })
}

export function sourceOf(world: World, venue: string): MarketSource {
  for (const [name, source] of world.venues) if (name === venue) return source
  throw new Error(`no ${venue} in this world`)
}
