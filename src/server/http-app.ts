import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Feed } from '../feed/feed.ts'
import { ConfigError, errorLine, HttpError, RateLimited } from '../model/error.ts'
import { epochUs } from '../model/time.ts'
import type { Clock } from '../net/clock.ts'
import type { AlertDesk } from './alert-desk.ts'
import { addAlertRoutes, isAlertChange, refuseChange } from './alert-routes.ts'
import type { BacktestDesk } from './backtest/backtest-desk.ts'
import type { Catalog } from './catalog.ts'
import type { FeedProbe } from './feed-probe.ts'
import type { Guard } from './guard.ts'
import { readKlinesQuery } from './http-query.ts'
import { metricsText } from './metrics.ts'
import type { ProcessFigures, SourceInfo } from './protocol.ts'
import { SECURITY_HEADERS } from './security-headers.ts'
import type { StaticFile } from './static-files.ts'

export interface HttpOptions {
  readonly feed: Feed
  readonly guard: Guard
  readonly catalog: Catalog
  readonly probe: FeedProbe
  readonly source: SourceInfo
  readonly files: ReadonlyMap<string, StaticFile>
  readonly figures: () => ProcessFigures
  readonly scrub: (text: string) => string
  readonly alerts: AlertDesk
  readonly backtests: BacktestDesk
  readonly clock: Clock
}

type App = Hono<{ Bindings: HttpBindings }>

/** The HTTP side: the dashboard's files, history and figures as JSON, metrics. But for alerts it changes nothing: only GET and HEAD. */
export function httpApp(options: HttpOptions): App {
  const app: App = new Hono<{ Bindings: HttpBindings }>()
  app.use(async (context, next) => {
    const isData = /^\/(api\/|metrics$)/.test(context.req.path)
    const refusal = options.guard.refuse(context.env.incoming.headers, isData)
    if (refusal !== undefined) return fail(context, refusal.status, 'REFUSED', refusal.reason)
    const isChange = isAlertChange(context.req.method, context.req.path)
    if (isChange) {
      const objection = refuseChange(options.guard, context.env.incoming.headers)
      if (objection !== undefined) return fail(context, objection.status, 'REFUSED', objection.reason)
    } else if (context.req.method !== 'GET' && context.req.method !== 'HEAD') {
      return fail(context, 405, 'METHOD', `${context.req.method} is not served: nothing can be changed here.`)
    }
    await next()
    for (const [name, value] of SECURITY_HEADERS) context.header(name, value)
    return undefined
  })
  addData(app, options)
  app.get('*', context => serveFile(context, options.files))
  app.onError((error, context) => {
    const message = options.scrub(error.message)
    if (error instanceof ConfigError) return fail(context, 400, error.code, message, error.suggestions)
    if (error instanceof RateLimited) return fail(context, 503, error.code, message)
    if (error instanceof HttpError) return fail(context, 502, error.code, message)
    return fail(context, 500, 'INTERNAL', options.scrub(errorLine(error)))
  })
  return app
}

function addData(app: App, options: HttpOptions): void {
  const { feed, catalog, probe, source, figures } = options
  app.get('/healthz', context => {
    const { connections } = probe.status()
    const delivering = connections.filter(connection => connection.state === 'delivering').length
    const isWell = connections.length === 0 || delivering > 0
    return context.json({ ok: isWell, connections: connections.length, delivering }, isWell ? 200 : 503)
  })
  app.get('/api/status', context => noStore(context).json({ source, feed: probe.status(), process: figures() }))
  app.get('/api/instruments', async context => {
    return noStore(context).json({ offered: catalog.offered, instruments: await catalog.all() })
  })
  app.get('/api/klines', async context => {
    const query = readKlinesQuery(context.req.query())
    const { id } = await catalog.find(query.instrument)
    const { interval, limit, start, end } = query
    const startTime = start === undefined ? {} : { startTimeUs: epochUs(start) }
    const endTime = end === undefined ? {} : { endTimeUs: epochUs(end) }
    const klines = await feed.klines({ instrument: id, interval, limit, ...startTime, ...endTime })
    return noStore(context).json({ instrument: id, interval, klines })
  })
  app.get('/metrics', async context => {
    const { type, text } = await metricsText({ status: probe.status(), process: figures() })
    return noStore(context).body(text, 200, { 'Content-Type': type })
  })
  addAlertRoutes(app, options.alerts, options.backtests, options.clock)
  app.get('/api/*', context => fail(context, 404, 'NOT_FOUND', `There is no ${context.req.path}.`))
}

function serveFile(context: Context, files: ReadonlyMap<string, StaticFile>): Response {
  const { path } = context.req
  const file = files.get(path === '/' ? '/index.html' : path)
  if (file === undefined) {
    const isMissingBuild = files.size === 0 && path === '/'
    const message = isMissingBuild ? 'The dashboard is not built: run "npm run build:web".' : `There is no ${path}.`
    return fail(context, 404, 'NOT_FOUND', message)
  }
  context.header('ETag', file.etag)
  context.header('Cache-Control', file.isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
  if (context.req.header('if-none-match') === file.etag) return context.body(null, 304)
  return context.body(new Uint8Array(file.body), 200, { 'Content-Type': file.type })
}

function noStore(context: Context): Context {
  context.header('Cache-Control', 'no-store')
  return context
}

function fail(
  context: Context,
  status: ContentfulStatusCode,
  code: string,
  message: string,
  suggestions: readonly string[] = [],
): Response {
  for (const [name, value] of SECURITY_HEADERS) context.header(name, value)
  return noStore(context).json({ error: { code, message, ...(suggestions.length > 0 ? { suggestions } : {}) } }, status)
}
