import type { Command } from 'commander'
import type { SharedOptions } from './signal-commands.ts'

/** `external`. */
export function addExternal(program: Command, finish: (code: number) => void, shared: SharedOptions): void {
  const external = program
    .command('external')
    .description('slow series from elsewhere, such as chains: points as they become known')
    .requiredOption('--config <file>', 'the sources with their options, YAML or JSON (docs/EXTERNAL.md)')
    .option('--to <file>', 'appends a recording, which signals evaluate --external reads')
    .option('--count <n>', 'end after this many points')
    .option('--strict', 'exit 3 when something was missed for good')
  shared
    .withRun(shared.withJson(external))
    .action(async options => finish(await (await import('./commands/external.ts')).external(options)))
}
