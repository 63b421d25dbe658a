import type { Clock } from '../net/clock.ts'
import type { AlertFire, AlertNews } from './alert-event.ts'
import type { MachineState } from './alert-machine.ts'
import type { AlertMemory, DeliveryRecord, OutboxEntry } from './alert-memory.ts'
import type { Attempt } from './delivery/channel.ts'
import type { HttpTools } from './delivery/http-channel.ts'
import type { MailTools } from './delivery/mail-channel.ts'
import type { AlertRule } from './rule.ts'
import type { AlertConfig } from './rule-reader.ts'
import type { AlertFeed } from './source-hub.ts'

export interface AlertsOptions {
  /** A live feed, with its accounts where it has some, or a recording. It stays the caller's. */
  readonly feed: AlertFeed
  /** What `readAlerts` gives. */
  readonly config: AlertConfig
  /** For rules that name no instrument. @default none */
  readonly instruments?: readonly string[]
  /** `fileAlertMemory(directory)` survives restarts. @default this process alone */
  readonly memory?: AlertMemory
  /** @default the system's */
  readonly clock?: Clock
  /** False records fires and sends nothing. @default true */
  readonly deliver?: boolean
  /** The feed is a recording: time comes from its events alone, and fires say so. @default false */
  readonly isReplay?: boolean
  /** Values of `${TICKWIRE_…}` names in channels. @default none */
  readonly secret?: (name: string) => string | undefined
  /** Told every secret that a channel uses, so that other logs may hide it, too. */
  readonly onSecret?: (secret: string) => void
  /** Something failed that no alert tells, in one line without secrets. */
  readonly onProblem?: (message: string) => void
  readonly post?: HttpTools['post']
  readonly loadMailer?: MailTools['load']
}

export type RuleState = MachineState['phase'] | 'disabled' | 'expired' | 'muted'

/** A rule on one instrument, and where it stands. */
export interface RuleStatus {
  readonly rule: AlertRule
  /** Empty for rules on Tickwire itself and on whole accounts. */
  readonly instrument: string
  readonly state: RuleState
  readonly sinceUs: number
  readonly value: number | undefined
  readonly lastFireUs: number | undefined
  readonly fires: number
  /** Kept back since the last fire that was told. */
  readonly suppressed: number
  readonly mutedUntilUs: number
}

export interface ChannelStatus {
  readonly name: string
  readonly type: string
  /** Why it counts as failing. */
  readonly failing: string | undefined
  readonly waiting: number
}

export type AlertOutput = Exclude<AlertNews, { readonly kind: 'fire' | 'started' }> | AlertFire | DeliveryRecord

export interface Alerts extends AsyncDisposable {
  /** Resolves when everything that rules read is asked for: a recording may begin. @throws ConfigError */
  readonly asked: Promise<void>
  /** Resolves when everything that rules read is acknowledged. @throws ConfigError, SubscriptionRejected */
  readonly ready: Promise<void>
  rules(): readonly RuleStatus[]
  channels(): readonly ChannelStatus[]
  /** Newest last. @default limit 100 */
  fires(limit?: number): readonly AlertFire[]
  /** Newest last. @default limit 100 */
  deliveries(limit?: number): readonly DeliveryRecord[]
  /** Deliveries that were given up, newest last. */
  deadLetters(): readonly DeliveryRecord[]
  /** What still waits for a channel. */
  waiting(): readonly OutboxEntry[]
  /** Calls `fn` with fires, suppressed fires, re-arms and attempts, in the same tick. */
  observe(fn: (output: AlertOutput) => void): Disposable
  /** Other rules from now on; one whose source, condition and frequency are unchanged keeps its state. @throws ConfigError */
  setConfig(config: AlertConfig): Promise<void>
  /** Keeps the fires of a rule back until then, microseconds since 1970; 0 ends it. @throws ConfigError for an unknown rule */
  mute(rule: string, untilUs: number): void
  /** Sends a marked sample by a channel, or by the channels of a rule. @throws ConfigError for an unknown name */
  test(name: string): Promise<readonly (Attempt & { readonly channel: string })[]>
  /** Time has passed: for recordings, where no timer runs. */
  advance(atUs: number): void
  /** Grows with everything that `rules`, `fires` and `deliveries` tell. */
  readonly version: number
  /** Alerts that another process had told already. */
  readonly duplicates: number
}
