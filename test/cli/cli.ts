import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { ensureBuilt, mainFile } from './built.ts'

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

/** A run that hangs is killed, so that the test fails by its exit and not by the runner's patience. */
const PATIENCE_MS = 40_000

/** A running `tickwire …`, as a shell would start it with its output piped. */
export class Cli implements AsyncDisposable {
  readonly exit: Promise<Exit>
  private readonly child: ChildProcessWithoutNullStreams
  private stdoutText = ''
  private stderrText = ''
  private isOver = false
  private listeners: (() => void)[] = []

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.child = child
    const patience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdoutText += text
      this.changed()
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderrText += text
      this.changed()
    })
    this.exit = new Promise(resolve => {
      child.on('close', (code, signal) => {
        clearTimeout(patience)
        this.isOver = true
        this.changed()
        resolve({ code, signal, stdout: this.stdoutText, stderr: this.stderrText })
      })
    })
  }

  static async start(args: readonly string[], options: RunOptions = {}): Promise<Cli> {
    await ensureBuilt()
    return new Cli(
      spawn(process.execPath, [mainFile, ...args], { cwd: options.cwd ?? tmpdir(), env: plainEnv(options.env) }),
    )
  }

  /** Any other program of the project, e.g. an example. */
  static async script(path: string): Promise<Cli> {
    await ensureBuilt()
    return new Cli(spawn(process.execPath, [path], { cwd: tmpdir(), env: plainEnv() }))
  }

  get stdout(): string {
    return this.stdoutText
  }

  get stderr(): string {
    return this.stderrText
  }

  /** Every whole line of stdout as JSON. */
  events(): readonly Record<string, unknown>[] {
    return jsonLines(this.stdoutText.slice(0, this.stdoutText.lastIndexOf('\n') + 1))
  }

  interrupt(): void {
    this.child.kill('SIGINT')
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name)
  }

  /** Closes our end of its stdout, as `head` does. */
  stopReading(): void {
    this.child.stdout.destroy()
  }

  /** Resolves when the condition holds, looked at after every output. @throws Error when the command ends before */
  async until(condition: (cli: Cli) => boolean): Promise<void> {
    while (!condition(this)) {
      if (this.isOver) throw new Error(`the command ended before:\n${this.stdoutText.slice(-2000)}\n${this.stderrText}`)
      await new Promise<void>(resolve => this.listeners.push(resolve))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.isOver) this.child.kill('SIGKILL')
    await this.exit
  }

  private changed(): void {
    const { listeners } = this
    this.listeners = []
    for (const listener of listeners) listener()
  }
}

/** Runs a command to its end. */
export async function run(args: readonly string[], options: RunOptions = {}): Promise<Exit> {
  await using cli = await Cli.start(args, options)
  return await cli.exit
}

/** @throws Error naming a line that is no JSON object */
export function jsonLines(text: string): readonly Record<string, unknown>[] {
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const value: unknown = JSON.parse(line)
      if (!isRecord(value)) throw new Error(`expected a JSON object, was ${line}`)
      return value
    })
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The environment without settings of whoever runs the tests. */
export function plainEnv(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(TICKWIRE_|NODE_OPTIONS$|VITEST|FORCE_COLOR$)/.test(name),
  )
  return { ...Object.fromEntries(kept), ...extra }
}

/** Lines of a stack trace, which no message of the command line may hold. */
export function stackLines(text: string): readonly string[] {
  return text.split('\n').filter(line => /^\s+at .*[:(]|node:internal|"stack"|Warning:/.test(line))
}
