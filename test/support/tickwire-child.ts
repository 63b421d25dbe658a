import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { ensureBuilt, mainFile } from '../cli/built.ts'
import { jsonLines, plainEnv } from '../cli/cli.ts'

/** A running `tickwire …` that can be stopped and continued as a whole, for tests that take minutes. */
export class TickwireChild implements AsyncDisposable {
  readonly exit: Promise<number | null>
  stderr = ''
  private readonly child: ChildProcessWithoutNullStreams
  private stdout = ''
  private isOver = false

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.child = child
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
    this.exit = new Promise(resolve => {
      child.on('close', code => {
        this.isOver = true
        resolve(code)
      })
    })
  }

  static async start(args: readonly string[]): Promise<TickwireChild> {
    await ensureBuilt()
    return new TickwireChild(spawn(process.execPath, [mainFile, ...args], { cwd: tmpdir(), env: plainEnv() }))
  }

  /** Every whole line of stdout so far. */
  lines(): readonly Record<string, unknown>[] {
    return jsonLines(this.stdout.slice(0, this.stdout.lastIndexOf('\n') + 1))
  }

  signal(name: 'SIGSTOP' | 'SIGCONT' | 'SIGINT'): void {
    this.child.kill(name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.isOver) this.child.kill('SIGKILL')
    await this.exit
  }
}
