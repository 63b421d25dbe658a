import type { DurationMs } from '../model/time.ts'

export const simVenues = ['binance-spot', 'binance-usdm', 'binance-coinm', 'binance-options'] as const
export type SimVenue = (typeof simVenues)[number]

/** Traffic class of a stream on hosts whose paths are split. */
export type StreamClass = 'public' | 'market' | 'private'

/** Limits a venue holds its clients to; all can be overridden for a test. */
export interface SimLimits {
  /** Frames a client may send within a second (JSON, ping and pong together); one more closes with 1008. */
  readonly inboundPerSecond: number
  readonly streamsPerConnection: number
  /** Upgrades per address within five minutes; one more is answered with HTTP 429. */
  readonly handshakesPerWindow: number
  readonly pingEveryMs: DurationMs
  readonly pongWithinMs: DurationMs
  readonly lifetimeMs: DurationMs
  /** How long before the end of its life a socket is told (spot only). */
  readonly shutdownLeadMs: DurationMs
  readonly weightPerMinute: number
  /** Requests after the first 429 of a minute that turn it into a ban (418). */
  readonly requestsUntilBan: number
  readonly banMs: DurationMs
  /** Bytes a client may leave unread before it is cut off. */
  readonly unreadBytes: number
  /** A longer message of a client closes its socket with 1009. */
  readonly maxFrameBytes: number
}

export interface VenueRules {
  readonly venue: SimVenue
  readonly family: 'spot' | 'futures' | 'options'
  readonly restPrefix: string
  /** True where stream paths begin with /public, /market or /private. */
  readonly isSplit: boolean
  /** False where a path without class does not exist (options never had one on this host). */
  readonly hasPlainPaths: boolean
  /** Control ids: unsigned integers only. */
  readonly integerIds: boolean
  readonly hasMicroseconds: boolean
  readonly hasShutdownNotice: boolean
  /** USD-M and COIN-M count into one pool since 2026-06-30. */
  readonly weightPool: string
  /** Value of `st`: 1 USD-M, 2 COIN-M, 0 none. */
  readonly symbolType: 0 | 1 | 2
  readonly limits: SimLimits
}

const minute = 60_000
const common = {
  handshakesPerWindow: 300,
  lifetimeMs: 24 * 60 * minute,
  shutdownLeadMs: minute,
  requestsUntilBan: 20,
  banMs: 2 * minute,
  unreadBytes: 16 * 1024 * 1024,
  maxFrameBytes: 1024 * 1024,
}
const futuresLimits: SimLimits = {
  ...common,
  inboundPerSecond: 10,
  streamsPerConnection: 1024,
  pingEveryMs: 3 * minute,
  pongWithinMs: 10 * minute,
  weightPerMinute: 2400,
}

/** What the four markets differ in. Source: the venue's stream and REST documents as of November 2026. */
export const venueRules: Readonly<Record<SimVenue, VenueRules>> = {
  'binance-spot': {
    venue: 'binance-spot',
    family: 'spot',
    restPrefix: '/api/v3',
    isSplit: false,
    hasPlainPaths: true,
    integerIds: false,
    hasMicroseconds: true,
    hasShutdownNotice: true,
    weightPool: 'spot',
    symbolType: 0,
    limits: {
      ...common,
      inboundPerSecond: 5,
      streamsPerConnection: 1024,
      pingEveryMs: 20_000,
      pongWithinMs: minute,
      weightPerMinute: 6000,
    },
  },
  'binance-usdm': {
    venue: 'binance-usdm',
    family: 'futures',
    restPrefix: '/fapi/v1',
    isSplit: true,
    hasPlainPaths: true,
    integerIds: true,
    hasMicroseconds: false,
    hasShutdownNotice: false,
    weightPool: 'futures',
    symbolType: 1,
    limits: futuresLimits,
  },
  'binance-coinm': {
    venue: 'binance-coinm',
    family: 'futures',
    restPrefix: '/dapi/v1',
    isSplit: false,
    hasPlainPaths: true,
    integerIds: true,
    hasMicroseconds: false,
    hasShutdownNotice: false,
    weightPool: 'futures',
    symbolType: 2,
    limits: futuresLimits,
  },
  'binance-options': {
    venue: 'binance-options',
    family: 'options',
    restPrefix: '/eapi/v1',
    isSplit: true,
    hasPlainPaths: false,
    integerIds: true,
    hasMicroseconds: false,
    hasShutdownNotice: false,
    weightPool: 'options',
    symbolType: 0,
    limits: { ...futuresLimits, streamsPerConnection: 200, pingEveryMs: 5 * minute, pongWithinMs: 15 * minute },
  },
}

export function isSimVenue(text: string): text is SimVenue {
  return simVenues.some(venue => venue === text)
}
