import { ARBITRATION } from './arbitration.ts'
import { BOOKS } from './books.ts'
import { LIVENESS } from './liveness.ts'
import type { Mutant } from './mutant.ts'
import { ORDER } from './order.ts'
import { RECONNECT } from './reconnect.ts'
import { SIGNALS } from './signals.ts'
import { SUBSCRIPTIONS } from './subscriptions.ts'
import { WIRE } from './wire.ts'

export const MUTANTS: readonly Mutant[] = [
  ...LIVENESS,
  ...RECONNECT,
  ...ARBITRATION,
  ...SUBSCRIPTIONS,
  ...WIRE,
  ...ORDER,
  ...BOOKS,
  ...SIGNALS,
]
