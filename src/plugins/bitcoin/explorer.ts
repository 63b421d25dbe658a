import type { ExternalContext } from '../../external/source.ts'
import { DecodeError, HttpError } from '../../model/error.ts'
import { type BitcoinBackend, type BitcoinBlock, Fields, parseJson } from './backend.ts'

const FEES = ['fastestFee', 'halfHourFee', 'hourFee', 'economyFee', 'minimumFee'] as const
/** The first block names none before it. */
const NO_HASH = '0'.repeat(64)

/** An explorer API in the form of the mempool open-source project: `/api/v1/blocks`, `/api/block/…`, `/api/mempool`, `/api/v1/fees/recommended`. */
export function explorerBackend(context: ExternalContext, base: string): BitcoinBackend {
  const ask = async (path: string): Promise<unknown> => {
    const { body } = await context.http({ method: 'GET', url: base + path })
    return parseJson(path, body)
  }
  return {
    tip: async () => {
      const list = await ask('/api/v1/blocks')
      if (!Array.isArray(list) || list.length === 0) throw new DecodeError('/api/v1/blocks: expected a list of blocks')
      return readBlock(list[0])
    },
    block: async hash => {
      try {
        return readBlock(await ask(`/api/block/${hash}`))
      } catch (error) {
        if (error instanceof HttpError && error.status === 404) return undefined
        throw error
      }
    },
    mempool: async () => {
      const fields = new Fields('/api/mempool', await ask('/api/mempool'))
      return { transactions: fields.number('count'), vsize: fields.number('vsize') }
    },
    fees: async () => {
      const fields = new Fields('/api/v1/fees/recommended', await ask('/api/v1/fees/recommended'))
      return new Map(FEES.map(name => [name.replace('Fee', ''), fields.number(name)]))
    },
  }
}

function readBlock(value: unknown): BitcoinBlock {
  const fields = new Fields('block', value)
  const totalFees = new Fields('block', fields.get('extras')).get('totalFees')
  return {
    number: fields.number('height'),
    hash: fields.hash('id'),
    parentHash: fields.get('previousblockhash') === null ? NO_HASH : fields.hash('previousblockhash'),
    timeUs: fields.number('timestamp') * 1_000_000,
    transactions: fields.number('tx_count'),
    fees: typeof totalFees === 'number' && Number.isFinite(totalFees) ? totalFees : undefined,
  }
}
