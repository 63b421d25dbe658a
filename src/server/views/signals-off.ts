import type { Verdict } from './state-machine.ts'

/** What views of signals say on a server that computes none. */
export const SIGNALS_OFF: Verdict = {
  kind: 'unsupported',
  text: 'Signals are switched off: the server was started with --no-signals.',
}
