import type { AccountSetup } from '../account/account.ts'
import { type AccountFeed, nameOf } from '../account/create-feed.ts'
import { errorLine } from '../model/error.ts'
import type { Instrument, InstrumentId } from '../model/instrument.ts'
import type { ServedAccount } from '../server/index.ts'
import type { Context } from './context.ts'

/** An account of the feed for the dashboard, which reckons with the venue's own contract sizes. */
export function servedAccount(
  feed: AccountFeed,
  setup: AccountSetup,
  isSimulated: boolean,
  context: Context,
): ServedAccount {
  const { adapter } = setup
  const table = new Map<InstrumentId, Instrument>()
  feed.instruments(adapter.venue).then(
    instruments => {
      for (const instrument of instruments) table.set(instrument.id, instrument)
    },
    (error: unknown) => context.log.warn(`${adapter.venue}: profits are not reckoned: ${errorLine(error)}`),
  )
  return {
    account: feed.account(nameOf(setup)),
    isSimulated,
    pnlAt: (id, quantity, entryPrice, price) => {
      const instrument = table.get(id)
      return instrument === undefined ? undefined : adapter.unrealizedPnl?.(instrument, quantity, entryPrice, price)
    },
  }
}
