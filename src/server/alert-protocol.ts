/** The alerts panel on the wire: types only. Times are microseconds since 1970. */

/** All of it, with every message: a few hundred rows at most. */
export interface AlertsData {
  readonly rules: readonly AlertRuleRow[]
  readonly channels: readonly AlertChannelRow[]
  /** Newest last, at most 200. */
  readonly fires: readonly AlertFireRow[]
  /** Attempts, newest last, at most 200. */
  readonly deliveries: readonly AlertDeliveryRow[]
  /** Deliveries that were given up, newest last, at most 100. */
  readonly deadLetters: readonly AlertDeliveryRow[]
  /** Rules can be changed here: PUT and DELETE /api/alerts/rules/<id>. */
  readonly isEditable: boolean
  /** Rules can be tried on recordings here: POST /api/alerts/backtest. */
  readonly hasRecordings: boolean
  /** The newest back-test, whoever asked for it. */
  readonly backtest?: BacktestRun | undefined
}

/** A recording of the server's folder, by its path in there. */
export interface RecordingRow {
  readonly name: string
  readonly bytes: number
}

export interface BacktestRun extends BacktestProgress {
  /** Counts from 1. */
  readonly id: number
  /** Name of the rule. */
  readonly rule: string
  readonly recording: string
  readonly state: 'running' | 'done' | 'failed' | 'stopped'
  /** Why it failed. */
  readonly reason?: string | undefined
}

/** What a back-test has found so far. */
export interface BacktestProgress {
  /** Share of the recording that was read, 0 to 1; 0 while it is being surveyed. */
  readonly share: number
  /** Receive times between which the recording lies; absent where it has none. */
  readonly fromUs?: number | undefined
  readonly toUs?: number | undefined
  readonly fires: number
  /** Kept back by `cooldown`, `maxPerHour` or `schedule`. */
  readonly suppressed: number
  /** The first ones, at most 200. */
  readonly list: readonly BacktestFire[]
  /** What the recording does not tell, and what follows from that. */
  readonly notes: readonly string[]
}

export interface BacktestFire {
  readonly firedUs: number
  readonly instrument: string
  readonly message: string
  readonly value?: number | undefined
}

export type AlertRuleState = 'init' | 'armed' | 'pending' | 'active' | 'done' | 'disabled' | 'expired' | 'muted'

/** A rule on one instrument. */
export interface AlertRuleRow {
  readonly id: string
  readonly name: string
  /** Empty for rules on Tickwire itself and on whole accounts. */
  readonly instrument: string
  /** The rule in words: `trade.price at or above 70000 for 2 s`. */
  readonly words: string
  readonly severity: 'info' | 'warn' | 'critical'
  readonly state: AlertRuleState
  readonly sinceUs: number
  readonly value?: number | undefined
  /** What `value` lacks to the level of a simple condition; negative when it is below its level. */
  readonly distance?: number | undefined
  readonly lastFireUs?: number | undefined
  readonly fires: number
  /** Kept back since the last fire that was told. */
  readonly suppressed: number
  /** 0 when not muted. */
  readonly mutedUntilUs: number
  readonly channels: readonly string[]
  /** As it stands in the rules file, for an editor; absent where rules cannot be changed. */
  readonly definition?: unknown
}

export interface AlertChannelRow {
  readonly name: string
  readonly type: string
  /** Why it counts as failing. */
  readonly failing?: string | undefined
  readonly waiting: number
}

export interface AlertFireRow {
  readonly id: string
  readonly rule: string
  readonly name: string
  readonly severity: 'info' | 'warn' | 'critical'
  readonly instrument: string
  readonly message: string
  readonly value?: number | undefined
  readonly firedUs: number
  readonly suppressed: number
  /** Types among the rule's channels that the browser itself serves. */
  readonly notify: readonly ('desktop' | 'sound')[]
}

export interface AlertDeliveryRow {
  /** Of the alert. */
  readonly id: string
  readonly rule: string
  readonly channel: string
  readonly outcome: 'delivered' | 'failed' | 'dead'
  readonly attempt: number
  readonly status: number
  readonly reason?: string | undefined
  readonly latencyMs: number
  readonly atUs: number
}
