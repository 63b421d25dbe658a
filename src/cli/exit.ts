/** Exit codes that scripts rely on. */
export const EXIT = {
  ok: 0,
  failed: 1,
  /** Usage or configuration error; the message names the option and what was expected. */
  usage: 2,
  /** A gap was left unhealed under `--strict`. */
  gap: 3,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]
