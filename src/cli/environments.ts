import type { Environment } from '../model/instrument.ts'

export const ENVIRONMENTS: readonly Environment[] = ['live', 'testnet', 'demo']
