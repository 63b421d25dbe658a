import type { HeartbeatRules, VenueLimits } from '../adapter.ts'

const SHARED = {
  /** A SUBSCRIBE above about 4 KB or some hundred names is silently ignored. */
  namesPerFrame: 100,
  bytesPerFrame: 3000,
  connectsPerWindow: 300,
  connectWindowMs: 5 * 60_000,
  connectionLifetimeMs: 24 * 3_600_000,
} as const

/**
 * 1024 streams less 2 % spare; of 5 inbound messages in any second two are ours as a rule (0.6 s apart), so that a
 * pong and pings of our own always have room.
 */
export const SPOT_LIMITS: VenueLimits = {
  ...SHARED,
  streamsPerConnection: 1000,
  controlPerSecond: 1.6,
  weightPerMinute: 6000,
  weightPool: 'binance-spot',
}

/** USD-M and COIN-M share one pool of request weight per IP since 2026-06-30. */
export const FUTURES_LIMITS: VenueLimits = {
  ...SHARED,
  streamsPerConnection: 1000,
  controlPerSecond: 4,
  weightPerMinute: 2400,
  weightPool: 'binance-futures',
}

/** 200 streams less 2 % spare. */
export const OPTIONS_LIMITS: VenueLimits = {
  ...SHARED,
  streamsPerConnection: 196,
  controlPerSecond: 4,
  weightPerMinute: 2400,
  weightPool: 'binance-options',
}

/** Our own ping finds a half-open socket; it does not keep the connection alive, only our pongs do. */
const OWN_PING = { pingEveryMs: 5000, pongWithinMs: 5000 } as const

/** Pinged every 20 s; more than a minute without a ping is dead. */
export const SPOT_HEARTBEAT: HeartbeatRules = { ...OWN_PING, serverPingEveryMs: 20_000, deadAfterMs: 60_000 }

/** Pinged every 3 minutes; more than 6 without a ping is dead. */
export const FUTURES_HEARTBEAT: HeartbeatRules = { ...OWN_PING, serverPingEveryMs: 180_000, deadAfterMs: 360_000 }

/** Pinged every 5 minutes; more than 11 without a ping is dead. */
export const OPTIONS_HEARTBEAT: HeartbeatRules = { ...OWN_PING, serverPingEveryMs: 300_000, deadAfterMs: 660_000 }
