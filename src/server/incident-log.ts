import type { MarketEvent } from '../model/event.ts'
import type { Incident } from './protocol.ts'

const KEPT = 200
const SAME_WITHIN_US = 2_000_000

/** What went wrong and was made good, newest last, bounded. Several views hear of one event: it is written once. */
export class IncidentLog {
  private readonly incidents: Incident[] = []
  private changes = 0

  get version(): number {
    return this.changes
  }

  get list(): readonly Incident[] {
    return this.incidents
  }

  add(incident: Incident): void {
    const isKnown = this.incidents.some(
      other =>
        other.kind === incident.kind &&
        other.scope === incident.scope &&
        other.text === incident.text &&
        Math.abs(other.timeUs - incident.timeUs) < SAME_WITHIN_US,
    )
    if (isKnown) return
    this.incidents.push(incident)
    if (this.incidents.length > KEPT) this.incidents.shift()
    this.changes++
  }

  /** Notes the lifecycle of a stream; data events are none of its business. */
  observe(event: MarketEvent): void {
    const timeUs = event.receiveTimeUs
    switch (event.kind) {
      case 'gap': {
        const span = event.from === undefined ? '' : ` ${event.from}–${event.to ?? '?'}`
        const text = `${event.channel}: gap (${event.reason})${span}, ${event.healed ? 'healed' : 'not healed'}`
        this.add({ timeUs, kind: 'gap', scope: event.instrument, text })
        return
      }
      case 'resync':
        this.add({ timeUs, kind: 'resync', scope: event.instrument, text: `${event.channel}: continuous again` })
        return
      case 'connection': {
        if (event.state === 'subscribed' || event.state === 'open') return
        const cause = event.cause === undefined ? '' : `: ${event.cause}`
        const kind = event.state === 'stale' ? 'stale' : 'connection'
        this.add({ timeUs, kind, scope: event.connectionId, text: `${event.state}${cause}` })
        return
      }
      default:
    }
  }
}
