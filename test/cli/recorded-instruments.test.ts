import { describe, expect, it } from 'vitest'
import { recordedInstruments, usualInstrument } from '../../src/cli/recorded-instruments.ts'
import { ConfigError } from '../../src/model/error.ts'
import { type Instrument, instrumentId } from '../../src/model/instrument.ts'

const COIN = instrumentId('binance-coinm:ETHUSD_PERP')

describe('units of a recording', () => {
  it('are the venue’s usual ones where no table tells them, and that is said', async () => {
    const instruments = async (): Promise<readonly Instrument[]> => {
      throw new ConfigError('the recording holds no table')
    }
    const told = await recordedInstruments({ instruments }, [COIN], undefined)
    expect(told.instruments).toMatchObject([{ base: 'ETH', unit: 'contracts', contractSize: 10, isInverse: true }])
    expect(told.notes).toEqual([
      `${COIN}: no table tells its units; the venue's usual ones are taken: perpetual, inverse contracts of 10.`,
    ])
  })

  it('are those of the table that was recorded', async () => {
    const names = { venue: 'binance-coinm', symbol: 'ETHUSD_PERP', quote: 'USD', settle: 'ETH' }
    const listed = { ...names, status: 'TRADING', isTrading: true, ...usualInstrument(COIN), contractSize: 25 }
    const instruments = async (): Promise<readonly Instrument[]> => [listed]
    const told = await recordedInstruments({ instruments }, [COIN], undefined)
    expect(told).toMatchObject({ instruments: [{ contractSize: 25 }], notes: [] })
  })

  it('differ by venue', () => {
    const kinds = [
      'binance-spot:BTCUSDT',
      'binance-usdm:BTCUSDT',
      'binance-coinm:BTCUSD_PERP',
      'binance-options:BTC-1-C',
    ]
    expect(kinds.map(id => usualInstrument(instrumentId(id))).map(each => [each.kind, each.contractSize])).toEqual([
      ['spot', 1],
      ['perpetual', 1],
      ['perpetual', 100],
      ['option', 1],
    ])
  })
})
