import type { AccountSetup } from '../account/account.ts'
import type { AccountFeed } from '../account/create-feed.ts'
import type { ReliabilityStore } from '../evaluate/reliability-store.ts'
import type { Feed } from '../feed/feed.ts'
import type { Instrument, InstrumentId } from '../model/instrument.ts'
import { systemClock } from '../net/clock.ts'
import {
  createServer,
  type DashboardServer,
  type ServedAlerts,
  type ServedRecordings,
  type SourceInfo,
} from '../server/index.ts'
import type { SignalEvent } from '../signal/signal.ts'
import type { VenueAdapter } from '../venue/adapter.ts'
import { type Context, openFeed } from './context.ts'
import { secrets } from './secrets.ts'
import { servedAccount } from './served-account.ts'

export interface ServeSettings {
  readonly venues: readonly VenueAdapter[]
  /** The instruments to choose from, the first one shown first. */
  readonly instruments: (feed: Feed) => Promise<readonly InstrumentId[]>
  readonly source: SourceInfo
  readonly host: string
  /** Ports to try, in this order. */
  readonly ports: readonly number[]
  readonly token: string | undefined
  readonly accounts?: ServedSetups
  /** Rules that run beside the dashboard. @default none */
  readonly alerts?: ((feed: AccountFeed) => ServedAlerts & AsyncDisposable) | undefined
  /** Recordings on which rules can be tried. @default none */
  readonly recordings?: ServedRecordings | undefined
  /** Computes signals of the markets that are looked at. @default true */
  readonly signals?: boolean
  /** What evaluations have measured of signals. @default nothing */
  readonly measured?: ReliabilityStore | undefined
}

/** Accounts to show, and who may see them. */
export interface ServedSetups {
  readonly setups: readonly AccountSetup[]
  readonly isSimulated: boolean
  /** Without one the accounts are open to every program of this machine. */
  readonly token: string | undefined
}

export interface RunningServer extends AsyncDisposable {
  readonly feed: Feed
  readonly server: DashboardServer
}

/** A feed with a dashboard on top; disposing ends both. @throws the error of the last port when none is free */
export async function serveFeed(settings: ServeSettings, context: Context): Promise<RunningServer> {
  const feed = openFeed(settings.venues, context, settings.accounts?.setups)
  let alerts: (ServedAlerts & AsyncDisposable) | undefined
  const server = await listen(feed, settings, context, () => {
    alerts = settings.alerts?.(feed)
    return alerts
  }).catch(async (error: unknown) => {
    await alerts?.[Symbol.asyncDispose]()
    await feed[Symbol.asyncDispose]()
    throw error
  })
  return {
    feed,
    server,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await alerts?.[Symbol.asyncDispose]()
      await feed[Symbol.asyncDispose]()
    },
  }
}

async function listen(
  feed: AccountFeed,
  settings: ServeSettings,
  context: Context,
  openAlerts: () => ServedAlerts | undefined,
): Promise<DashboardServer> {
  const instruments = await settings.instruments(feed)
  const alerts = openAlerts()
  const { accounts, measured } = settings
  const served = (accounts?.setups ?? []).map(setup =>
    servedAccount(feed, setup, accounts?.isSimulated ?? false, context),
  )
  let failure: unknown
  for (const port of settings.ports) {
    try {
      return await createServer({
        feed,
        source: settings.source,
        instruments,
        host: settings.host,
        port,
        clock: systemClock,
        onWarning: line => context.log.warn(line),
        scrub: text => secrets.scrub(text),
        accounts: served,
        ...(alerts === undefined ? {} : { alerts }),
        ...(settings.recordings === undefined ? {} : { recordings: settings.recordings }),
        signals: settings.signals ?? true,
        ...(measured === undefined
          ? {}
          : { measured: (event: SignalEvent, instrument: Instrument) => measured.fill(event, instrument) }),
        ...(settings.token === undefined ? {} : { token: settings.token }),
        ...(accounts?.token === undefined ? {} : { accountToken: accounts.token }),
      })
    } catch (error) {
      failure = error
      if (!isPortTaken(error)) break
    }
  }
  throw failure
}

export function isPortTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}
