import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { addEvaluate } from './evaluate-command.ts'
import { EXIT } from './exit.ts'
import { addExternal } from './external-command.ts'
import { refuseSecretsInArgv } from './refuse-secrets-in-argv.ts'
import { secrets } from './secrets.ts'
import { addSignalCommands } from './signal-commands.ts'
import { takeTokens } from './tokens.ts'
import { EXAMPLE, LIVE_NAME } from './venue-table.ts'

/** Parses the command line and runs the command. @returns the exit code @throws TickwireError */
export async function run(argv: readonly string[]): Promise<number> {
  takeTokens(process.env)
  refuseSecretsInArgv(argv.slice(2))
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

/** Every command. @param finish told the exit code */
export function buildProgram(finish: (code: number) => void): Command {
  const program = new Command('tickwire')
    .description('Exchange WebSockets as one typed, provably continuous stream: you are never silently missing data.')
    .version(version(), '-V, --version')
    // Otherwise "signals" would take options of "signals evaluate" that have the same name.
    .enablePositionalOptions()
  addFeedCommands(program, finish)
  addRecordingCommands(program, finish)
  addEvaluate(addSignalCommands(program, finish, { withJson, withVenues, withRun }), finish)
  addExternal(program, finish, { withJson, withVenues, withRun })
  addAccount(program, finish)
  addAlertCommands(program, finish)
  addServerCommands(program, finish)
  addSimulator(program, finish)
  speakPlainly(program)
  return program
}

/** Usage errors are thrown, and read like every other message of the command line. */
function speakPlainly(command: Command): void {
  const hint = command.parent === null ? 'tickwire --help lists the commands' : `${fullName(command)} --help`
  command
    .exitOverride()
    .showHelpAfterError(`(${hint})`)
    .configureOutput({ outputError: (text, write) => write(plainError(text)) })
  for (const below of command.commands) speakPlainly(below)
}

/** `tickwire signals list`. */
function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`
}

/** What stands behind the `=` of an option that nobody knows may be a secret under a misspelt name. */
function plainError(text: string): string {
  return secrets.scrub(text.replace(/^error: /, 'tickwire: ').replace(/(unknown option '[^'=]*)=[^']*/, '$1'))
}

function addFeedCommands(program: Command, finish: (code: number) => void): void {
  const watch = program
    .command('watch')
    .description('events as they come: a line each on a terminal, NDJSON when piped')
    .argument(
      '<instrument...>',
      `e.g. ${EXAMPLE.instrument}, or ${EXAMPLE.wholeMarket} where the venue sends its whole market`,
    )
    .option(
      '--channel <list>',
      'trade, rawTrade, quote, book, depth, kline:1m, ticker, markPrice, liquidation, openInterest, status, raw:<stream>',
      'trade',
    )
    .action(async (instruments, options) =>
      finish(await (await import('./commands/watch.ts')).watch(instruments, options)),
    )
  withEvents(watch, 'end after this many data events')
  const book = program
    .command('book')
    .description('a live ladder on a terminal, book events when piped')
    .argument('<instrument>', `e.g. ${EXAMPLE.instrument}`)
    .option('--levels <n>', 'levels per side', '10')
    .action(async (instrument, options) => finish(await (await import('./commands/book.ts')).book(instrument, options)))
  withEvents(book, 'end after this many books (pictures of the ladder on a terminal)')
  const instruments = program
    .command('instruments')
    .description('what can be subscribed, with its steps and units')
    .option('--base <asset>', 'only this base asset, e.g. BTC')
    .option('--quote <asset>', 'only this quote asset')
    .option('--kind <kind>', 'spot, perpetual, future or option')
    .option('--venue <list>', `only these venues, e.g. ${EXAMPLE.venues} (default: those of --endpoints, or all)`)
    .option('--all', 'also what is not trading now')
    .option('--count <n>', 'at most this many')
    .action(async options => finish(await (await import('./commands/instruments.ts')).instruments(options)))
  withRun(withVenues(withJson(instruments)))
  const doctor = program
    .command('doctor')
    .description('names, TLS, REST, clock, endpoint silence and the rights of keys, in plain words')
    .argument('[venue...]', 'default: the venues of --endpoints, or all')
    .option('--patience <duration>', 'how long a stream may take to its first event', '10s')
    .action(async (venues, options) => finish(await (await import('./commands/doctor.ts')).doctor(venues, options)))
  withRun(withVenues(withJson(withKeys(doctor))))
}

function addRecordingCommands(program: Command, finish: (code: number) => void): void {
  const capture = program
    .command('capture')
    .description('writes the raw traffic of a live feed down, in the format that replay reads')
    .argument('<instrument...>', `e.g. ${EXAMPLE.instrument}`)
    .option('--channel <list>', 'as watch', 'trade')
    .requiredOption('--to <file>', 'the recording, ….jsonl.gz; it bears this name when it is finished')
    .option('--rotate <duration>', 'begin a new file after e.g. 1h, with its time in its name')
    .option('--count <n>', 'end after this many data events')
    .option('--strict', 'exit 3 when a gap was left unhealed')
    .action(async (instruments, options) =>
      finish(await (await import('./commands/capture.ts')).capture(instruments, options)),
    )
  withRun(withPlaces(withJson(capture)))
  const replay = program
    .command('replay')
    .description('the events of a recording, printed as watch prints those of a venue')
    .argument('<file...>', '.jsonl.gz or .jsonl; several are merged by time')
    .option('--speed <factor>', '1 is its own timing; "max" for as fast as possible', 'max')
    .option('--channel <list>', 'only these channels (default: all that it holds)')
    .option('--instrument <name...>', 'only these instruments (default: all that it holds)')
    .option('--venue <name>', 'whose recording it is, where it does not tell')
    .option('--from <time>', 'print from here on: 2026-11-21T19:55:00Z, or +30s from its start')
    .option('--to <time>', 'end here')
    .option('--count <n>', 'end after this many data events')
    .option('--strict', 'exit 3 when a gap was left unhealed')
    .action(async (files, options) => finish(await (await import('./commands/replay.ts')).replay(files, options)))
  withRun(withJson(replay))
}

function addAccount(program: Command, finish: (code: number) => void): void {
  const account = program
    .command('account')
    .description('orders, fills, balances and positions: a table on a terminal, events when piped; sends no orders')
    .argument('[account...]', `a venue or one account of it, e.g. ${EXAMPLE.accounts} (default: all with keys)`)
    .option('--hide-amounts', 'shows no quantities, balances, fees and profits')
    .option('--once', 'compare once, print the state and end')
    .option('--count <n>', 'end after this many data events (pictures of the table on a terminal)')
    .option('--strict', 'exit 3 when something was lost, or when the end is not synced')
    .action(async (names, options) => finish(await (await import('./commands/account.ts')).account(names, options)))
    .addHelpText('after', KEYS_HELP)
  withRun(withPlaces(withJson(withMemory(withKeys(account)))))
}

function addAlertCommands(program: Command, finish: (code: number) => void): void {
  const alert = program.command('alert').description('rules that fire, and where their alerts go (docs/ALERTS.md)')
  const run = alert
    .command('run')
    .description('rules on a live feed: a line for each fire, NDJSON when piped')
    .argument('[instrument...]', `for rules that name none, e.g. ${EXAMPLE.instrument}`)
    .requiredOption('--rules <file>', 'rules and channels, YAML or JSON; taken anew when it changes')
    .option('--count <n>', 'end after this many fires')
    .option('--memory <dir>', 'remembers there what fired and what was sent: a restart loses and repeats nothing')
    .action(async (names, options) => finish(await (await import('./commands/alert-run.ts')).alertRun(names, options)))
  withRun(withVenues(withJson(withKeys(run))))
  const test = alert
    .command('test')
    .description('sends a marked sample')
    .argument('<name>', 'a channel, or a rule whose channels are meant')
    .requiredOption('--rules <file>', 'rules and channels, YAML or JSON')
    .action(async (name, options) => finish(await (await import('./commands/alert-tools.ts')).alertTest(name, options)))
  withRun(withJson(test))
  const check = alert
    .command('check')
    .description('reads rules and says what is wrong with them')
    .argument('<file>', 'rules and channels, YAML or JSON')
    .action(async (file, options) =>
      finish(await (await import('./commands/alert-tools.ts')).alertCheck(file, options)),
    )
  withRun(withJson(check))
  const backtest = alert
    .command('backtest')
    .description('what rules would have fired in a recording, with its time')
    .argument('<file...>', '.jsonl.gz or .jsonl; several are merged by time')
    .requiredOption('--rules <file>', 'rules and channels, YAML or JSON')
    .option('--venue <name>', 'whose recording it is, where it does not tell')
    .option('--deliver', 'also send what fires; otherwise nothing is sent')
    .option('--count <n>', 'end after this many fires')
    .action(async (files, options) =>
      finish(await (await import('./commands/alert-backtest.ts')).alertBacktest(files, options)),
    )
  withRun(withJson(backtest))
  const log = alert
    .command('log')
    .description('what fired and what became of it')
    .requiredOption('--memory <dir>', 'the directory of "alert run"')
    .option('--count <n>', 'the newest so many')
    .action(async options => finish(await (await import('./commands/alert-tools.ts')).alertLog(options)))
  withRun(withJson(log))
}

const KEYS_HELP = `
Keys come from TICKWIRE_<VENUE>_KEY with _SECRET (or _PRIVATE_KEY, the path of an RSA or Ed25519 key in PEM, and
_PASSPHRASE), in the environment or in .env; a name of your own between makes more accounts of a venue. Keys belong to
the live environment unless _ENVIRONMENT says otherwise. Never on the command line. See docs/ACCOUNT.md.`

function addServerCommands(program: Command, finish: (code: number) => void): void {
  const demo = program
    .command('demo')
    .description('the whole system on an embedded exchange; what npm start runs')
    .option('--live', `${LIVE_NAME} instead of an embedded exchange`)
    .option('--no-loop', 'end with the recording instead of starting it again')
    .option('--port <n>', 'of the dashboard; without it the first free one from 8080 on')
    .action(async options => finish(await (await import('./commands/demo.ts')).demo(options)))
  withRun(withVenues(withExchange(demo)))
  const serve = program
    .command('serve')
    .description('live feed, dashboard and HTTP/WebSocket API')
    .argument('[instrument...]', `e.g. ${EXAMPLE.instrument}; may stand in the configuration file instead`)
    .option('--config <file>', 'YAML with instruments, environment, port, host and endpoints; options here win')
    .option('--port <n>', 'default 8080; 0 takes a free one')
    .option('--host <address>', 'address to listen on; anything but loopback needs TICKWIRE_TOKEN (default 127.0.0.1)')
    .option('--rules <file>', 'alert rules that run beside the dashboard, and can be changed there (docs/ALERTS.md)')
    .option('--recordings <dir>', 'recordings (.jsonl, .jsonl.gz) on which rules can be tried in the dashboard')
    .option('--no-signals', 'computes no signals for the markets that the dashboard shows')
    .option('--store <file>', 'what "signals evaluate" has measured (evaluations.json): shown beside each signal')
    .action(async (instruments, options) =>
      finish(await (await import('./commands/serve.ts')).serve(instruments, options)),
    )
  withRun(withVenues(withMemory(withKeys(serve))))
  // Started by "serve" for each back-test of a rule, and by nobody else.
  program
    .command('backtest-worker', { hidden: true })
    .action(async () => finish(await (await import('./commands/backtest-worker.ts')).backtestWorker()))
}

function addSimulator(program: Command, finish: (code: number) => void): void {
  const sim = program
    .command('sim')
    .description('the simulated exchange on loopback; the first line of stdout is its --endpoints object')
    .option(
      '--venue <list>',
      `which venues to serve, e.g. ${EXAMPLE.venues} (default: all, or those of the recordings)`,
    )
    .option('--port <n>', 'of the first venue, the others follow; 0 takes free ones', '0')
    .option('--loop', 'start the recording again at its end, with ids that go on')
    .option('--faults <file>', 'a plan of things that go wrong, YAML or JSON (docs/FAULT_PLANS.md)')
    .option('--scenario <name>', 'what the market plays: calm, trend, burst, flash-crash or liquidation-cascade')
    .option('--accounts <file>', 'API keys with their balances, YAML or JSON (docs/SIMULATOR.md)')
    .option('--account <venue...>', 'makes an account; its key and secret stand in the first line of stdout')
    .option('--live-market <instrument...>', `paper trading on a live market, e.g. ${EXAMPLE.instrument}`)
    .option('--endpoints <json>', 'with --live-market: JSON or a file that points its venues to other origins')
    .option('--environment <name>', 'with --live-market: live, testnet or demo (default live)')
    .option('--control-port <n>', 'opens the control API on the loopback; 0 takes a free port')
    .action(async options => finish(await (await import('./commands/sim.ts')).sim(options)))
  withRun(withExchange(sim))
}

function withEvents(command: Command, count: string): void {
  command.option('--count <n>', count).option('--strict', 'exit 3 when a gap was left unhealed')
  withRun(withVenues(withJson(command)))
}

function withJson(command: Command): Command {
  return command.option('--json', 'JSON lines also on a terminal')
}

/** For commands that look at accounts. */
function withKeys(command: Command): Command {
  return command
    .option('--keys <file>', 'YAML with keys that only you can read (mode 0600), or - for stdin')
    .option('--allow-withdrawals', 'also with keys that may withdraw')
}

function withMemory(command: Command): Command {
  return command.option(
    '--memory <dir>',
    'remembers there what was told: after a restart come the fills made meanwhile, each once',
  )
}

/** For commands that talk to venues. */
function withVenues(command: Command): Command {
  return withPlaces(command).option(
    '--redundancy <n>',
    'sockets per stream: with 2 the first copy wins and the loss of one costs nothing (default 1)',
  )
}

function withPlaces(command: Command): Command {
  return command
    .option('--endpoints <json>', 'JSON or a file that points venues to other origins (or TICKWIRE_ENDPOINTS)')
    .option('--environment <name>', 'live, testnet or demo (default live)')
}

/** For commands that bring an exchange of their own. */
function withExchange(command: Command): Command {
  return command
    .option('--capture <file...>', 'serve recordings instead of a generated market')
    .option('--speed <factor>', 'of the recording, 1 is its own timing; "max" for as fast as possible (default 1)')
    .option('--seed <n>', 'of the generated market (default 1)')
}

/** For every command. */
function withRun(command: Command): Command {
  return command.option('--for <duration>', 'end after e.g. 10s, 2m').option('--quiet', 'only errors on stderr')
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  const parsed: unknown = JSON.parse(text)
  return typeof parsed === 'object' && parsed !== null && 'version' in parsed ? String(parsed.version) : 'unknown'
}
