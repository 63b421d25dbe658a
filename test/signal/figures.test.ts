import { describe, expect, it } from 'vitest'
import type { LiquidationEvent, OpenInterestEvent } from '../../src/model/event.ts'
import { instrumentId } from '../../src/model/instrument.ts'
import { epochUs } from '../../src/model/time.ts'
import { createSignal, signalCatalogue } from '../../src/signal/catalogue.ts'
import { figuresOf } from '../../src/signal/figure.ts'
import type { SignalInput, SignalParams } from '../../src/signal/signal.ts'
import { CheckedParams } from '../../src/signal/signal-params.ts'
import { capturesFolder, isMissing } from '../support/shared-files.ts'
import { BOOK_CASES } from './book-cases.ts'
import { INVARIANCE_CASES } from './invariance-table.ts'
import { recordedEvents } from './recorded-events.ts'
import { BTC_PERPETUAL, Recorded, Told } from './recorded-inputs.ts'
import { quote, START_MS } from './signal-feeding.ts'

const skip = isMissing(capturesFolder)
const spot = instrumentId('binance-spot:BTCUSDT')

interface Case {
  readonly id: string
  readonly params: SignalParams
}

/** What the tables leave out: options that bring further figures. */
const MORE: readonly Case[] = [
  // Ranks are told from 500 buckets on.
  { id: 'flow.vpin', params: { trades: 'rawTrade', bucketVolume: 0.2, window: 8 } },
  { id: 'flow.vpin', params: { trades: 'rawTrade', bucketVolume: 0.2, window: 8, mode: 'bvc' } },
  { id: 'flow.cvd', params: { trades: 'rawTrade', anchor: 'manual', anchorTimeUs: 1 } },
  { id: 'candle.macd', params: { interval: '5s', fast: 2, slow: 4, signal: 3, align: true } },
]
const MORE_OF_BOOKS: readonly Case[] = [
  { id: 'book.mlofi', params: { windowMs: 3000, levels: 2 } },
  { id: 'deriv.basis', params: { expiryTimeUs: 4_102_444_800_000_000 } },
]
/** No recording holds what these are fed with. */
const MADE_UP: readonly (Case & { readonly inputs: readonly SignalInput[] })[] = [
  { id: 'deriv.oiQuadrant', params: { windowMs: 10_000 }, inputs: openInterests() },
  { id: 'deriv.liqCascade', params: { fastHalfLifeMs: 100, windowMs: 100 }, inputs: liquidations() },
  { id: 'deriv.basis', params: { reference: spot }, inputs: mids() },
  { id: 'deriv.basis', params: { reference: spot, expiryTimeUs: 4_102_444_800_000_000 }, inputs: mids() },
]

/** Declared, and with a reason not told under these options by the inputs of this test. */
const UNTOLD: ReadonlyMap<string, string> = new Map([
  ['flow.vpin.percentile bucketVolume=5', 'told from 500 buckets on; the smaller ones of MORE come to it'],
])

function at(ms: number) {
  return {
    instrument: BTC_PERPETUAL.id,
    exchangeTimeUs: epochUs((START_MS + ms) * 1000),
    receiveTimeUs: epochUs((START_MS + ms) * 1000 + 5000),
  }
}

function openInterests(): readonly SignalInput[] {
  return Array.from({ length: 12 }, (_, index) => index * 2000).flatMap((ms): readonly SignalInput[] => {
    const openInterest: OpenInterestEvent = { ...at(ms), kind: 'openInterest', quantity: 1000 + ms }
    return [{ ...at(ms), kind: 'markPrice', markPrice: 50_000 + ms / 10 }, openInterest]
  })
}

function liquidations(): readonly SignalInput[] {
  return Array.from({ length: 20 }, (_, index) => index * 500).flatMap((ms): readonly SignalInput[] => {
    const event: LiquidationEvent = {
      ...at(ms),
      kind: 'liquidation',
      side: ms % 1000 === 0 ? 'buy' : 'sell',
      price: 50_000,
      quantity: 1,
      coverage: 'sampled',
    }
    return [event, { kind: 'second', receiveTimeUs: at(ms + 200).receiveTimeUs }]
  })
}

function mids(): readonly SignalInput[] {
  const { receiveTimeUs } = at(10)
  const there = quote(START_MS, 49_990, 49_991, { instrument: spot })
  return [quote(START_MS, 50_000, 50_001), there, { kind: 'second', receiveTimeUs }]
}

/** What signals have told, beside what their options declare. */
class Coverage {
  private readonly told = new Map<Told, Case>()
  readonly undeclared = new Set<string>()
  /** Under the very options that declare it. */
  readonly untold: (Case & { readonly name: string })[] = []
  readonly ids = new Set<string>()

  add({ id, params }: Case): Told {
    const told = new Told(createSignal(id, BTC_PERPETUAL, params))
    this.told.set(told, { id, params })
    this.ids.add(id)
    return told
  }

  read(): void {
    for (const [told, { id, params }] of this.told) {
      const declared = declaredBy(id, params)
      const seen = new Set<string>()
      for (const output of told.outputs) {
        if (output.kind !== 'signal') continue
        // Until its fit book.microprice speaks as book.wmid.
        const own = output.signal === id ? declared : declaredBy(output.signal, {})
        for (const [name, value] of Object.entries(output.values ?? {})) {
          if (value === undefined) continue
          const kind = own.get(name)
          if (kind !== KINDS.get(typeof value))
            this.undeclared.add(`${output.signal}.${name} is ${typeof value}, declared as ${kind}`)
          if (output.signal === id) seen.add(name)
        }
      }
      for (const name of declared.keys()) if (!seen.has(name)) this.untold.push({ id, params, name })
    }
  }
}

const KINDS: ReadonlyMap<string, string> = new Map([
  ['number', 'number'],
  ['string', 'text'],
  ['boolean', 'flag'],
])

function declaredBy(id: string, params: SignalParams): ReadonlyMap<string, string> {
  const kind = signalCatalogue.get(id)
  if (kind === undefined) throw new Error(`no signal ${id}`)
  const figures = figuresOf(kind, new CheckedParams(id, kind.params, params))
  return new Map(figures.map(({ name, kind: what }) => [name, what]))
}

describe('the figures of signals', () => {
  it('have one name each, a sentence, and a unit only where they are numbers', () => {
    for (const kind of signalCatalogue.values()) {
      const figures = figuresOf(kind)
      expect([kind.id, new Set(figures.map(({ name }) => name)).size]).toEqual([kind.id, figures.length])
      expect([kind.id, figures.length > 0]).toEqual([kind.id, true])
      for (const figure of figures) {
        expect(figure.meaning).toMatch(/^\S.*\.$/)
        if (figure.unit !== undefined)
          expect(figure).toMatchObject({ kind: 'number', unit: expect.stringMatching(/./) })
      }
    }
  })

  it.skipIf(skip)(
    'are what is told, of the kind that is declared, and all are told (needs the captures folder)',
    () => {
      const coverage = new Coverage()
      const flows = [...INVARIANCE_CASES, ...MORE].map(wanted => coverage.add(wanted))
      for (const event of recordedEvents()) for (const told of flows) told.show(event)
      const books = [...BOOK_CASES, ...MORE_OF_BOOKS].map(wanted => coverage.add(wanted))
      new Recorded('binance-usdm/btcusdt-20230404', 30_000).play(input => {
        for (const told of books) told.show(input)
      })
      for (const wanted of MADE_UP) {
        const told = coverage.add(wanted)
        for (const input of wanted.inputs) told.show(input)
      }
      coverage.read()
      expect([...coverage.undeclared]).toEqual([])
      const untold = coverage.untold.map(({ id, params, name }) => {
        const options = id === 'flow.vpin' ? `bucketVolume=${String(params['bucketVolume'])}` : JSON.stringify(params)
        return `${id}.${name} ${options}`
      })
      expect([...new Set(untold)]).toEqual([...UNTOLD.keys()])
      expect([...coverage.ids].sort()).toEqual([...signalCatalogue.keys()].sort())
    },
    120_000,
  )
})
