import { signal } from '@preact/signals'
import type { AlertFireRow, AlertsData } from '../../../../src/server/alert-protocol.ts'
import type { PanelData } from '../../link/messages.ts'
import { announce } from './alert-noise.ts'

const NOTHING: AlertsData = {
  rules: [],
  channels: [],
  fires: [],
  deliveries: [],
  deadLetters: [],
  isEditable: false,
  hasRecordings: false,
}

/** Rules, fires and attempts as the server tells them. */
export class AlertsModel {
  readonly data = signal<AlertsData>(NOTHING)
  private seen: Set<string> | undefined
  private readonly onFire: (fire: AlertFireRow) => void

  constructor(onFire: (fire: AlertFireRow) => void) {
    this.onFire = onFire
  }

  /** What has fired stays known: a new connection must not tell it again. */
  clear(): void {
    this.data.value = NOTHING
  }

  accept(message: PanelData): void {
    if (message.content.as !== 'json') return
    const { data } = message.content
    if (!isAlerts(data)) return
    this.data.value = data
    const { seen } = this
    this.seen = new Set(data.fires.map(fire => fire.id))
    // What fired before the page was open is history.
    if (seen === undefined) return
    for (const fire of data.fires) if (!seen.has(fire.id)) this.onFire(fire)
  }
}

function isAlerts(data: unknown): data is AlertsData {
  return typeof data === 'object' && data !== null && 'rules' in data && Array.isArray(data.rules)
}

export const alertsModel = new AlertsModel(announce)
