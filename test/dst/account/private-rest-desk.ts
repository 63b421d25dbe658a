import type { HttpRequest } from '../../../src/model/http.ts'
import type { RestReply } from '../net/sim-http.ts'
import { API_KEY, type PrivateExchange } from './private-exchange.ts'
import type { TrueFill } from './truth.ts'
import { fillRow, futuresAccount, orderRow, positionRisk, spotAccount } from './wire.ts'

type Served = { readonly reply: RestReply; readonly arrived: () => void }

const NEVER_MS = 60_000

/** REST of the private side: signed, weighed, and as far behind as the fault says. */
export class PrivateRestDesk {
  private readonly exchange: PrivateExchange

  constructor(exchange: PrivateExchange) {
    this.exchange = exchange
  }

  answer(url: URL, request: HttpRequest): Served {
    const { exchange } = this
    const { faults, world, report, weights } = exchange
    const path = url.pathname.replace(/^\/(f?api|sapi)\/v\d\//, '')
    if (request.method === 'DELETE') report.violation('F04', `${path} was deleted`)
    if (world.nowMs < exchange.blockedUntilMs - 500)
      report.violation(
        'I8',
        `${path} was asked ${Math.ceil((exchange.blockedUntilMs - world.nowMs) / 1000)} s too soon`,
      )
    const limit = weights.take(request.weight)
    if (limit !== undefined) {
      report.violation('I8', `${path}: the weight was exceeded: ${weights.used} of ${weights.limit}`)
      return this.reply(limit.status, '{"code":-1003,"msg":"Too many requests."}', limit.retryAfterS)
    }
    if (path === 'time') return this.reply(200, `{"serverTime":${exchange.nowMs}}`)
    if (faults.restStatus > 0) return this.reply(faults.restStatus, faults.restBody, faults.retryAfterS)
    if (path === 'exchangeInfo') return this.reply(200, this.exchangeInfo())
    if (path === 'listenKey') return this.listenKey(request)
    const refusal = this.proof(url, request)
    if (refusal !== undefined) return this.refused(refusal)
    return this.served(path, url)
  }

  private proof(url: URL, request: HttpRequest): readonly [number, string] | undefined {
    const query = url.search.slice(1)
    const at = query.lastIndexOf('&signature=')
    if (request.headers?.['X-MBX-APIKEY'] !== API_KEY) return [-2014, 'API-key format invalid.']
    if (at < 0 || !this.exchange.isSigned(query.slice(0, at), query.slice(at + 11)))
      return [-1022, 'Signature for this request is not valid.']
    return this.exchange.refuse(Number(url.searchParams.get('timestamp')))
  }

  private listenKey(request: HttpRequest): Served {
    const { faults, report } = this.exchange
    const refusal = this.exchange.refuse(undefined)
    if (refusal !== undefined) return this.refused(refusal)
    const trouble = faults.keyCalls.shift()
    if (trouble !== undefined) {
      report.count(`a call about the key failed: ${trouble}`)
      this.exchange.troubledUntilMs = Math.max(this.exchange.troubledUntilMs, this.exchange.world.nowMs + 30_000)
    }
    if (trouble === '500') return this.reply(500, '<html>Internal Server Error</html>', 0)
    if (trouble === 'timeout') return this.reply(200, '{}', 0, NEVER_MS)
    if (trouble === 'gone') this.exchange.killKey(0)
    const key = request.method === 'POST' ? this.exchange.createKey() : this.exchange.extendKey()
    if (key === undefined) return this.reply(400, '{"code":-1125,"msg":"This listenKey does not exist."}', 0)
    return this.reply(200, JSON.stringify({ listenKey: key }), 0)
  }

  private served(path: string, url: URL): Served {
    const { exchange } = this
    const { truth, faults } = exchange
    const atMs = exchange.nowMs - faults.lagMs * exchange.chance.between(0.5, 1)
    const moment = truth.asOf(atMs)
    const { isFutures } = truth
    const symbol = url.searchParams.get('symbol')
    const ok = (value: unknown): Served => this.reply(200, JSON.stringify(value), 0)
    switch (path) {
      case 'openOrders':
        return ok([...moment.orders.values()].map(order => orderRow(isFutures, order)))
      case 'openAlgoOrders':
      case 'symbolConfig':
        return ok([])
      case 'order': {
        const id = url.searchParams.get('orderId')
        const clientId = url.searchParams.get('origClientOrderId') ?? ''
        const key = id === null ? truth.keyOfClientId(clientId) : `${symbol}|${id}`
        const found = key === undefined ? undefined : truth.orderAt(key, atMs)
        return found === undefined
          ? this.reply(400, '{"code":-2013,"msg":"Order does not exist."}', 0)
          : ok(orderRow(isFutures, found))
      }
      case 'userTrades':
      case 'myTrades':
        return ok(this.fills(url, atMs).map(fill => fillRow(isFutures, fill)))
      case 'income': {
        const first = Number(url.searchParams.get('page') ?? 1) === 1
        const fromMs = Number(url.searchParams.get('startTime'))
        const rows = first ? truth.fills.filter(({ timeMs }) => timeMs <= atMs && timeMs >= fromMs) : []
        return ok(rows.map(fill => ({ symbol: fill.symbol, tradeId: String(fill.id), incomeType: 'COMMISSION' })))
      }
      case 'account':
        return ok(isFutures ? futuresAccount(moment.balances) : spotAccount(moment.balances, moment.atMs))
      case 'positionRisk':
        return ok(positionRisk(moment.positions))
      case 'positionSide/dual':
        return ok({ dualSidePosition: false })
      case 'multiAssetsMargin':
        return ok({ multiAssetsMargin: false })
      case 'account/apiRestrictions':
        return ok({ enableReading: true, enableWithdrawals: false, ipRestrict: true, enableFutures: true })
      default:
        exchange.report.violation('I11', `the exchange knows no ${path}`)
        return this.reply(404, '{}', 0)
    }
  }

  private fills(url: URL, atMs: number): readonly TrueFill[] {
    const { searchParams } = url
    const fromId = searchParams.get('fromId')
    const limit = Math.min(1000, Number(searchParams.get('limit') ?? 500))
    const [fromMs, toMs] = [Number(searchParams.get('startTime') ?? 0), Number(searchParams.get('endTime') ?? 9e15)]
    return this.exchange.truth.fills
      .filter(({ symbol, timeMs }) => symbol === searchParams.get('symbol') && timeMs <= atMs)
      .filter(({ id, timeMs }) => (fromId === null ? timeMs >= fromMs && timeMs <= toMs : id >= Number(fromId)))
      .slice(0, limit)
  }

  private exchangeInfo(): string {
    const { truth } = this.exchange
    const symbols = truth.symbols.map(({ symbol, base, quote }) => ({
      symbol,
      status: 'TRADING',
      baseAsset: base,
      quoteAsset: quote,
      ...(truth.isFutures
        ? { pair: symbol, contractType: 'PERPETUAL', deliveryDate: 4_133_404_800_000, marginAsset: quote }
        : {}),
      filters: [
        { filterType: 'PRICE_FILTER', tickSize: '0.10' },
        { filterType: 'LOT_SIZE', stepSize: '0.001', minQty: '0.001' },
      ],
    }))
    return JSON.stringify({ timezone: 'UTC', symbols })
  }

  private refused([code, msg]: readonly [number, string]): Served {
    return this.reply(code === -2015 || code === -2014 ? 401 : 400, JSON.stringify({ code, msg }), 0)
  }

  private reply(status: number, body: string, retryAfterS = 0, laterMs = 0): Served {
    const { weights, chance, faults, world } = this.exchange
    const headers: Record<string, string> = { 'X-MBX-USED-WEIGHT-1M': String(Math.ceil(weights.used)) }
    if (retryAfterS > 0) headers['Retry-After'] = String(retryAfterS)
    const delayMs = chance.between(5, 60) + laterMs + faults.restDelayMs
    const arrived = (): void => {
      if ((status === 429 || status === 418) && retryAfterS > 0)
        this.exchange.blockedUntilMs = Math.max(this.exchange.blockedUntilMs, world.nowMs + retryAfterS * 1000 - 200)
    }
    return { reply: { status, headers, body, delayMs }, arrived }
  }
}
