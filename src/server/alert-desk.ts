import { type Alerts, readAlerts } from '../alert/index.ts'
import { distanceTo, ruleWords } from '../alert/rule-words.ts'
import { ConfigError } from '../model/error.ts'
import type { AlertDeliveryRow, AlertFireRow, AlertRuleRow, AlertsData } from './alert-protocol.ts'
import type { BacktestDesk } from './backtest/backtest-desk.ts'

/** Where rules are kept as they were written. */
export interface RuleStore {
  /** The whole rules file as plain data. */
  load(): unknown
  /** Adds a rule, or puts it in the place of the one with its id. */
  put(rule: Readonly<Record<string, unknown>>): void
  remove(id: string): void
}

/** Alerts that the dashboard shows. They stay the caller's. */
export interface ServedAlerts {
  readonly alerts: Alerts
  /** Without one, rules can be muted and tested, and not changed. */
  readonly store?: RuleStore
}

const MOST_ROWS = 200
const MOST_DEAD = 100

/** What the panel shows of alerts, and does with them. */
export class AlertDesk {
  private readonly served: ServedAlerts | undefined
  private readonly scrub: (text: string) => string
  private readonly backtests: BacktestDesk | undefined

  constructor(served: ServedAlerts | undefined, scrub: (text: string) => string, backtests?: BacktestDesk) {
    this.served = served
    this.scrub = scrub
    this.backtests = backtests
  }

  get isServed(): boolean {
    return this.served !== undefined
  }

  get version(): number {
    return this.served?.alerts.version ?? 0
  }

  data(): AlertsData {
    const { served } = this
    const tried = { hasRecordings: this.backtests?.isServed ?? false, backtest: this.backtests?.run }
    if (served === undefined)
      return { rules: [], channels: [], fires: [], deliveries: [], deadLetters: [], isEditable: false, ...tried }
    const { alerts, store } = served
    return {
      ...tried,
      rules: this.ruleRows(alerts, store),
      channels: alerts.channels().map(({ failing, ...channel }) => {
        return failing === undefined ? channel : { ...channel, failing: this.scrub(failing) }
      }),
      fires: this.fireRows(alerts),
      deliveries: alerts.deliveries(MOST_ROWS).map(record => this.deliveryRow(record)),
      deadLetters: alerts
        .deadLetters()
        .slice(-MOST_DEAD)
        .map(record => this.deliveryRow(record)),
      isEditable: store !== undefined,
    }
  }

  /** Creates or changes a rule. @throws ConfigError for a rule that is wrong: nothing is changed then */
  async put(id: string, rule: unknown): Promise<void> {
    const { alerts, store } = this.editable()
    if (!isRecord(rule) || rule['id'] !== id) throw new ConfigError(`rule: expected an object with the id "${id}".`)
    const file = fileOf(store)
    const at = file.rules.findIndex(other => isRecord(other) && other['id'] === id)
    const rules = at < 0 ? [...file.rules, rule] : file.rules.map((other, index) => (index === at ? rule : other))
    await alerts.setConfig(readAlerts({ ...file.rest, rules }))
    store.put(rule)
  }

  /** @throws ConfigError for an unknown rule */
  async remove(id: string): Promise<void> {
    const { alerts, store } = this.editable()
    const file = fileOf(store)
    const rules = file.rules.filter(other => !isRecord(other) || other['id'] !== id)
    if (rules.length === file.rules.length) throw new ConfigError(`rule: there is no "${id}".`)
    await alerts.setConfig(readAlerts({ ...file.rest, rules }))
    store.remove(id)
  }

  /** @throws ConfigError for an unknown rule */
  mute(id: string, untilUs: number): void {
    this.known().alerts.mute(id, untilUs)
  }

  /** Sends a marked sample by a channel, or by the channels of a rule. @throws ConfigError for an unknown name */
  async test(name: string): ReturnType<Alerts['test']> {
    return await this.known().alerts.test(name)
  }

  private known(): ServedAlerts {
    if (this.served === undefined) throw new ConfigError('alerts: this server runs none; start it with --rules <file>.')
    return this.served
  }

  private editable(): { readonly alerts: Alerts; readonly store: RuleStore } {
    const { alerts, store } = this.known()
    if (store === undefined) throw new ConfigError('alerts: the rules of this server cannot be changed.')
    return { alerts, store }
  }

  private ruleRows(alerts: Alerts, store: RuleStore | undefined): readonly AlertRuleRow[] {
    const written = store === undefined ? [] : fileOf(store).rules.filter(isRecord)
    const definitions = new Map(written.map(rule => [rule['id'], rule]))
    return alerts.rules().map(({ rule, value, lastFireUs, ...status }) => ({
      ...status,
      id: rule.id,
      name: rule.name,
      words: ruleWords(rule),
      severity: rule.severity,
      channels: rule.channels,
      // Amounts of an account are for whoever may see the account.
      ...(isPrivate(rule.source.kind) ? {} : { value, distance: distanceTo(rule, value) }),
      ...(lastFireUs === undefined ? {} : { lastFireUs }),
      ...(definitions.has(rule.id) ? { definition: definitions.get(rule.id) } : {}),
    }))
  }

  private fireRows(alerts: Alerts): readonly AlertFireRow[] {
    const types = new Map(alerts.channels().map(({ name, type }) => [name, type]))
    return alerts.fires(MOST_ROWS).map(fire => {
      const kinds = fire.channels.map(name => types.get(name))
      const isOfAccount = fire.source.startsWith('account')
      const { id, rule, name, severity, instrument, firedUs, suppressed, value } = fire
      const message = isOfAccount ? `${name}: shown with the account` : this.scrub(fire.message)
      const notify = (['desktop', 'sound'] as const).filter(kind => kinds.includes(kind))
      const shown = isOfAccount || value === undefined ? {} : { value }
      return { id, rule, name, severity, instrument, message, firedUs, suppressed, notify, ...shown }
    })
  }

  private deliveryRow(record: ReturnType<Alerts['deliveries']>[number]): AlertDeliveryRow {
    const { id, rule, channel, outcome, attempt, status, reason, latencyMs, atUs } = record
    const why = reason === undefined ? {} : { reason: this.scrub(reason) }
    return { id, rule, channel, outcome, attempt, status, latencyMs, atUs, ...why }
  }
}

function isPrivate(kind: string): boolean {
  return kind === 'account'
}

function fileOf(store: RuleStore): { readonly rules: readonly unknown[]; readonly rest: Record<string, unknown> } {
  const file = store.load()
  const rest = isRecord(file) ? file : {}
  const rules: readonly unknown[] = Array.isArray(rest['rules']) ? rest['rules'] : []
  return { rules, rest }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
