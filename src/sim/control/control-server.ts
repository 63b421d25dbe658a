import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import { getRequestListener } from '@hono/node-server'
import type { Context } from 'hono'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { ConfigError, errorLine } from '../../model/error.ts'
import type { Faults } from '../faults.ts'
import { readPlan } from '../plan/read-plan.ts'
import type { VenueStats } from '../server/venue-stats.ts'
import type { SimAccountOptions } from '../trading/account-options.ts'
import { shownKey } from '../trading/api-key.ts'
import type { SimAccount } from '../trading/sim-account.ts'
import type { FaultDesk } from './fault-desk.ts'
import { refusalOf } from './loopback-guard.ts'
import { readAccountList } from './read-account-list.ts'
import { streamSteps } from './stream-steps.ts'

export interface ControlOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly desk: FaultDesk
  readonly faults: Faults
  /** What is served, for whoever asks. */
  readonly about: () => object
  readonly stats: () => Readonly<Record<string, VenueStats>>
  readonly account: (key: string, venue: string) => SimAccount
  /** @throws ConfigError */
  readonly addAccounts: (accounts: readonly SimAccountOptions[]) => void
  readonly onNotice: (line: string) => void
}

export interface ControlServer extends AsyncDisposable {
  readonly url: string
}

/** The largest plan or list of accounts. */
const mostBytes = 1024 * 1024
/** Events of an account that are told; all of them are kept longer. */
const mostUserEvents = 1000

const routes = {
  'GET /': 'what there is',
  'GET /stats': 'counters of every venue',
  'GET /truth/<venue>/<key>': 'orders, fills, balances, positions and newest events of the account behind an API key',
  'POST /faults': 'one step of a fault plan (atMs may be left out), or a whole plan; both begin now',
  'DELETE /faults': 'ends all plans, and takes back whatever lasts',
  'POST /accounts': 'one account or a list of them',
  'GET /events':
    'steps as they are taken: NDJSON, or server-sent events for Accept: text/event-stream; ?since=<sequence> leaves out older ones',
} as const

type App = Hono<{ Bindings: HttpBindings }>

/** Opens the control API on the loopback. @throws the error of the system when the port cannot be taken */
export async function openControlServer(options: ControlOptions): Promise<ControlServer> {
  let port = 0
  const app: App = new Hono<{ Bindings: HttpBindings }>()
  app.use(async (context, next) => {
    const refusal = refusalOf(context.env.incoming.headers, port)
    if (refusal !== undefined) return fail(context, 403, 'REFUSED', refusal)
    await next()
    context.header('Cache-Control', 'no-store')
    return undefined
  })
  app.use(
    bodyLimit({
      maxSize: mostBytes,
      onError: context => fail(context, 413, 'TOO_LARGE', `At most ${mostBytes} bytes are read.`),
    }),
  )
  addReads(app, options)
  addLevers(app, options)
  app.notFound(context =>
    fail(
      context,
      404,
      'NOT_FOUND',
      `There is no ${context.req.method} ${context.req.path}; there are ${Object.keys(routes).join(', ')}.`,
    ),
  )
  app.onError((error, context) => {
    if (error instanceof ConfigError) return fail(context, 400, error.code, error.message)
    options.onNotice(`control API: ${errorLine(error)}`)
    return fail(context, 500, 'INTERNAL', errorLine(error))
  })
  const answer = getRequestListener(app.fetch)
  const http = createServer({ maxHeaderSize: 16_384, requestTimeout: 10_000 }, (request, response) => {
    // The client may be gone before the answer is written.
    answer(request, response).catch((error: unknown) => options.onNotice(`control API: ${errorLine(error)}`))
  })
  port = await listen(http, options.port, options.host)
  return { url: `http://${options.host}:${port}`, [Symbol.asyncDispose]: () => close(http) }
}

function addReads(app: App, { about, stats, account, desk }: ControlOptions): void {
  app.get('/', context => context.json({ ...about(), routes }))
  app.get('/stats', context => context.json(stats()))
  app.get('/truth/:venue/:key', context => {
    const { venue, key } = context.req.param()
    const truth = account(key, venue)
    return context.json({
      venue: truth.venue,
      orders: truth.orders(),
      fills: truth.fills(),
      balances: truth.balances(),
      positions: truth.positions(),
      events: truth.events().slice(-mostUserEvents),
    })
  })
  app.get('/events', context => {
    const since = Number(context.req.query('since') ?? 0)
    if (!Number.isSafeInteger(since) || since < 0)
      throw new ConfigError(
        `since: expected a whole number of at least 0, was ${JSON.stringify(context.req.query('since'))}.`,
      )
    const isSse = (context.req.header('accept') ?? '').includes('text/event-stream')
    const body = streamSteps(desk.log, since, isSse)
    if (body === undefined) return fail(context, 503, 'BUSY', 'Too many clients listen to events already.')
    return context.body(body, 200, { 'Content-Type': isSse ? 'text/event-stream' : 'application/x-ndjson' })
  })
}

function addLevers(app: App, { desk, faults, addAccounts }: ControlOptions): void {
  app.post('/faults', async context => {
    const body = await readJson(context)
    const plan = readPlan(asPlan(body), 'body')
    desk.run(plan)
    return context.json({ steps: plan.steps.length }, 202)
  })
  app.delete('/faults', context => {
    const ended = desk.clear()
    faults.clear()
    return context.json({ ended })
  })
  app.post('/accounts', async context => {
    const accounts = readAccountList(await readJson(context), 'body')
    addAccounts(accounts)
    return context.json({ accounts: accounts.map(({ venue, key }) => ({ venue, key: shownKey(key) })) }, 201)
  })
}

/** A step alone is a plan of one step, taken at once. */
function asPlan(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !('fault' in body)) return body
  return { steps: [{ atMs: 0, ...body }] }
}

/** Only declared as JSON: what a form of a web page can send is not. @throws ConfigError */
async function readJson(context: Context): Promise<unknown> {
  const type = context.req.header('content-type') ?? ''
  if (!/^application\/json(;|$)/.test(type))
    throw new ConfigError(
      `Content-Type: expected application/json, ${type === '' ? 'received none' : `was "${type}"`}.`,
    )
  const text = await context.req.text()
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch (cause) {
    throw new ConfigError(`body: expected JSON: ${errorLine(cause)}`, [], cause)
  }
}

function fail(context: Context, status: 400 | 403 | 404 | 413 | 500 | 503, code: string, message: string): Response {
  return context.json({ error: { code, message } }, status, { 'Cache-Control': 'no-store' })
}

function listen(http: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', reject)
    http.listen(port, host, () => {
      http.off('error', reject)
      const address = http.address()
      resolve(address !== null && typeof address === 'object' ? address.port : port)
    })
  })
}

async function close(http: Server): Promise<void> {
  if (!http.listening) return
  await new Promise<void>(resolve => {
    http.close(() => resolve())
    http.closeAllConnections()
  })
}
