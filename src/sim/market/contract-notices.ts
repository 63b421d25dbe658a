import type { SimInstrument } from '../instrument.ts'
import { Chance } from './chance.ts'
import type { Scheduler } from './scheduler.ts'

/** A step of a contract's table of notional and leverage. */
export interface Bracket {
  readonly notionalFloor: number
  readonly notionalCap: number
  readonly maintenanceRatio: number
  readonly leastLeverage: number
  readonly mostLeverage: number
}

/** Something about a contract changed: its status, or its brackets. */
export interface ContractNotice {
  readonly instrument: SimInstrument
  readonly status: string
  readonly brackets: readonly Bracket[] | undefined
}

type Listener = (notice: ContractNotice, atUs: number) => void

/** When the first two are told after the market has opened, and how far apart later ones are on average. */
const firstUs = 5_000_000
const secondUs = 15_000_000
const meanGapUs = 90_000_000
/** How long a contract takes no new positions. */
const pauseUs = 12_000_000
const leverages = [125, 100, 75, 50, 25, 20, 10, 5] as const

/** What a venue announces about its contracts now and then, and the status that exchangeInfo tells. */
export class ContractNotices {
  readonly listeners = new Set<Listener>()
  private readonly instruments: readonly SimInstrument[]
  private readonly chance: Chance
  private readonly scheduler: Scheduler
  private readonly statuses = new Map<string, string>()

  constructor(instruments: readonly SimInstrument[], scheduler: Scheduler, seed: number, name: string, openUs: number) {
    this.instruments = instruments
    this.scheduler = scheduler
    this.chance = new Chance(seed, `notices ${name}`)
    if (instruments.length === 0) return
    scheduler.at(openUs + firstUs, atUs => this.announceBrackets(atUs))
    this.repeat(openUs + secondUs)
  }

  status(symbol: string): string {
    return this.statuses.get(symbol) ?? 'TRADING'
  }

  private repeat(dueUs: number): void {
    this.scheduler.at(dueUs, atUs => {
      if (this.chance.isLucky(0.7)) this.announceBrackets(atUs)
      else this.pause(atUs)
      this.repeat(atUs + pauseUs + Math.round(this.chance.exponential(meanGapUs)))
    })
  }

  private announceBrackets(atUs: number): void {
    const instrument = this.pick()
    if (instrument === undefined) return
    this.tell(instrument, instrument.kind === 'option' ? undefined : this.brackets(), atUs)
  }

  /** A contract settles for a moment, and goes on. */
  private pause(atUs: number): void {
    const instrument = this.pick()
    if (instrument === undefined || this.statuses.has(instrument.symbol)) return
    this.statuses.set(instrument.symbol, instrument.kind === 'option' ? 'PENDING_TRADING' : 'PRE_SETTLE')
    this.tell(instrument, undefined, atUs)
    this.scheduler.at(atUs + pauseUs, nowUs => {
      this.statuses.delete(instrument.symbol)
      this.tell(instrument, undefined, nowUs)
    })
  }

  private pick(): SimInstrument | undefined {
    return this.instruments[Math.floor(this.chance.next() * this.instruments.length)]
  }

  private brackets(): readonly Bracket[] {
    const first = Math.floor(this.chance.next() * 4)
    let notionalFloor = 0
    let notionalCap = 10_000 * (1 + Math.floor(this.chance.next() * 30))
    return leverages.slice(first).map((mostLeverage, index, all) => {
      const leastLeverage = (all[index + 1] ?? 0) + 1
      const bracket = {
        notionalFloor,
        notionalCap,
        maintenanceRatio: 0.5 / mostLeverage,
        leastLeverage,
        mostLeverage,
      }
      notionalFloor = notionalCap
      notionalCap *= 5
      return bracket
    })
  }

  private tell(instrument: SimInstrument, brackets: readonly Bracket[] | undefined, atUs: number): void {
    const notice = { instrument, status: this.status(instrument.symbol), brackets }
    for (const listener of this.listeners) listener(notice, atUs)
  }
}
