import { describe, expect, it } from 'vitest'
import { PrecisionError } from '../../src/model/error.ts'
import type { Instrument } from '../../src/model/instrument.ts'
import { instrumentId } from '../../src/model/instrument.ts'
import {
  differenceText,
  exactOf,
  exactText,
  isZero,
  negatedText,
  quotient,
  rounded,
  shortText,
} from '../../src/venue/binance/account/exact-decimal.ts'
import { accounts } from './binance-account-fixtures.ts'

const base: Instrument = {
  id: instrumentId('binance-usdm:BTCUSDT'),
  venue: 'binance-usdm',
  symbol: 'BTCUSDT',
  kind: 'perpetual',
  base: 'BTC',
  quote: 'USDT',
  settle: 'USDT',
  status: 'TRADING',
  isTrading: true,
  unit: 'base',
  contractSize: 1,
  isInverse: false,
}
const linear: Instrument = base
const inverse: Instrument = { ...base, settle: 'BTC', unit: 'contracts', contractSize: 100, isInverse: true }
const option: Instrument = { ...base, kind: 'option', unit: 'contracts', contractSize: 1 }

function profit(instrument: Instrument, quantity: string, entry: string, mark: string): string | undefined {
  return accounts.usdm.unrealizedPnl?.(instrument, quantity, entry, mark)
}

describe('profit of open positions', () => {
  it('linear: as the venue tells it, long and short', () => {
    // The figures of the venue's own example of positionRisk.
    expect(profit(linear, '30', '0.385', '0.41047590')).toBe('0.76427700')
    expect(profit(linear, '-0.001', '47202.40000', '47204.73523')).toBe('-0.00233523')
    expect(profit(linear, '0', '0.0', '47204.7')).toBe('0.00000000')
    expect(profit(linear, '0.1', '0.2', '0.3')).toBe('0.01000000')
  })

  it('inverse: contracts are worth dollars, profits are coins', () => {
    // 100 × 10 × (1/50000 − 1/60000) = 1/300
    expect(profit(inverse, '10', '50000', '60000')).toBe('0.00333333')
    expect(profit(inverse, '-10', '50000', '60000')).toBe('-0.00333333')
    expect(profit(inverse, '1', '60000', '50000')).toBe('-0.00033333')
    expect(profit({ ...inverse, contractSize: 10 }, '3', '2000.5', '1999.5')).toBe('-0.00000750')
  })

  it('options: a written one loses when it gains in value', () => {
    expect(profit(option, '-0.1', '1000', '1050.0138')).toBe('-5.00138000')
    expect(profit({ ...option, contractSize: 0.01 }, '2', '10', '15')).toBe('0.10000000')
  })

  it('is rounded once, half away from zero, from the exact value', () => {
    expect(profit(linear, '0.00000001', '1', '1.5')).toBe('0.00000001')
    expect(profit(linear, '-0.00000001', '1', '1.5')).toBe('-0.00000001')
    expect(profit(linear, '0.00000001', '1', '1.499999')).toBe('0.00000000')
    expect(profit(linear, '-0.00000001', '1', '1.499999')).toBe('0.00000000')
    expect(profit(linear, '123456789012345678', '0.00000001', '0.00000002')).toBe('1234567890.12345678')
  })

  it('spot and margin have none', () => {
    expect('unrealizedPnl' in accounts.spot).toBe(false)
    expect('unrealizedPnl' in accounts.margin).toBe(false)
  })
})

describe('exact decimals', () => {
  it('texts are read and written without a float', () => {
    expect(exactText(exactOf('-0.00012300'))).toBe('-0.00012300')
    expect(exactText(exactOf('1E-8'))).toBe('0.00000001')
    expect(exactText(exactOf('1.5e3'))).toBe('1500')
    expect(exactText(exactOf('-0'))).toBe('0')
    expect(shortText(exactOf('100.000'))).toBe('100')
    expect(shortText(exactOf('1.2300'))).toBe('1.23')
    expect(differenceText('122624.12345678', '100.1')).toBe('122524.02345678')
    expect(differenceText('-120.5040', '-120.5040')).toBe('0.0000')
    expect(differenceText('7', '7')).toBe('0')
    expect(differenceText('1e3', '1e3')).toBe('0')
    expect(['0', '-0.000', '00.0', '0e-8'].map(isZero)).toEqual([true, true, true, true])
    expect(['0.001', '-10', '1e-8', '100'].map(isZero)).toEqual([false, false, false, false])
    expect(negatedText('-1.04')).toBe('1.04')
    for (const text of ['', '.', 'x', '1,5', '0x1', 'NaN', '1'.repeat(65)])
      expect(() => exactOf(text)).toThrow(PrecisionError)
    expect(() => quotient(exactOf('1'), exactOf('0.00'), 2)).toThrow(PrecisionError)
  })

  it('quotients and roundings agree with whole numbers', () => {
    for (let a = -40; a <= 40; a++) {
      for (let b = 1; b <= 12; b++) {
        const expected = Math.sign(a) * Math.floor((Math.abs(a) * 20 + b) / (2 * b))
        expect(quotient(exactOf(String(a)), exactOf(String(b)), 1)).toEqual({ units: BigInt(expected), scale: 1 })
      }
      const tenth = rounded(exactOf((a / 10).toFixed(1)), 0)
      expect(tenth.units).toBe(BigInt(Math.sign(a) * Math.floor((Math.abs(a) + 5) / 10)))
    }
  })
})
