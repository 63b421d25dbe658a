import { randomBytes } from 'node:crypto'
import type { AlertFire } from './alert-event.ts'
import { alertId } from './identity.ts'
import type { AlertRule } from './rule.ts'

export const CHANNEL_RULE = 'tickwire.channel'

/** That a channel fails, for the other ones. */
export function channelFire(channel: string, reason: string, nowUs: number, others: readonly string[]): AlertFire {
  return {
    kind: 'alert',
    id: alertId(CHANNEL_RULE, channel, nowUs, undefined),
    rule: CHANNEL_RULE,
    name: 'Alert channel',
    severity: 'critical',
    instrument: '',
    source: `channel ${channel}`,
    message: `alert channel "${channel}" fails: ${reason}`,
    beganUs: nowUs,
    firedUs: nowUs,
    suppressed: 0,
    channels: others,
  }
}

/** A marked sample. @param rule undefined for one of a channel by itself */
export function sampleFire(rule: AlertRule | undefined, channels: readonly string[], nowUs: number): AlertFire {
  return {
    kind: 'alert',
    id: randomBytes(16).toString('hex'),
    rule: rule?.id ?? 'tickwire.test',
    name: rule?.name ?? 'Test',
    severity: rule?.severity ?? 'info',
    instrument: rule?.instruments[0] ?? '',
    source: rule?.source.text ?? 'test',
    message: `a sample of ${rule === undefined ? 'this channel' : `rule "${rule.name}"`}, sent because somebody asked for it`,
    beganUs: nowUs,
    firedUs: nowUs,
    suppressed: 0,
    channels,
    isTest: true,
  }
}
