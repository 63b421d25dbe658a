import type { ExternalContext } from '../../external/source.ts'
import { DecodeError, HttpError } from '../../model/error.ts'
import { type BitcoinBackend, type BitcoinBlock, Fields, parseJson } from './backend.ts'

/** Blocks within which a transaction should be confirmed, as `estimatesmartfee` takes them. */
const TARGETS: readonly (readonly [string, number])[] = [
  ['fastest', 1],
  ['halfHour', 3],
  ['hour', 6],
  ['economy', 144],
]
const NO_HASH = '0'.repeat(64)
/** Bitcoin Core's "block not found". */
const NOT_FOUND = -5

/** The user's own node, by JSON-RPC. @param auth gives `user:password` for each call, because the cookie changes with every start */
export function nodeBackend(context: ExternalContext, url: string, auth: () => string): BitcoinBackend {
  const call = async (method: string, params: readonly unknown[] = []): Promise<unknown> => {
    const token = Buffer.from(auth().trim()).toString('base64')
    const headers = { 'Content-Type': 'application/json', Authorization: `Basic ${token}` }
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const answer = new Fields(method, parseJson(method, (await context.post({ url, headers, body })).body))
    const error = answer.get('error')
    if (error === undefined || error === null) return answer.get('result')
    const { code, text } = readError(error)
    throw new HttpError(`${method}: ${text}`, { status: 200, venueCode: code, isRetryable: false })
  }
  const block = async (hash: string): Promise<BitcoinBlock> => readHeader(await call('getblockheader', [hash]))
  return {
    tip: async () => {
      const height = await call('getblockcount')
      const hash = await call('getblockhash', [height])
      if (typeof hash !== 'string') throw new DecodeError('getblockhash: expected a hash')
      return await block(hash)
    },
    block: async hash => {
      try {
        return await block(hash)
      } catch (error) {
        if (error instanceof HttpError && error.venueCode === NOT_FOUND) return undefined
        throw error
      }
    },
    mempool: async () => {
      const fields = new Fields('getmempoolinfo', await call('getmempoolinfo'))
      return { transactions: fields.number('size'), vsize: fields.number('bytes') }
    },
    fees: async () => {
      const fees = new Map<string, number>()
      for (const [name, target] of TARGETS) {
        // A node that has not seen enough yet answers without a rate.
        const rate = new Fields('estimatesmartfee', await call('estimatesmartfee', [target])).get('feerate')
        // Bitcoin per 1000 virtual bytes, whole satoshis.
        if (typeof rate === 'number' && rate > 0) fees.set(name, Math.round(rate * 1e8) / 1000)
      }
      return fees
    },
  }
}

function readError(error: unknown): { readonly code: number; readonly text: string } {
  const fields = new Fields('error', error)
  return { code: Number(fields.get('code')), text: String(fields.get('message')).slice(0, 200) }
}

function readHeader(value: unknown): BitcoinBlock {
  const fields = new Fields('getblockheader', value)
  return {
    number: fields.number('height'),
    hash: fields.hash('hash'),
    parentHash: fields.get('previousblockhash') === undefined ? NO_HASH : fields.hash('previousblockhash'),
    timeUs: fields.number('time') * 1_000_000,
    transactions: fields.number('nTx'),
    fees: undefined,
  }
}
