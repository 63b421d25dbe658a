import type { Command } from 'commander'
import type { EvaluateOptions } from './evaluate-options.ts'

/** Adds `evaluate` to the command `signals`. */
export function addEvaluate(signals: Command, finish: (code: number) => void): void {
  // What stands behind `evaluate` is its own, also where the command above has an option of that name.
  signals
    .enablePositionalOptions()
    .command('evaluate')
    .description('what a signal was worth on recordings, after costs and latency: a report, and every row behind it')
    .argument('<file...>', 'recordings, .jsonl.gz or .jsonl; several are merged by time')
    .option('--signal <list>', 'e.g. deriv.liqCascade,flow.print')
    .option('--composite <file...>', 'composite signals, YAML or JSON: each term is evaluated alone, too')
    .option('--external <file...>', 'series from elsewhere, NDJSON, used from their time of publication on')
    .option('--params <name=value...>', 'options of the signals; flow.print.zMin=5 where several are named')
    .option('--vary <name=list...>', 'e.g. zMin=4,5,6: a variant each; all are counted as tried')
    .option('--side <side>', 'signal, against, long or short (default signal)')
    .option('--cross <level>', 'onsets where the value comes to at least this, or at most minus this')
    .option('--latency <ms>', 'from the value to the order at the venue (default 150)')
    .option('--compute <ms>', 'what computing the value takes (default 1)')
    .option('--horizons <list>', 'default 1s,5s,15s,60s,300s,900s,3600s')
    .option('--headline <duration>', 'the horizon that is judged (default the one nearest to 60s)')
    .option('--interval <duration>', 'of the same-interval and next-interval fit (default 10s)')
    .option('--size <quote>', 'walk the book for so much in quote currency (default the best price)')
    .option('--fees <file>', 'taker fees by venue and date, YAML or JSON (docs/EVALUATION.md)')
    .option('--seed <n>', 'of random moments and bootstraps (default 1)')
    .option('--instrument <name...>', 'only these (default: all with prices)')
    .option('--instruments <file>', 'their units, as "tickwire instruments --json" prints them')
    .option('--venue <name>', 'whose recording it is, where it does not tell')
    .option('--from <time>', 'evaluate from here on: 2026-11-21T19:55:00Z, or +30s from the start')
    .option('--to <time>', 'end here')
    .option('--out <folder>', 'of the report', 'evaluation')
    .option('--log <file>', 'variants tried so far (default search-log.ndjson in --out)')
    .option('--store <file>', 'what signals show as their reliability (default evaluations.json in --out)')
    .option('--quiet', 'only errors on stderr')
    .action(async (files: readonly string[], options: EvaluateOptions) =>
      finish(await (await import('./commands/signals-evaluate.ts')).signalsEvaluate(files, options)),
    )
}
