import type { Command } from 'commander'
import { EXAMPLE } from './venue-table.ts'

/** Puts the options on that commands of a kind share. */
export interface SharedOptions {
  withJson(this: void, command: Command): Command
  withVenues(this: void, command: Command): Command
  withRun(this: void, command: Command): Command
}

/** `signals`, `signals list` and `indicators`. */
export function addSignalCommands(program: Command, finish: (code: number) => void, shared: SharedOptions): Command {
  const { withJson, withVenues, withRun } = shared
  const signals = program
    .command('signals')
    .description(
      'what trades, books and derivatives measure, with the quality of each value: a table, or JSON lines when piped',
    )
    .argument('[instrument...]', `e.g. ${EXAMPLE.instrument}; of a recording all that it holds, without names`)
    .option('--store <file>', 'what "signals evaluate" has measured: it stands with each event')
    .option(
      '--signal <list>',
      'e.g. "flow.cvd,book.ofi(windowMs=5000)"; signals list tells them (default: all but candles)',
    )
  withRun(withVenues(withJson(withOutput(signals)))).action(async (instruments, options) =>
    finish(await (await import('./commands/signals.ts')).signals(instruments, options)),
  )
  withJson(signals.command('list').description('every signal with its options and what it measures')).action(
    // The parent knows --json, too, and takes it.
    async (options, command: Command) =>
      finish(await (await import('./commands/signals-list.ts')).signalsList({ ...command.parent?.opts(), ...options })),
  )
  const indicators = program
    .command('indicators')
    .description('indicators over closed candles, with their history from the first value on')
    .argument('[instrument...]', `e.g. ${EXAMPLE.instrument}`)
    .requiredOption('--indicator <list>', 'e.g. "rsi(14),macd(12,26,9)": sma, ema, rma, rsi, macd, bbands, atr, vwap')
    .option('--interval <length>', 'of the candles: 1m, 5m, 1h, …', '1m')
    .option('--origin <channel>', 'kline for the venue’s candles; trade or rawTrade builds them from trades', 'kline')
    .option('--closed', 'only closed candles, no values of the one that is still open')
  withRun(withVenues(withJson(withOutput(indicators)))).action(async (instruments, options) =>
    finish(await (await import('./commands/signals.ts')).indicators(instruments, options)),
  )
  return signals
}

function withOutput(command: Command): Command {
  return command
    .option('--publish <ms>', 'of the values within so many milliseconds only the newest; 0 for all', '100')
    .option('--replay <file...>', 'of a recording instead of a live market')
    .option('--count <n>', 'end after this many values and events')
    .option('--strict', 'exit 3 when a value was gapped')
}
