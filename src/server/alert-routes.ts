import type { HttpBindings } from '@hono/node-server'
import type { Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { z } from 'zod'
import { ConfigError } from '../model/error.ts'
import type { Clock } from '../net/clock.ts'
import type { AlertDesk } from './alert-desk.ts'
import type { BacktestDesk } from './backtest/backtest-desk.ts'
import { describeIssues } from './control-message.ts'
import { bearerOf, type Guard } from './guard.ts'

type Env = { Bindings: HttpBindings }

const MOST_BODY_BYTES = 16 * 1024
const MOST_MUTE_MS = 30 * 86_400_000

const ruleId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'expected the id of a rule')
const muteBody = z.strictObject({ forMs: z.number().min(0).max(MOST_MUTE_MS) })
const backtestBody = z.strictObject({
  rule: z.record(z.string().max(64), z.unknown()),
  recording: z.string().min(1).max(1000),
})
const testBody = z.strictObject({ name: z.string().min(1).max(64) })

/** True for the only requests of the server that change something. */
export function isAlertChange(method: string, path: string): boolean {
  return ['PUT', 'POST', 'DELETE'].includes(method) && path.startsWith('/api/alerts/')
}

/**
 * Why a change is refused, beyond what every request must show. A form of another page cannot send JSON without asking first; a
 * program that is no page of this server must prove itself by the token.
 */
export function refuseChange(
  guard: Guard,
  headers: HttpBindings['incoming']['headers'],
): { readonly status: 401 | 403; readonly reason: string } | undefined {
  if (!/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? ''))
    return { status: 403, reason: 'Changes are sent as Content-Type: application/json.' }
  const hasProof = guard.needsToken && guard.isTokenRight(bearerOf(headers))
  if (headers.origin !== undefined || hasProof) return undefined
  return { status: 403, reason: 'Without an Origin a token is needed: Authorization: Bearer …' }
}

/** Rules are created, changed, muted and deleted here, and samples sent. */
export function addAlertRoutes(app: Hono<Env>, desk: AlertDesk, backtests: BacktestDesk, clock: Clock): void {
  const onError = (context: Context): Response => {
    const message = `A change has at most ${MOST_BODY_BYTES / 1024} KiB.`
    return context.json({ error: { code: 'TOO_LARGE', message } }, 413)
  }
  app.use('/api/alerts/*', bodyLimit({ maxSize: MOST_BODY_BYTES, onError }))
  app.get('/api/alerts', context => answer(context, desk.data()))
  app.put('/api/alerts/rules/:id', async context => {
    await desk.put(idOf(context), await bodyOf(context))
    return answer(context, { ok: true })
  })
  app.delete('/api/alerts/rules/:id', async context => {
    await desk.remove(idOf(context))
    return answer(context, { ok: true })
  })
  app.post('/api/alerts/rules/:id/mute', async context => {
    const { forMs } = checked(muteBody, await bodyOf(context))
    const untilUs = forMs === 0 ? 0 : clock.nowUs() + forMs * 1000
    desk.mute(idOf(context), untilUs)
    return answer(context, { mutedUntilUs: untilUs })
  })
  app.post('/api/alerts/test', async context => {
    const { name } = checked(testBody, await bodyOf(context))
    return answer(context, { attempts: await desk.test(name) })
  })
  addBacktestRoutes(app, backtests)
}

/** Rules, saved or not, are tried on recordings here; how far it is comes with the view of alerts. */
function addBacktestRoutes(app: Hono<Env>, backtests: BacktestDesk): void {
  app.get('/api/alerts/recordings', async context => answer(context, { recordings: await backtests.list() }))
  app.get('/api/alerts/backtest', context => answer(context, { run: backtests.run ?? null }))
  app.post('/api/alerts/backtest', async context => {
    const { rule, recording } = checked(backtestBody, await bodyOf(context))
    return answer(context, { id: await backtests.start(rule, recording) })
  })
  app.delete('/api/alerts/backtest', context => {
    backtests.stop()
    return answer(context, { ok: true })
  })
}

function answer(context: Context, body: object): Response {
  context.header('Cache-Control', 'no-store')
  return context.json(body)
}

function idOf(context: Context): string {
  return checked(ruleId, context.req.param('id'))
}

async function bodyOf(context: Context): Promise<unknown> {
  try {
    const body: unknown = await context.req.json()
    return body
  } catch (cause) {
    throw new ConfigError('body: expected JSON.', [], cause)
  }
}

function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new ConfigError(describeIssues(result.error))
}
