import type { Feed } from '../../feed/feed.ts'
import { ConfigError } from '../../model/error.ts'
import type { Instrument } from '../../model/instrument.ts'
import { instrumentId, symbolOf, venueOf } from '../../model/instrument.ts'
import { nearest } from '../../model/nearest.ts'
import type { Observation } from '../../model/subscribe.ts'
import type { Clock } from '../../net/clock.ts'
import { sleep } from '../../net/clock.ts'
import type { World } from '../market/world.ts'
import { PaperMarket } from './paper-market.ts'
import { PaperMirror } from './paper-mirror.ts'

/** How long the live market may take to its first books and marks. */
const patienceMs = 60_000
const lookEveryMs = 20

/** The instruments to be followed. @throws ConfigError for one that does not exist, or cannot be traded on paper */
export async function openPaperMarket(feed: Feed, names: readonly string[]): Promise<PaperMarket> {
  const instruments: Instrument[] = []
  for (const id of [...new Set(names)].map(instrumentId)) {
    const listed = await feed.instruments(venueOf(id))
    const found = listed.find(instrument => instrument.id === id)
    if (found === undefined) {
      const symbols = listed.map(({ symbol }) => symbol)
      throw new ConfigError(`${venueOf(id)} has no symbol "${symbolOf(id)}".`, nearest(symbolOf(id), symbols))
    }
    instruments.push(found)
  }
  if (instruments.length === 0) throw new ConfigError('liveMarket: expected at least one instrument, received none.')
  return new PaperMarket(instruments)
}

/** Lets a world follow a feed, and waits until every book can be traded against. @throws ConfigError when none comes in time */
export async function follow(feed: Feed, world: World, paper: PaperMarket, clock: Clock): Promise<Disposable> {
  const observations: Observation[] = []
  const mirrors: PaperMirror[] = []
  const end = {
    [Symbol.dispose]: () => {
      for (const observation of observations) observation[Symbol.dispose]()
    },
  }
  for (const venue of world.venues.values()) {
    for (const listed of venue.listed.values()) {
      const id = listed.listing.underlying
      const price = paper.price(id)
      if (price === undefined) continue
      const mirror = new PaperMirror(listed, price, () => world.scheduler.nowUs)
      const channels = listed.derivative === undefined ? ['trade', 'book'] : ['trade', 'book', 'markPrice']
      const request = { instruments: [id], channels, bookDeltas: true, levels: 1000 }
      const observation = feed.observe(request, event => mirror.handle(event))
      observations.push(observation)
      mirrors.push(mirror)
    }
  }
  try {
    await Promise.all(observations.map(({ ready }) => ready))
    const startMs = clock.monotonicMs()
    while (mirrors.some(({ isReady }) => !isReady)) {
      if (clock.monotonicMs() - startMs > patienceMs)
        throw new ConfigError(`liveMarket: no book of every instrument within ${patienceMs / 1000} s.`)
      await sleep(clock, lookEveryMs)
    }
  } catch (error) {
    end[Symbol.dispose]()
    throw error
  }
  return end
}
