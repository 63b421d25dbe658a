import type { Feed } from '../../../src/feed/feed.ts'
import type { MarketEvent } from '../../../src/model/event.ts'
import type { Observation } from '../../../src/model/subscribe.ts'
import type { Report } from '../check/report.ts'
import type { World } from '../core/world.ts'
import type { Wish } from '../scenario/scenario.ts'

/** A user who adds and drops one stream at will: what comes belongs to the wish that holds, and the last one wins. */
export class Wisher {
  readonly instrument: string
  isWanted = false
  events = 0
  private readonly report: Report
  private observation: Observation | undefined
  private lastId = -1

  constructor(instrument: string, wishes: readonly Wish[], feed: Feed, world: World, report: Report) {
    this.instrument = instrument
    this.report = report
    for (const { atMs, isWanted } of wishes) world.at(atMs, () => this.wish(feed, isWanted))
  }

  stop(): void {
    this.observation?.[Symbol.dispose]()
  }

  private wish(feed: Feed, isWanted: boolean): void {
    this.isWanted = isWanted
    this.report.count(isWanted ? 'wish: add' : 'wish: drop')
    const request = { instruments: [this.instrument], channels: ['trade'] }
    if (!isWanted) this.observation?.drop(request)
    else if (this.observation === undefined) {
      this.observation = feed.observe(request, event => this.see(event))
      this.observation.ready.catch(() => this.report.count('wish refused'))
    } else this.observation.add(request).catch(() => this.report.count('wish refused'))
    this.lastId = -1
  }

  private see(event: MarketEvent): void {
    if (event.kind === 'connection') return
    if (!this.isWanted) this.report.violation('I10', `${this.instrument}: ${event.kind} after it was dropped`)
    this.events++
    if (event.kind === 'gap') {
      this.lastId = event.healed || event.to === undefined ? this.lastId : Number(event.to)
      return
    }
    if (event.kind !== 'trade') return
    const id = Number(event.id)
    if (this.lastId >= 0 && id !== this.lastId + 1)
      this.report.violation('I2', `${this.instrument}: ${id} after ${this.lastId}`)
    this.lastId = id
  }
}
