import { ConfigError } from '../model/error.ts'

/** `--keys` names a file and is welcome. */
const NAMES =
  /^--?(?:api[-_]?|access[-_]?|private[-_]?|secret[-_]?|binding[-_]?)*(?:key|secret|passphrase|password|passwd|pass|token|signature)$/i
/** As long as no word, path or JSON of a command line, and as plain as a key. */
const LOOKS_LIKE_A_KEY = /^[A-Za-z0-9]{48,}$/

/**
 * Everybody on the machine can read the arguments of a process, and the shell writes them down.
 * @throws ConfigError that explains where keys belong, without the value
 */
export function refuseSecretsInArgv(args: readonly string[]): void {
  for (const arg of args) {
    const [name = '', value] = arg.split('=', 2)
    if (NAMES.test(name)) throw new ConfigError(`${name}: ${ADVICE}`)
    if (LOOKS_LIKE_A_KEY.test(value ?? arg)) throw new ConfigError(`an argument looks like a key: ${ADVICE}`)
  }
}

const ADVICE =
  'keys and secrets are not taken from the command line, which every user of this machine can read and the shell remembers. ' +
  'Set TICKWIRE_<VENUE>_KEY and TICKWIRE_<VENUE>_SECRET (or _PRIVATE_KEY), or write them to .env or to a file for --keys. ' +
  'Replace the one that was typed.'
