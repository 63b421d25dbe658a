import { signal } from '@preact/signals'

/** The rule that somebody wants to try on a recording, as it would stand in the file; undefined while nobody does. */
export const backtesting = signal<Readonly<Record<string, unknown>> | undefined>(undefined)
