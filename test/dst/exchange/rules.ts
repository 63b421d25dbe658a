/** What an exchange demands of a client. Source: protocol reference §2.1 and §6.3. */
export interface VenueRulesData {
  readonly id: string
  readonly isFutures: boolean
  readonly streamHost: string
  readonly restHost: string
  readonly restPath: string
  readonly pingEveryMs: number
  readonly pongWithinMs: number
  readonly inboundPerSecond: number
  readonly streamsPerSocket: number
  readonly attempts: number
  readonly attemptWindowMs: number
  readonly weightPerMinute: number
  readonly lifetimeMs: number
}

const SHARED = { streamsPerSocket: 1024, attempts: 300, attemptWindowMs: 300_000, lifetimeMs: 86_400_000 }

export const USDM_RULES: VenueRulesData = {
  ...SHARED,
  id: 'binance-usdm',
  isFutures: true,
  streamHost: 'fstream.binance.com',
  restHost: 'fapi.binance.com',
  restPath: '/fapi/v1/',
  pingEveryMs: 180_000,
  pongWithinMs: 600_000,
  inboundPerSecond: 10,
  weightPerMinute: 2400,
}

export const SPOT_RULES: VenueRulesData = {
  ...SHARED,
  id: 'binance-spot',
  isFutures: false,
  streamHost: 'stream.binance.com:9443',
  restHost: 'api.binance.com',
  restPath: '/api/v3/',
  pingEveryMs: 20_000,
  pongWithinMs: 60_000,
  inboundPerSecond: 5,
  weightPerMinute: 6000,
}

/** Which path of USD-M feeds a stream. */
export function routeOfStream(rules: VenueRulesData, name: string): string {
  if (!rules.isFutures) return ''
  return /@(bookTicker|depth|trade)/.test(name) ? 'public' : 'market'
}
