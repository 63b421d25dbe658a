import type { SpotOrder } from './spot-order.ts'

/** Orders that depend on each other. OTOCO is an OTO of three orders. */
export interface SpotOrderList {
  readonly id: number
  readonly clientId: string
  readonly symbol: string
  readonly contingency: 'OCO' | 'OTO'
  /** As the venue lists them: the working order first; of a pair, the stop before the limit. */
  readonly orders: readonly SpotOrder[]
  /** Those that wait until the first has filled. */
  readonly pending: readonly SpotOrder[]
  /** Of which one ends the other. */
  readonly pair: readonly SpotOrder[]
  status: 'EXECUTING' | 'ALL_DONE' | 'REJECT'
  readonly createdMs: number
  readonly createdUs: number
  updatedUs: number
}

/** `l` of listStatus. */
export type ListStatusType = 'EXEC_STARTED' | 'UPDATED' | 'ALL_DONE'

export function listStatusType({ status }: SpotOrderList): string {
  return status === 'EXECUTING' ? 'EXEC_STARTED' : 'ALL_DONE'
}
