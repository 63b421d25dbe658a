import { styleText } from 'node:util'
import { PRIORITY, RestClient } from '../../feed/rest-client.ts'
import { errorLine } from '../../model/error.ts'
import { systemClock } from '../../net/clock.ts'
import { probeHost } from '../../net/probe.ts'
import { systemRandom } from '../../net/random.ts'
import { WeightBudget } from '../../net/weight-budget.ts'
import type { VenueAdapter } from '../../venue/adapter.ts'
import { type AccountOptions, loadKeys, setupOf } from '../account-feed.ts'
import { adapterFor, type Context, createContext } from '../context.ts'
import { checkKeys } from '../doctor-keys.ts'
import { checkRoutes } from '../doctor-routes.ts'
import { parseDuration } from '../duration.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import type { AccountKeys } from '../key-fields.ts'
import { network } from '../network.ts'
import { Output } from '../output.ts'
import { unlessStopped } from '../stop.ts'
import { unknownVenue, VENUE_IDS } from '../venue-table.ts'

export interface DoctorOptions extends AccountOptions {
  readonly patience: string
}

/** One thing that was looked at, with what it means in plain words. */
export interface Finding {
  readonly venue: string
  readonly check: string
  readonly verdict: 'ok' | 'warn' | 'fail'
  readonly tookMs: number | undefined
  readonly text: string
}

/** How far our clock may be off before signed requests are refused (recvWindow allows 1 s ahead). */
const CLOCK_SKEW_LIMIT_MS = 500

/** `tickwire doctor`: can this machine reach the venues, and do they really send? */
export async function doctor(venues: readonly string[], options: DoctorOptions): Promise<ExitCode> {
  const context = await createContext(options)
  const patienceMs = parseDuration('--patience', options.patience)
  const pointed = [...context.endpoints.keys()]
  const chosen = venues.length > 0 ? venues : pointed.length > 0 ? pointed : VENUE_IDS
  for (const venue of chosen) if (!VENUE_IDS.includes(venue)) throw unknownVenue(venue)
  const output = new Output(() => context.stop())
  let failed = 0
  const report = (found: Finding): void => {
    if (context.signal.aborted) return
    const { tookMs } = found
    const finding = { ...found, tookMs: tookMs === undefined ? undefined : Math.round(tookMs * 10) / 10 }
    if (finding.verdict === 'fail') failed++
    if (context.isJson) output.json(finding)
    else output.line(findingLine(finding))
  }
  const keys = await loadKeys(options, context)
  const isDone = await unlessStopped(
    examineAll(chosen, context, patienceMs, report).then(async () => {
      await examineKeys(
        keys.filter(one => chosen.includes(one.account.split('/', 1)[0] ?? '')),
        options,
        context,
        report,
      )
      return true as const
    }),
  )
  if (!context.isJson) output.line(summary(failed, isDone === true))
  await output.flush()
  return failed === 0 ? EXIT.ok : EXIT.failed
}

async function examineAll(
  venues: readonly string[],
  context: Context,
  patienceMs: number,
  report: (finding: Finding) => void,
): Promise<true> {
  for (const venue of venues) {
    if (context.signal.aborted) break
    await examine(adapterFor(venue, context), context, patienceMs, report)
  }
  return true
}

/** Keys of another environment are told, and shown to nobody. */
async function examineKeys(
  keys: readonly AccountKeys[],
  options: DoctorOptions,
  context: Context,
  report: (finding: Finding) => void,
): Promise<void> {
  for (const { account, environment } of keys) {
    if (environment === context.environment) continue
    const text = `belongs to ${environment}: not shown to ${context.environment}, see --environment`
    report({ venue: account, check: 'key', verdict: 'warn', tookMs: undefined, text })
  }
  const own = keys.filter(one => one.environment === context.environment)
  const setups = own.map(one => setupOf(one, options, context))
  await checkKeys(setups, options.allowWithdrawals ?? false, context, report)
}

function summary(failed: number, isDone: boolean): string {
  if (failed > 0) return `${failed} ${failed === 1 ? 'check' : 'checks'} failed.`
  return isDone ? 'Everything that was checked works.' : 'Stopped before everything was checked.'
}

async function examine(
  adapter: VenueAdapter,
  context: Context,
  patienceMs: number,
  report: (finding: Finding) => void,
): Promise<void> {
  const unreachable: string[] = []
  for (const [role, url] of [
    ['rest', adapter.endpoints.rest] as const,
    ['stream', adapter.endpoints.stream] as const,
  ]) {
    const proxy = network().proxyOf(url)
    if (proxy !== undefined) {
      const text = `${new URL(url).host} is reached through the proxy ${proxy}`
      report({ venue: adapter.id, check: `${role} proxy`, verdict: 'ok', tookMs: undefined, text })
      continue
    }
    for (const step of await probeHost(url, systemClock, 5000)) {
      if (!step.isOk) unreachable.push(new URL(url).host)
      const check = `${role} ${step.stage}`
      const text = step.isOk ? step.detail : `${new URL(url).host}: ${step.detail}`
      report({ venue: adapter.id, check, verdict: step.isOk ? 'ok' : 'fail', tookMs: step.tookMs, text })
    }
  }
  if (unreachable.length > 0) {
    const hosts = [...new Set(unreachable)].join(' and ')
    const text = `not checked: ${hosts} cannot be reached from here (name server, firewall, proxy or VPN)`
    report({ venue: adapter.id, check: 'streams', verdict: 'fail', tookMs: undefined, text })
    return
  }
  await checkClock(adapter, context, report)
  await checkRoutes(adapter, context, patienceMs, report)
}

async function checkClock(adapter: VenueAdapter, context: Context, report: (finding: Finding) => void): Promise<void> {
  const budget = new WeightBudget(systemClock, adapter.limits.weightPerMinute)
  const rest = new RestClient({ adapter, http: network().http, clock: systemClock, random: systemRandom, budget })
  const startUs = systemClock.nowUs()
  try {
    const serverUs = await rest.call(adapter.time, undefined, PRIORITY.table, context.signal)
    const endUs = systemClock.nowUs()
    const tookMs = (endUs - startUs) / 1000
    report({
      venue: adapter.id,
      check: 'rest answer',
      verdict: 'ok',
      tookMs,
      text: `${adapter.endpoints.rest} answers`,
    })
    const offsetMs = (serverUs - (startUs + endUs) / 2) / 1000
    const isOff = Math.abs(offsetMs) - tookMs / 2 > CLOCK_SKEW_LIMIT_MS
    const text = `this clock is ${Math.abs(Math.round(offsetMs))} ms ${offsetMs < 0 ? 'ahead of' : 'behind'} the venue’s (± ${Math.round(tookMs / 2)} ms)`
    const advice = isOff ? ': set it by NTP, or signed requests will be refused' : ''
    report({
      venue: adapter.id,
      check: 'clock',
      verdict: isOff ? 'warn' : 'ok',
      tookMs: undefined,
      text: text + advice,
    })
  } catch (error) {
    report({ venue: adapter.id, check: 'rest answer', verdict: 'fail', tookMs: undefined, text: errorLine(error) })
  }
}

function findingLine(finding: Finding): string {
  const mark = { ok: styleText('green', '✓'), warn: styleText('yellow', '!'), fail: styleText('red', '✗') }[
    finding.verdict
  ]
  const took =
    finding.tookMs === undefined ? ' '.repeat(8) : styleText('dim', `${finding.tookMs.toFixed(0)} ms`.padStart(8))
  return `${mark} ${finding.venue.padEnd(16)} ${finding.check.padEnd(24)} ${took}  ${finding.text}`
}
