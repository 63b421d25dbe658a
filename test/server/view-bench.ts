import { AccountDesk, type ServedAccount } from '../../src/server/account-desk.ts'
import { AlertDesk } from '../../src/server/alert-desk.ts'
import type { Catalog } from '../../src/server/catalog.ts'
import { Catalog as RealCatalog } from '../../src/server/catalog.ts'
import { FeedProbe } from '../../src/server/feed-probe.ts'
import { IncidentLog } from '../../src/server/incident-log.ts'
import type { SourceInfo, ViewRequest } from '../../src/server/protocol.ts'
import { ViewRegistry } from '../../src/server/view-registry.ts'
import { SignalDesk } from '../../src/server/views/signal-desk.ts'
import type { View } from '../../src/server/views/view.ts'
import { FakeClock } from '../../src/testing/fake-clock.ts'
import { FakeFeed } from './fake-feed/fake-feed.ts'

export const BTC = 'binance-usdm:BTCUSDT'
export const SPOT_BTC = 'binance-spot:BTCUSDT'

export interface ViewBench {
  readonly clock: FakeClock
  readonly feed: FakeFeed
  readonly registry: ViewRegistry
  readonly incidents: IncidentLog
  readonly warnings: string[]
  readonly catalog: Catalog
  readonly signals: SignalDesk | undefined
  /** Opens a view and lets it find its instrument. */
  open(request: ViewRequest): Promise<View>
  /** Lets the market run; views look at the clock as often as the gateway makes them. */
  run(ms: number): Promise<void>
}

/** Views on the generated market and virtual time, without sockets. */
export function viewBench(
  source: SourceInfo = { kind: 'generated', label: 'seed 3' },
  accounts: readonly ServedAccount[] = [],
  hasSignals = true,
  startUs?: number,
): ViewBench {
  const clock = new FakeClock(startUs)
  const feed = new FakeFeed(clock)
  const warnings: string[] = []
  const incidents = new IncidentLog()
  const catalog = new RealCatalog(feed, [BTC, SPOT_BTC])
  const warn = (message: string): void => void warnings.push(message)
  const scrub = (text: string): string => text.replaceAll('canary', '***')
  const signals = hasSignals ? new SignalDesk({ feed, clock, warn }) : undefined
  const probe = new FeedProbe(feed, clock)
  const context = { feed, clock, probe, catalog, incidents, source, signals, scrub, warn }
  const registry = new ViewRegistry(
    context,
    () => ({ uptimeS: 1 }),
    new AccountDesk(accounts),
    new AlertDesk(undefined, scrub),
  )
  const run = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 50) {
      await clock.advance(50)
      registry.tick()
    }
    await settle()
  }
  const open = async (request: ViewRequest): Promise<View> => {
    const { view } = registry.lease(request)
    await settle()
    registry.tick()
    return view
  }
  return { clock, feed, registry, incidents, warnings, catalog, signals, open, run }
}

/** Lets promises that are already decided run their course. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise<void>(resolve => setImmediate(resolve))
}
