import { spotFilters } from '../trading/filter-values.ts'
import { isOpen } from '../trading/order.ts'
import type { OrderRates } from '../trading/order-rates.ts'
import { readClientId } from '../trading/params.ts'
import { checkShape } from '../trading/spot/spot-checks.ts'
import { fail } from '../trading/spot/spot-filters.ts'
import type { SpotFloor } from '../trading/spot/spot-floor.ts'
import type { SpotOrder } from '../trading/spot/spot-order.ts'
import { readQuantity, readSpotRequest } from '../trading/spot/spot-request.ts'
import type { SpotTrader } from '../trading/spot/spot-trader.ts'
import type { Call } from './query.ts'
import { badRequest, RestError } from './rest-error.ts'
import { checkRestrictions, findOrder, readForm, timeOf } from './spot-call.ts'
import type { SpotHandlers } from './spot-handlers.ts'
import { amendedRow, cancelRow, listReport } from './spot-rows.ts'

/** What came of one of the two steps of a replacement. */
type Step =
  | { readonly kind: 'SUCCESS'; readonly answer: object }
  | { readonly kind: 'FAILURE'; readonly error: RestError }
  | { readonly kind: 'NOT_ATTEMPTED' }

/** Orders that take another's place, and orders that become smaller in theirs. */
export class SpotReplaceHandlers {
  private readonly floor: SpotFloor
  private readonly orders: SpotHandlers
  private readonly rates: OrderRates

  constructor(floor: SpotFloor, orders: SpotHandlers, rates: OrderRates) {
    this.floor = floor
    this.orders = orders
    this.rates = rates
  }

  /** @throws RestError -2021 when one of both failed, -2022 when nothing was done, with what came of each */
  replace(call: Call, trader: SpotTrader): object {
    const mode = readChoice(call, 'cancelReplaceMode', ['STOP_ON_FAILURE', 'ALLOW_FAILURE'])
    const excess = call.text('orderRateLimitExceededMode') ?? 'DO_NOTHING'
    if (excess !== 'DO_NOTHING' && excess !== 'CANCEL_ONLY') {
      throw badRequest(-1130, "Data sent for parameter 'orderRateLimitExceededMode' is not valid.")
    }
    const request = readSpotRequest(call, this.floor)
    const old = findOrder(call, trader, ['cancelOrderId', 'cancelOrigClientOrderId'])
    // All that can be known without the books is checked before anything is canceled.
    const form = readForm(call, request)
    checkShape(trader, request)
    const tooMany = this.count(trader)
    if (tooMany !== undefined && excess === 'DO_NOTHING') throw tooMany
    const cancel = attempt(() => this.cancelOld(call, trader, old))
    const isStopped = tooMany !== undefined || (cancel.kind === 'FAILURE' && mode === 'STOP_ON_FAILURE')
    const placed: Step = isStopped
      ? { kind: 'NOT_ATTEMPTED' }
      : attempt(() => this.orders.placed(call, trader, request, form))
    return outcome(cancel, placed, tooMany)
  }

  amend(call: Call, trader: SpotTrader): object {
    const { instrument } = call.view()
    const quantity = readQuantity(call, 'newQty', instrument.quantityDecimals)
    const order = findOrder(call, trader)
    if (order === undefined || !isOpen(order)) throw badRequest(-2013, 'Order does not exist.')
    if (order.amendments.length >= spotFilters.maxAmends) fail('MAX_NUM_ORDER_AMENDS')
    const newId = readClientId(call, 'newClientOrderId', false)
    const isTaken = trader.account.orders
      .open(order.symbol)
      .some(known => known !== order && known.clientOrderId === newId)
    if (isTaken) throw badRequest(-2038, 'Duplicate order sent.')
    const formerId = order.clientOrderId
    const executionId = trader.amend(order, quantity, newId)
    return amendedRow(instrument, order, formerId, executionId, timeOf(call))
  }

  /** @returns what is wrong with one more order now */
  private count(trader: SpotTrader): RestError | undefined {
    const step = attempt(() => {
      this.rates.add(trader.account.name, this.floor.nowMs())
      return {}
    })
    return step.kind === 'FAILURE' ? step.error : undefined
  }

  private cancelOld(call: Call, trader: SpotTrader, order: SpotOrder | undefined): object {
    if (order === undefined || !isOpen(order)) throw badRequest(-2011, 'Unknown order sent.')
    checkRestrictions(call, order)
    const { list } = order
    const wasListed = list?.status === 'EXECUTING'
    trader.cancel(order, readClientId(call, 'cancelNewClientOrderId', false))
    if (list !== undefined && wasListed) return listReport(name => this.floor.instrument(name), list, timeOf(call))
    return cancelRow(this.floor.instrument(order.symbol), order, timeOf(call))
  }
}

function attempt(run: () => object): Step {
  try {
    return { kind: 'SUCCESS', answer: run() }
  } catch (error) {
    if (!(error instanceof RestError)) throw error
    return { kind: 'FAILURE', error }
  }
}

function outcome(cancel: Step, placed: Step, tooMany: RestError | undefined): object {
  const data = {
    cancelResult: cancel.kind,
    newOrderResult: placed.kind,
    cancelResponse: told(cancel),
    newOrderResponse: told(placed),
  }
  if (tooMany !== undefined) throw new RestError(429, tooMany.code, tooMany.message, tooMany.headers, data)
  if (cancel.kind === 'SUCCESS' && placed.kind === 'SUCCESS') return data
  if (cancel.kind !== 'SUCCESS' && placed.kind !== 'SUCCESS') {
    throw new RestError(400, -2022, 'Order cancel-replace failed.', {}, data)
  }
  throw new RestError(409, -2021, 'Order cancel-replace partially failed.', {}, data)
}

function told(step: Step): object | null {
  switch (step.kind) {
    case 'SUCCESS':
      return step.answer
    case 'FAILURE':
      return { code: step.error.code, msg: step.error.message }
    case 'NOT_ATTEMPTED':
      return null
  }
}

function readChoice(call: Call, name: string, choices: readonly string[]): string {
  const text = call.required(name)
  if (choices.includes(text)) return text
  throw badRequest(-1130, `Data sent for parameter '${name}' is not valid.`)
}
