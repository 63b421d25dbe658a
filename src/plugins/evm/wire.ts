import { DecodeError } from '../../model/error.ts'
import type { Block } from '../chain/block-chain.ts'

/** keccak256 of `Transfer(address,address,uint256)`: the first topic of every ERC-20 transfer. Source: EIP-20. */
export const TRANSFER_TOPIC = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'

export interface EvmBlock extends Block {
  /** Wei; undefined before EIP-1559. */
  readonly baseFee: bigint | undefined
}

export interface TransferLog {
  /** In small letters. */
  readonly token: string
  readonly from: string
  readonly to: string
  readonly amount: bigint
  readonly blockHash: string
  readonly blockNumber: number
  readonly logIndex: number
  /** Its block is no longer part of the chain. */
  readonly isRemoved: boolean
}

export function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map<string, unknown>(typeof value === 'object' && value !== null ? Object.entries(value) : [])
}

/** A head or a block of `eth_getBlockBy…`. @throws DecodeError */
export function readBlock(value: unknown): EvmBlock {
  const fields = fieldsOf(value)
  const baseFee = fields.get('baseFeePerGas')
  return {
    number: hexNumber(fields, 'number'),
    hash: hexText(fields, 'hash', 64),
    parentHash: hexText(fields, 'parentHash', 64),
    timeUs: hexNumber(fields, 'timestamp') * 1_000_000,
    baseFee: typeof baseFee === 'string' && isHex(baseFee) ? BigInt(baseFee) : undefined,
  }
}

/** An ERC-20 transfer; undefined for a log of another form, such as the transfer of an ERC-721. @throws DecodeError */
export function readTransfer(value: unknown): TransferLog | undefined {
  const fields = fieldsOf(value)
  const topics = fields.get('topics')
  const data = fields.get('data')
  if (!Array.isArray(topics) || topics.length !== 3 || topics[0] !== TRANSFER_TOPIC) return undefined
  if (typeof data !== 'string' || data.length !== 66 || !isHex(data)) return undefined
  const [, from, to]: readonly unknown[] = topics
  return {
    token: hexText(fields, 'address', 40),
    from: addressOf(from),
    to: addressOf(to),
    amount: BigInt(data),
    blockHash: hexText(fields, 'blockHash', 64),
    blockNumber: hexNumber(fields, 'blockNumber'),
    logIndex: hexNumber(fields, 'logIndex'),
    isRemoved: fields.get('removed') === true,
  }
}

/** Addresses stand at the end of a topic of 32 bytes. */
function addressOf(topic: unknown): string {
  if (typeof topic === 'string' && topic.length === 66 && isHex(topic)) return `0x${topic.slice(26).toLowerCase()}`
  throw new DecodeError('expected a topic of 32 bytes in a transfer')
}

function hexNumber(fields: ReadonlyMap<string, unknown>, name: string): number {
  const value = fields.get(name)
  const number = typeof value === 'string' && value.length <= 18 && isHex(value) ? Number(value) : Number.NaN
  if (Number.isSafeInteger(number)) return number
  throw new DecodeError(`expected a hexadecimal number in "${name}"`)
}

function hexText(fields: ReadonlyMap<string, unknown>, name: string, digits: number): string {
  const value = fields.get(name)
  if (typeof value === 'string' && value.length === digits + 2 && isHex(value)) return value.toLowerCase()
  throw new DecodeError(`expected ${digits} hexadecimal digits in "${name}"`)
}

function isHex(text: string): boolean {
  return /^0x[0-9a-fA-F]+$/.test(text)
}
