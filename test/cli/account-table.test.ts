import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { TableSources } from '../../src/account/table-sources.ts'
import { accountLines } from '../../src/cli/account-table.ts'
import { instrumentId } from '../../src/model/instrument.ts'
import { epochUs } from '../../src/model/time.ts'
import { balance, FakeAccount, fill, NOW_US, order, position } from '../support/fake-account.ts'

function lines(account: FakeAccount, sources: TableSources, rows = 0, hideAmounts = false, afterS = 0) {
  const nowUs = epochUs(NOW_US + afterS * 1_000_000)
  return accountLines(account, sources, { rows, hideAmounts, nowUs }).map(stripVTControlCharacters)
}

function filled(): { readonly account: FakeAccount; readonly sources: TableSources } {
  const account = new FakeAccount('binance-usdm')
  const sources = new TableSources(account)
  account.enter('synced', undefined, NOW_US - 25_000_000)
  account.ageMs = 400
  account.marginRatio = 0.031
  account.tell(balance('USDT', '1234567.00012300', { receiveTimeUs: epochUs(NOW_US - 400_000) }))
  account.tell(balance('BNB', '0.00'))
  account.tell(
    position('-0.500', {
      markPrice: '60300.00',
      unrealizedPnl: '-150.00',
      liquidationPrice: '66330.0',
      origin: 'reconcile',
    }),
  )
  account.tell(fill('7'))
  return { account, sources }
}

describe('the table of an account', () => {
  it('shows what there is, exactly, with the source and age of each table', () => {
    const { account, sources } = filled()
    const shown = lines(account, sources)
    expect(shown[0]).toBe('binance-usdm  ● synced · proven 0.4 s ago · margin ratio 3.10 %')
    const text = shown.join('\n')
    expect(text).toMatch(/^Balances +user stream 0\.0 s$/m)
    expect(text).toMatch(/^Positions +REST 0\.0 s$/m)
    expect(text).toMatch(/^Open orders +none · REST 25 s$/m)
    expect(Math.max(...shown.map(line => line.length))).toBeLessThanOrEqual(100)
    expect(text).toMatch(/USDT +1,234,567\.000123 +0 +1,234,567\.000123/)
    expect(text).not.toContain('BNB')
    expect(text).toMatch(/BTCUSDT +-0\.5 +60,000 +60,300 +-150 +66,330 +10\.0 %/)
    expect(text).toMatch(/BTCUSDT +▼ sell +60,100 +0\.25 +0\.006 USDT +-12\.5 +0\.0 s/)
  })

  it('hides amounts, and no price', () => {
    const { account, sources } = filled()
    const text = lines(account, sources, 0, true).join('\n')
    expect(text).not.toMatch(/1,234|-0\.5 |-150|0\.006|12\.5/)
    expect(text).toContain('60,300')
    expect(text).toMatch(/USDT +•••• +•••• +••••/)
  })

  it('a margin call stands above everything until what it named is closed', () => {
    const { account, sources } = filled()
    account.tell({
      kind: 'marginCall',
      account: account.name,
      origin: 'stream',
      receiveTimeUs: epochUs(NOW_US),
      positions: [
        {
          instrument: instrumentId('binance-usdm:BTCUSDT'),
          positionSide: 'both',
          quantity: '-0.500',
          markPrice: '66000.0',
          unrealizedPnl: '-3000',
          maintenanceMargin: '132.5',
          marginType: 'cross',
        },
      ],
    })
    expect(lines(account, sources, 0, false, 8)[1]).toBe(
      ' MARGIN CALL 8.0 s ago: BTCUSDT -0.5 at mark 66,000, maintenance margin 132.5 ',
    )
    account.tell(position('0'))
    expect(lines(account, sources)[1]).not.toContain('MARGIN CALL')
  })

  it('says why it is not synced, and what is lost', () => {
    const { account, sources } = filled()
    account.enter('stale', 'the user stream\nwas silent')
    account.tell({
      kind: 'accountGap',
      account: account.name,
      origin: 'reconcile',
      receiveTimeUs: epochUs(NOW_US),
      what: 'fills',
      reason: 'older than the venue keeps',
    })
    const shown = lines(account, sources)
    expect(shown[0]).toContain('▲ stale: the user stream was silent')
    expect(shown[0]).toContain('1 hole')
    expect(shown[1]).toBe('  fills are lost: older than the venue keeps')
  })

  it('never takes more rows than there are, and says how much is left out', () => {
    const { account, sources } = filled()
    for (let id = 0; id < 60; id++) account.tell(order(String(id)))
    for (const rows of [14, 20, 30]) expect(lines(account, sources, rows).length).toBeLessThanOrEqual(rows)
    expect(lines(account, sources, 30).join('\n')).toMatch(/and \d\d more/)
    expect(lines(account, sources).filter(line => line.includes('LIMIT'))).toHaveLength(60)
  })
})
