import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { getRequestListener } from '@hono/node-server'
import { SecretScrubber } from '../account/secret-scrubber.ts'
import type { Feed } from '../feed/feed.ts'
import { ConfigError, errorLine } from '../model/error.ts'
import type { InstrumentId } from '../model/instrument.ts'
import type { Clock } from '../net/clock.ts'
import { AccountDesk, type ServedAccount } from './account-desk.ts'
import { AlertDesk, type ServedAlerts } from './alert-desk.ts'
import type { ServedRecordings } from './backtest/backtest.ts'
import { BacktestDesk } from './backtest/backtest-desk.ts'
import { Catalog } from './catalog.ts'
import { MOST_HZ } from './control-message.ts'
import { FeedProbe } from './feed-probe.ts'
import { Gateway } from './gateway.ts'
import { MOST_VIEWS_PER_CLIENT } from './gateway-client.ts'
import { Guard } from './guard.ts'
import { httpApp } from './http-app.ts'
import { IncidentLog } from './incident-log.ts'
import { ProcessMeter } from './process-figures.ts'
import { type HelloMessage, PROTOCOL_VERSION, type ProcessFigures, type SourceInfo } from './protocol.ts'
import { loadStaticFiles } from './static-files.ts'
import { ViewRegistry } from './view-registry.ts'
import { SignalDesk } from './views/signal-desk.ts'
import type { Measured } from './views/view.ts'

/** The part of a logger that the server uses; pino's fits. */
export interface ServerLogger {
  info(message: string): void
  warn(message: string): void
}

export interface ServerOptions {
  readonly feed: Feed
  readonly source: SourceInfo
  /** What is offered first; everything else of the same venues can be opened by name. The first one is shown at the start. */
  readonly instruments: readonly (InstrumentId | string)[]
  /** 0 takes a free one. */
  readonly port: number
  /** Address to listen on. Anything but the loopback needs `token`. @default '127.0.0.1' */
  readonly host?: string
  /** 16 to 512 printable ASCII characters without blanks. Browsers take it from the fragment of the URL, other clients send `Authorization: Bearer`. */
  readonly token?: string
  /** Computes signals of the markets that are looked at. @default true */
  readonly signals?: boolean
  /** What was measured of signals, to be shown beside them. @default nothing: "not measured" */
  readonly measured?: Measured
  /** Accounts to show, listened to from now on; they stay the caller's. @default none */
  readonly accounts?: readonly ServedAccount[]
  /**
   * Whoever has it sees everything, and the accounts. Without one, the accounts are open to every program of this machine.
   * Needed for accounts beyond the loopback. Its form is that of `token`.
   */
  readonly accountToken?: string
  /** Alerts to show and to change. @default none */
  readonly alerts?: ServedAlerts
  /** Recordings on which rules can be tried. @default none */
  readonly recordings?: ServedRecordings
  /** Host names, with port, by which a proxy reaches the server. @default none */
  readonly allowedHosts?: readonly string[]
  /** Folder of the built dashboard. @default `dist/web` of this package */
  readonly webRoot?: string
  readonly clock: Clock
  /** Takes secrets out of texts, before a browser or a log sees them. @default what looks like one is replaced by *** */
  readonly scrub?: (text: string) => string
  readonly logger?: ServerLogger
  readonly onWarning?: (message: string) => void
}

export interface DashboardServer extends AsyncDisposable {
  /** Where the dashboard is, without the token. */
  readonly url: string
  readonly port: number
}

/**
 * Serves the dashboard and its WebSocket gateway over a feed. The feed stays the caller's: disposing the server leaves it.
 * @throws ConfigError for an address beyond the loopback without a token
 * @throws the error of the system, with its `code`, when the port is taken (`EADDRINUSE`) or may not be used
 */
export async function createServer(options: ServerOptions): Promise<DashboardServer> {
  const { feed, clock, source, host = '127.0.0.1' } = options
  const { token, accountToken, allowedHosts = [], accounts = [] } = options
  const guard = new Guard({ host, token, accountToken, allowedHosts })
  if (accounts.length > 0 && !guard.isLoopback && accountToken === undefined)
    throw new ConfigError(`host "${host}" is reachable from other machines: accounts need a token of their own.`)
  const desk = new AccountDesk(accounts)
  const catalog = new Catalog(feed, options.instruments)
  const probe = new FeedProbe(feed, clock)
  const incidents = new IncidentLog()
  const meter = new ProcessMeter(clock)
  const patterns = new SecretScrubber()
  const scrub = options.scrub ?? (text => patterns.scrub(text))
  const warn = (told: string): void => {
    const message = scrub(told)
    options.logger?.warn(message)
    options.onWarning?.(message)
  }
  const figures = (): ProcessFigures => {
    return meter.read({ clients: gateway.clientCount, views: registry.size, ...gateway.figures })
  }
  const signals =
    (options.signals ?? true) ? new SignalDesk({ feed, clock, warn, measured: options.measured }) : undefined
  const context = { feed, clock, probe, catalog, incidents, source, signals, scrub, warn }
  const backtests = new BacktestDesk({ recordings: options.recordings, clock, scrub })
  const alerts = new AlertDesk(options.alerts, scrub, backtests)
  const registry = new ViewRegistry(context, figures, desk, alerts)
  const hello = (): HelloMessage => ({
    type: 'hello',
    protocol: PROTOCOL_VERSION,
    source,
    instruments: catalog.offered,
    serverUs: clock.nowUs(),
    limits: { views: MOST_VIEWS_PER_CLIENT, maxHz: MOST_HZ },
  })
  const gateway = new Gateway({ clock, guard, registry, hello })
  const files = await loadStaticFiles(options.webRoot ?? defaultWebRoot())
  if (files.size === 0) warn('The dashboard is not built (npm run build:web); only the API is served.')
  const app = httpApp({ feed, guard, catalog, probe, source, files, figures, scrub, alerts, backtests, clock })
  const answer = getRequestListener(app.fetch)
  const http = createHttpServer({ maxHeaderSize: 16_384, requestTimeout: 30_000 }, (request, response) => {
    answer(request, response).catch((error: unknown) => warn(errorLine(error)))
  })
  http.on('upgrade', (request, socket, head) => gateway.upgrade(request, socket, head))
  const port = await listen(http, options.port, host)
  guard.listeningOn(port)
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  const url = `http://${shown}:${port}`
  options.logger?.info(`dashboard on ${url}`)
  return {
    url,
    port,
    async [Symbol.asyncDispose]() {
      await backtests[Symbol.asyncDispose]()
      await dispose(http, gateway, registry, meter)
      desk[Symbol.dispose]()
    },
  }
}

async function dispose(http: HttpServer, gateway: Gateway, registry: ViewRegistry, meter: ProcessMeter): Promise<void> {
  await gateway[Symbol.asyncDispose]()
  await registry[Symbol.asyncDispose]()
  meter[Symbol.dispose]()
  if (!http.listening) return
  const closed = new Promise<void>(resolve => http.close(() => resolve()))
  http.closeAllConnections()
  await closed
}

function listen(http: HttpServer, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', reject)
    http.listen(port, host, () => {
      http.off('error', reject)
      const address = http.address()
      resolve(address !== null && typeof address === 'object' ? address.port : port)
    })
  })
}

/** `dist/web` of this package, from the built `dist/server` as well as from `src/server`. */
function defaultWebRoot(): string {
  const here = new URL('.', import.meta.url)
  const isSource = here.pathname.endsWith('/src/server/')
  return fileURLToPath(new URL(isSource ? '../../dist/web' : '../web', here))
}
