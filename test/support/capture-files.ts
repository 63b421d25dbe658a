import { readFileSync } from 'node:fs'
import { capturesFolder } from './shared-files.ts'

/** What the recordings' own index says of a file. */
export interface Recording {
  readonly file: string
  readonly symbol_list: readonly string[]
  readonly streams: Readonly<Record<string, number>>
  readonly books?: Readonly<
    Record<
      string,
      {
        readonly updates: number
        readonly sync: string | null
        readonly top_match: number | null
        readonly top_mismatch: number | null
      }
    >
  >
}

/** Every file of a Binance market in the index: recordings of connections, and files of single messages without a time line. */
export function binanceRecordings(): {
  readonly connections: readonly Recording[]
  readonly messages: readonly Recording[]
} {
  const index: readonly Recording[] = JSON.parse(readFileSync(`${capturesFolder}/INDEX.json`, 'utf8'))
  const own = index.filter(entry => entry.file.startsWith('binance-'))
  const isSingle = ({ file }: Recording): boolean => /\/(samples|messages|userdata|liquidations)-/.test(file)
  return { connections: own.filter(entry => !isSingle(entry)), messages: own.filter(isSingle) }
}
