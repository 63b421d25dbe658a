import { readFileSync } from 'node:fs'
import { Command, CommanderError, Option } from 'commander'
import { EXIT } from './exit.ts'
import { EXAMPLE, LIVE_NAME } from './venue-table.ts'

/** Parses the command line and runs the command. @returns the exit code @throws TickwireError */
export async function run(argv: readonly string[]): Promise<number> {
  let code: number = EXIT.ok
  const program = buildProgram(result => {
    code = result
  })
  try {
    await program.parseAsync([...argv])
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage
  }
  return code
}

function buildProgram(finish: (code: number) => void): Command {
  const program = new Command('tickwire')
    .description('Exchange WebSockets as one typed, provably continuous stream: you are never silently missing data.')
    .version(version(), '-V, --version')
    .exitOverride()
    .showHelpAfterError('(tickwire --help lists the commands)')
  addFeedCommands(program, finish)
  addServerCommands(program, finish)
  addSimulator(program, finish)
  for (const command of program.commands) command.exitOverride().showHelpAfterError('(add --help for the options)')
  return program
}

function addFeedCommands(program: Command, finish: (code: number) => void): void {
  common(program.command('watch'))
    .description('events as they come: a line each on a terminal, NDJSON when piped')
    .argument(
      '<instrument...>',
      `e.g. ${EXAMPLE.instrument}, or ${EXAMPLE.wholeMarket} where the venue sends its whole market`,
    )
    .option(
      '--channel <list>',
      'trade, rawTrade, quote, book, depth, kline:1m, ticker, markPrice, liquidation, …',
      'trade',
    )
    .action(async (instruments, options) =>
      finish(await (await import('./commands/watch.ts')).watch(instruments, options)),
    )
  common(program.command('book'))
    .description('a live ladder on a terminal, book events when piped')
    .argument('<instrument>')
    .option('--levels <n>', 'levels per side', '10')
    .action(async (instrument, options) => finish(await (await import('./commands/book.ts')).book(instrument, options)))
  common(program.command('instruments'))
    .description('what can be subscribed, with its steps and units')
    .option('--base <asset>', 'only this base asset, e.g. BTC')
    .option('--quote <asset>', 'only this quote asset')
    .option('--kind <kind>', 'spot, perpetual, future or option')
    .option('--venue <list>', `only these venues, e.g. ${EXAMPLE.venues}`)
    .option('--all', 'also what is not trading now')
    .action(async options => finish(await (await import('./commands/instruments.ts')).instruments(options)))
  common(program.command('doctor'))
    .description('names, TLS, REST, clock and endpoint silence, in plain words')
    .argument('[venue...]', 'default: the venues of --endpoints, or all')
    .option('--patience <duration>', 'how long a stream may take to its first event', '10s')
    .action(async (venues, options) => finish(await (await import('./commands/doctor.ts')).doctor(venues, options)))
}

function addServerCommands(program: Command, finish: (code: number) => void): void {
  common(program.command('demo'))
    .description('the whole system on an embedded exchange; what npm start runs')
    .option('--capture <file...>', 'serve real recordings instead of a generated market')
    .option('--live', `${LIVE_NAME} instead of an embedded exchange`)
    .option('--speed <factor>', 'of the recording; "max" for as fast as possible', '1')
    .option('--no-loop', 'end with the recording instead of starting it again')
    .option('--seed <n>', 'of the generated market', '1')
    .option('--port <n>', 'of the dashboard; without it the first free one from 8080 on')
    .action(async options => finish(await (await import('./commands/demo.ts')).demo(options)))
  common(program.command('serve'))
    .description('live feed, dashboard and HTTP/WebSocket API')
    .argument('[instrument...]')
    .option('--config <file>', 'YAML with the same settings')
    .option('--port <n>', 'default 8080')
    .option('--host <address>', 'address to listen on; anything but loopback needs TICKWIRE_TOKEN (default 127.0.0.1)')
    .action(async (instruments, options) =>
      finish(await (await import('./commands/serve.ts')).serve(instruments, options)),
    )
}

function addSimulator(program: Command, finish: (code: number) => void): void {
  common(program.command('sim'))
    .description('the simulated exchange on loopback; the first line of stdout is its --endpoints object')
    .option('--venue <list>', `which venues to serve, e.g. ${EXAMPLE.venues}`)
    .option('--port <n>', 'of the first venue, the others follow; 0 takes free ones', '0')
    .option('--seed <n>', 'of the generated market', '1')
    .option('--capture <file...>', 'serve recordings with their own timing instead')
    .option('--speed <factor>', 'of the recording; "max" for as fast as possible', '1')
    .option('--loop', 'start the recording again at its end, with ids that go on')
    .action(async options => finish(await (await import('./commands/sim.ts')).sim(options)))
}

/** The options that every command understands. */
function common(command: Command): Command {
  return command
    .option('--json', 'JSON lines also on a terminal')
    .option('--quiet', 'only errors on stderr')
    .option('--for <duration>', 'end after e.g. 10s, 2m')
    .option('--count <n>', 'end after this many data events')
    .option('--strict', 'exit 3 when a gap was left unhealed')
    .option('--endpoints <json>', 'JSON or a file that points venues to other origins (or TICKWIRE_ENDPOINTS)')
    .addOption(new Option('--environment <name>', 'live, testnet or demo').default('live'))
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  const parsed: unknown = JSON.parse(text)
  return typeof parsed === 'object' && parsed !== null && 'version' in parsed ? String(parsed.version) : 'unknown'
}
