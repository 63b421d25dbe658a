import type { Environment } from '../../model/instrument.ts'
import type { HeartbeatRules, VenueEndpoints, VenueLimits } from '../adapter.ts'
import type { RetiredStream, StreamTemplate } from './catalogue.ts'
import { COINM_STREAMS, FUTURES_RETIRED, USDM_STREAMS } from './catalogue-futures.ts'
import { OPTIONS_RETIRED, OPTIONS_STREAMS } from './catalogue-options.ts'
import { SPOT_RETIRED, SPOT_STREAMS } from './catalogue-spot.ts'
import {
  FUTURES_HEARTBEAT,
  FUTURES_LIMITS,
  OPTIONS_HEARTBEAT,
  OPTIONS_LIMITS,
  SPOT_HEARTBEAT,
  SPOT_LIMITS,
} from './limits.ts'

export type MarketName = 'spot' | 'usdm' | 'coinm' | 'options'

/** Everything in which the four markets differ, as data. Source: protocol reference §1–§4, state of November 2026. */
export interface Market {
  readonly name: MarketName
  readonly id: string
  readonly endpoints: Readonly<Record<Environment, VenueEndpoints>>
  /** Path before every REST call. */
  readonly restPath: string
  /** Traffic classes, each with its own sockets; [''] where the market is not split. */
  readonly routes: readonly string[]
  readonly limits: VenueLimits
  readonly heartbeat: HeartbeatRules
  readonly intervals: readonly string[]
  /** Contract types of continuousKline names. */
  readonly contracts: readonly string[]
  readonly streams: readonly StreamTemplate[]
  readonly retired: readonly RetiredStream[]
  /** `st` of this market's rows in the merged all-market streams; undefined where rows carry none. */
  readonly productType: number | undefined
  readonly snapshotDepths: readonly { readonly limit: number; readonly weight: number }[]
  readonly instrumentsWeight: number
  readonly aggTradesWeight: number
  /** Speeds that may stand behind a depth name; '' is the market's default. */
  readonly depthSpeeds: readonly string[]
}

const INTERVALS = ['1m', '3m', '5m', '15m', '30m', '1h', '2h', '4h', '6h', '8h', '12h', '1d', '3d', '1w', '1M'] as const

const FUTURES_DEPTHS = [
  { limit: 5, weight: 2 },
  { limit: 10, weight: 2 },
  { limit: 20, weight: 2 },
  { limit: 50, weight: 2 },
  { limit: 100, weight: 5 },
  { limit: 500, weight: 10 },
  { limit: 1000, weight: 20 },
] as const

export const SPOT: Market = {
  name: 'spot',
  id: 'binance-spot',
  endpoints: {
    live: {
      rest: 'https://api.binance.com',
      stream: 'wss://stream.binance.com:9443',
      wsApi: 'wss://ws-api.binance.com:443',
    },
    testnet: {
      rest: 'https://testnet.binance.vision',
      stream: 'wss://stream.testnet.binance.vision',
      wsApi: 'wss://ws-api.testnet.binance.vision',
    },
    demo: {
      rest: 'https://demo-api.binance.com',
      stream: 'wss://demo-stream.binance.com',
      wsApi: 'wss://demo-ws-api.binance.com',
    },
  },
  restPath: '/api/v3',
  routes: [''],
  limits: SPOT_LIMITS,
  heartbeat: SPOT_HEARTBEAT,
  intervals: ['1s', ...INTERVALS],
  contracts: [],
  streams: SPOT_STREAMS,
  retired: SPOT_RETIRED,
  productType: undefined,
  snapshotDepths: [
    { limit: 100, weight: 5 },
    { limit: 500, weight: 25 },
    { limit: 1000, weight: 50 },
    { limit: 5000, weight: 250 },
  ],
  instrumentsWeight: 20,
  aggTradesWeight: 4,
  depthSpeeds: ['100ms', '1000ms'],
}

export const USDM: Market = {
  name: 'usdm',
  id: 'binance-usdm',
  endpoints: {
    live: {
      rest: 'https://fapi.binance.com',
      stream: 'wss://fstream.binance.com',
      wsApi: 'wss://ws-fapi.binance.com',
    },
    testnet: {
      rest: 'https://testnet.binancefuture.com',
      stream: 'wss://fstream.binancefuture.com',
      wsApi: 'wss://testnet.binancefuture.com',
    },
    demo: {
      rest: 'https://demo-fapi.binance.com',
      stream: 'wss://demo-fstream.binance.com',
      wsApi: 'wss://testnet.binancefuture.com',
    },
  },
  restPath: '/fapi/v1',
  routes: ['public', 'market'],
  limits: FUTURES_LIMITS,
  heartbeat: FUTURES_HEARTBEAT,
  intervals: INTERVALS,
  contracts: ['perpetual', 'current_quarter', 'next_quarter', 'tradifi_perpetual'],
  streams: USDM_STREAMS,
  retired: FUTURES_RETIRED,
  productType: 1,
  snapshotDepths: FUTURES_DEPTHS,
  instrumentsWeight: 1,
  aggTradesWeight: 20,
  depthSpeeds: ['100ms', '250ms', '500ms', '0ms'],
}

export const COINM: Market = {
  ...USDM,
  name: 'coinm',
  id: 'binance-coinm',
  endpoints: {
    live: {
      rest: 'https://dapi.binance.com',
      stream: 'wss://dstream.binance.com',
      wsApi: 'wss://ws-dapi.binance.com',
    },
    testnet: {
      rest: 'https://testnet.binancefuture.com',
      stream: 'wss://dstream.binancefuture.com',
      wsApi: 'wss://testnet.binancefuture.com',
    },
    demo: {
      rest: 'https://demo-dapi.binance.com',
      stream: 'wss://demo-dstream.binance.com',
      wsApi: 'wss://testnet.binancefuture.com',
    },
  },
  restPath: '/dapi/v1',
  routes: [''],
  contracts: ['perpetual', 'current_quarter', 'next_quarter'],
  streams: COINM_STREAMS,
  productType: 2,
}

export const OPTIONS: Market = {
  ...USDM,
  name: 'options',
  id: 'binance-options',
  endpoints: {
    live: { rest: 'https://eapi.binance.com', stream: 'wss://fstream.binance.com' },
    testnet: { rest: 'https://testnet.binancefuture.com', stream: 'wss://fstream.binancefuture.com' },
    demo: { rest: 'https://demo-fapi.binance.com', stream: 'wss://demo-fstream.binance.com' },
  },
  restPath: '/eapi/v1',
  limits: OPTIONS_LIMITS,
  heartbeat: OPTIONS_HEARTBEAT,
  contracts: [],
  streams: OPTIONS_STREAMS,
  retired: OPTIONS_RETIRED,
  productType: undefined,
  snapshotDepths: [
    { limit: 5, weight: 1 },
    { limit: 10, weight: 1 },
    { limit: 20, weight: 1 },
    { limit: 50, weight: 1 },
    { limit: 100, weight: 5 },
    { limit: 500, weight: 10 },
    { limit: 1000, weight: 20 },
  ],
  depthSpeeds: ['100ms', '500ms'],
}
