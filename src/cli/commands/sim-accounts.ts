import { randomBytes } from 'node:crypto'
import { ConfigError } from '../../model/error.ts'
import { nearest } from '../../model/nearest.ts'
import { readAccountList, type SimAccountOptions, startBalances } from '../../sim/control/read-account-list.ts'
import { readStructuredFile } from '../structured-file.ts'

/** An account that the command line has made up: told once, on the first line of stdout. */
export interface MadeAccount {
  readonly venue: string
  readonly key: string
  readonly secret: string
}

/** Accounts of `--accounts FILE` and of each `--account <venue>`. */
export interface SimAccounts {
  readonly all: readonly SimAccountOptions[]
  readonly made: readonly MadeAccount[]
}

/** @throws ConfigError naming the account, the key, what was expected and what was received */
export function simAccounts(file: string | undefined, venues: readonly string[]): SimAccounts {
  const read =
    file === undefined
      ? []
      : readAccountList(readStructuredFile('--accounts', 'a list of accounts', file), `--accounts: "${file}"`)
  const made = madeAccounts(venues)
  return { all: [...read, ...made], made: made.map(({ venue, key, secret }) => ({ venue, key, secret })) }
}

/** Accounts with keys of this very run and the venue's balances to start with. @throws ConfigError */
export function madeAccounts(venues: readonly string[]): readonly (SimAccountOptions & MadeAccount)[] {
  return venues.map(make).map(account => ({ ...account, balances: startBalances[account.venue] ?? {} }))
}

function make(venue: string): MadeAccount {
  const known = Object.keys(startBalances)
  if (!known.includes(venue))
    throw new ConfigError(`--account: expected one of ${known.join(', ')}, was "${venue}".`, nearest(venue, known))
  return { venue, key: token(), secret: token() }
}

/** 64 letters and digits. */
function token(): string {
  let text = ''
  while (text.length < 64)
    text += randomBytes(96)
      .toString('base64')
      .replaceAll(/[^A-Za-z0-9]/g, '')
  return text.slice(0, 64)
}
