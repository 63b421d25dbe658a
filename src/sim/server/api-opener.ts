import type { Clock } from '../../net/clock.ts'
import { routesOf } from '../rest/routes.ts'
import type { TradingService } from '../rest/trading-route.ts'
import { WeightPool } from '../rest/weight-pool.ts'
import type { MarketSource } from '../source.ts'
import type { SimLimits, VenueRules } from '../venue-rules.ts'
import type { ApiSession } from './connection.ts'
import { apiMethods } from './ws-api-methods.ts'
import { WsApiSession } from './ws-api-session.ts'
import type { ApiSocket } from './ws-api-subscriptions.ts'

export interface ApiOpenerContext {
  readonly rules: VenueRules
  readonly limits: SimLimits
  readonly source: MarketSource
  /** Of the venue's REST calls. */
  readonly pool: WeightPool
  readonly clock: Clock
  readonly onNotice: (line: string) => void
}

/** Makes the sessions of a venue's WebSocket API. It shares its weight with REST, but for USD-M, where it has its own. */
export function apiOpener(
  service: TradingService,
  context: ApiOpenerContext,
): (socket: ApiSocket, address: string) => ApiSession {
  const { rules, limits, source, clock, onNotice } = context
  const pool = rules.venue === 'binance-usdm' ? new WeightPool(limits, false) : context.pool
  const shared = {
    rules,
    limits,
    source,
    service,
    onNotice,
    methods: apiMethods(rules),
    routes: routesOf(rules, limits),
  }
  return (socket, address) =>
    new WsApiSession(socket, {
      ...shared,
      charge: weight => pool.charge(address, weight, Math.floor(clock.nowUs() / 1000)),
    })
}
