import { describe, expect, it } from 'vitest'
import { type LiveSignals, liveSignals } from '../../src/feed/live-signals.ts'
import { instrumentId } from '../../src/model/instrument.ts'
import { createSignal } from '../../src/signal/catalogue.ts'
import type { SignalOutput, SignalValue } from '../../src/signal/signal.ts'
import type { SignalInstrument } from '../../src/signal/signal-kind.ts'
import { SimFeed, until } from '../support/sim-feed.ts'

const isValue = (output: SignalOutput): output is SignalValue => output.kind === 'signal'

function market(id: string, kind: 'spot' | 'perpetual'): SignalInstrument {
  return { id: instrumentId(id), kind, base: 'BTC', unit: 'base', contractSize: 1, isInverse: false, tickSize: '0.1' }
}

const SPOT = market('binance-spot:BTCUSDT', 'spot')
const CONTRACT = market('binance-usdm:BTCUSDT', 'perpetual')

function said(values: readonly SignalValue[], id: string): readonly SignalValue[] {
  return values.filter(({ signal }) => signal === id)
}

async function running(live: LiveSignals, values: readonly SignalValue[]): Promise<void> {
  await live.ready
  await until('a trade', () => said(values, 'flow.cvd').length > 0)
}

describe('a stream that signals need and cannot have', () => {
  it('that the venue does not have: who needs it says why, the others go on', async () => {
    await using on = await SimFeed.open({ venues: ['binance-spot'] })
    const values: SignalValue[] = []
    const quadrant = createSignal('deriv.oiQuadrant', SPOT)
    await using live = liveSignals(on.feed, {
      signals: [quadrant, createSignal('flow.cvd', SPOT), createSignal('book.imbalance', SPOT)],
      onOutput: output => isValue(output) && values.push(output),
    })
    await running(live, values)
    await until('a book', () => said(values, 'book.imbalance').some(({ state }) => state === 'ok'))
    const refused = said(values, 'deriv.oiQuadrant')
    expect(refused).toHaveLength(1)
    expect(refused[0]).toMatchObject({ state: 'warming', instrument: SPOT.id, params: quadrant.params })
    expect(refused[0]?.reason).toMatch(/^binance-spot:BTCUSDT (openInterest|markPrice) was refused: .+/)
    expect(refused[0]).not.toHaveProperty('value')
    expect([...live.refused]).toEqual([[quadrant, refused[0]?.reason]])
    // Nothing is observed for it any more, and nothing is told of it by the engine.
    expect(live.engine.status().map(({ signal }) => signal.id)).toEqual(['flow.cvd', 'book.imbalance'])
    const wanted = on.feed.status().streams.filter(({ instrument }) => instrument === SPOT.id)
    expect(wanted.map(({ channel }) => channel).sort()).toEqual(['book', 'trade'])
  }, 30_000)

  it('that the exchange refuses on the wire: the same, and what only it needed is let go', async () => {
    await using on = await SimFeed.open({
      venues: ['binance-usdm'],
      simulator: {
        faults: {
          seed: 1,
          steps: [{ fault: 'ackError', atMs: 0, stream: '*@markPrice*', code: 2, message: 'Invalid request' }],
        },
      },
    })
    const values: SignalValue[] = []
    const tension = createSignal('deriv.tension', CONTRACT)
    const basis = createSignal('deriv.basis', CONTRACT)
    await using live = liveSignals(on.feed, {
      signals: [basis, createSignal('flow.cvd', CONTRACT), tension],
      onOutput: output => isValue(output) && values.push(output),
    })
    await running(live, values)
    expect(new Set(live.refused.keys())).toEqual(new Set([basis, tension]))
    for (const id of ['deriv.basis', 'deriv.tension'])
      expect(said(values, id).at(-1)?.reason).toMatch(/^binance-usdm:BTCUSDT markPrice was refused: .*Invalid request/)
    const open = on.feed.status().streams.filter(({ channel }) => channel === 'trade' || channel === 'markPrice')
    expect(open.map(({ channel }) => channel)).toEqual(['trade'])
  }, 30_000)

  it('of every signal is the caller’s to know: it throws at once, or ready rejects', async () => {
    await using on = await SimFeed.open({ venues: ['binance-spot'] })
    const options = { signals: [createSignal('deriv.basis', SPOT)], onOutput: () => undefined }
    expect(() => liveSignals(on.feed, options)).toThrow(/markPrice/)
    const unknown = market('binance-spot:NOSUCHUSDT', 'spot')
    const values: SignalValue[] = []
    await using live = liveSignals(on.feed, {
      signals: [createSignal('flow.cvd', unknown), createSignal('book.imbalance', unknown)],
      onOutput: output => isValue(output) && values.push(output),
    })
    await expect(live.ready).rejects.toThrow(/NOSUCHUSDT/)
    expect(values.map(({ reason }) => reason?.includes('NOSUCHUSDT'))).toEqual([true, true])
    expect(on.feed.status().consumers.observers).toBe(0)
  }, 30_000)
})
