import type { SignalKind } from '../signal-kind.ts'
import { derivBasis } from './basis-signal.ts'
import { derivLiqCascade } from './cascade-signal.ts'
import { derivOiQuadrant } from './oi-signal.ts'
import { derivTension } from './tension-signal.ts'

/** Signals of perpetual and dated contracts. */
export const derivativeKinds: readonly SignalKind[] = [derivTension, derivBasis, derivOiQuadrant, derivLiqCascade]
