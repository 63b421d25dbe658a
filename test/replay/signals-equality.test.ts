import { describe, expect, it } from 'vitest'
import { liveSignals, type SignalSource } from '../../src/feed/live-signals.ts'
import type { Instrument } from '../../src/model/instrument.ts'
import { createReplay } from '../../src/replay/index.ts'
import { createSignal, signalCatalogue } from '../../src/signal/catalogue.ts'
import { createSimulator } from '../../src/sim/index.ts'
import { binanceUsdm } from '../../src/venue/binance/index.ts'
import { until } from '../support/sim-feed.ts'
import { Folder, recordedFeed } from './record.ts'

const BTC = 'binance-usdm:BTCUSDT'
/** Polled, so that a recording holds answers of REST whose moment is that of asking; and what needs hours of history. */
const LEFT_OUT = ['deriv.oiQuadrant', 'flow.vpin']

/** Every signal of the catalogue; what it says, by signal, as lines. */
function said(
  source: SignalSource,
  instrument: Instrument,
  seconds: 'clock' | 'inputs',
): ReadonlyMap<string, string[]> {
  const ids = [...signalCatalogue.keys()].filter(id => !LEFT_OUT.includes(id))
  const lines = new Map<string, string[]>(ids.map(id => [id, []]))
  liveSignals(source, {
    signals: ids.map(id =>
      createSignal(id, instrument, id.startsWith('candle.') ? { origin: 'trade', interval: '1s' } : {}),
    ),
    onOutput: output => lines.get(output.kind === 'signal' ? output.signal : output.type)?.push(JSON.stringify(output)),
    preload: false,
    seconds,
  })
  return lines
}

function receiveTimeUs(line: string): number {
  return Number(/"receiveTimeUs":(\d+)/.exec(line)?.[1])
}

describe('signals of a live feed and of its recording', () => {
  it('are equal, byte for byte, for every signal', { timeout: 90_000 }, async () => {
    using folder = new Folder()
    await using exchange = await createSimulator({ venues: ['binance-usdm'], seed: 11, scenario: 'flash-crash' })
    const { 'binance-usdm': endpoints } = exchange.endpoints
    if (endpoints === undefined) throw new Error('the simulator serves it')
    const file = folder.file('signals.jsonl.gz')
    const { feed, finish } = await recordedFeed([binanceUsdm({ endpoints })], file)
    const instrument = (await feed.instruments('binance-usdm')).find(({ id }) => id === BTC)
    if (instrument === undefined) throw new Error('the simulator lists it')
    const live = said(feed, instrument, 'clock')
    await until(
      'enough',
      () => (live.get('flow.cvd')?.length ?? 0) > 500 && (live.get('vol.realised')?.length ?? 0) > 12,
    )
    await finish()
    await using replay = await createReplay({ file, venues: [binanceUsdm()] })
    const replayed = said(replay, instrument, 'inputs')
    expect((await replay.ended).isComplete).toBe(true)
    const differing: string[] = []
    let compared = 0
    const lastUs = Math.max(...[...replayed.values()].flat().map(receiveTimeUs))
    for (const [id, all] of live) {
      // The clock goes on behind the last frame. And a book is loaded at a moment that no frame has: its first value bears it.
      const lines = all.filter(line => receiveTimeUs(line) <= lastUs).slice(1)
      const again = (replayed.get(id) ?? []).slice(1)
      const same = lines.filter((line, index) => again[index] === line).length
      compared += same
      if (same < lines.length || again.length !== lines.length) differing.push(`${id}: ${same} of ${lines.length}`)
    }
    expect(differing).toEqual([])
    expect(compared).toBeGreaterThan(5000)
  })
})
