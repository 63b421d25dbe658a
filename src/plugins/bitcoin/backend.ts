import { DecodeError } from '../../model/error.ts'
import type { Block } from '../chain/block-chain.ts'

export interface BitcoinBlock extends Block {
  readonly transactions: number
  /** Satoshi; undefined where the backend does not tell. */
  readonly fees: number | undefined
}

/** Where the chain is read from. Every question may throw RateLimited, HttpError or DecodeError. */
export interface BitcoinBackend {
  tip(): Promise<BitcoinBlock>
  /** Undefined for a block that is not known. */
  block(hash: string): Promise<BitcoinBlock | undefined>
  mempool(): Promise<{ readonly transactions: number; readonly vsize: number }>
  /** Satoshi per virtual byte, by how soon. */
  fees(): Promise<ReadonlyMap<string, number>>
}

export class Fields {
  private readonly what: string
  private readonly map: ReadonlyMap<string, unknown>

  constructor(what: string, value: unknown) {
    this.what = what
    this.map = new Map<string, unknown>(typeof value === 'object' && value !== null ? Object.entries(value) : [])
  }

  get(name: string): unknown {
    return this.map.get(name)
  }

  /** @throws DecodeError */
  number(name: string): number {
    const value = this.map.get(name)
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
    throw new DecodeError(`${this.what}: expected a number in "${name}"`)
  }

  /** @throws DecodeError */
  hash(name: string): string {
    const value = this.map.get(name)
    if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return value
    throw new DecodeError(`${this.what}: expected a hash in "${name}"`)
  }
}

/** @throws DecodeError */
export function parseJson(what: string, text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch (cause) {
    throw new DecodeError(`${what}: expected JSON`, cause)
  }
}
