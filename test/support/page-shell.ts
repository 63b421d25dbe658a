import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ts from 'typescript'
import { ensureBuilt, mainFile, projectRoot } from '../cli/built.ts'
import { plainEnv } from '../cli/cli.ts'

export interface ShellOutcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface ShellOptions {
  /** @default the shell's folder */
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** A folder in which the commands of a page run as a reader would type them: `npx tickwire` is what stands in `dist`. */
export class PageShell implements Disposable {
  readonly folder: string
  private readonly patienceMs: number

  private constructor(folder: string, patienceMs: number) {
    this.folder = folder
    this.patienceMs = patienceMs
  }

  /** @param patienceMs less than that of the test, so that it tells what was printed until then */
  static async open(name: string, patienceMs = 55_000): Promise<PageShell> {
    await ensureBuilt()
    const folder = mkdtempSync(join(tmpdir(), `tickwire-${name}-page-`))
    mkdirSync(join(folder, 'bin'))
    const script = `#!/bin/sh\nshift\nexec '${process.execPath}' '${mainFile}' "$@"\n`
    writeFileSync(join(folder, 'bin', 'npx'), script, { mode: 0o755 })
    return new PageShell(folder, patienceMs)
  }

  /** Runs lines of a shell; what they leave in the background ends with them. */
  bash(script: string, options: ShellOptions = {}): Promise<ShellOutcome> {
    const path = `PATH='${this.folder}/bin':"$PATH"`
    const prelude = `set -e; ${path}; trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT\n`
    return this.exec('bash', ['-c', prelude + script], options)
  }

  exec(file: string, args: readonly string[], options: ShellOptions = {}): Promise<ShellOutcome> {
    const { cwd = this.folder, env = {} } = options
    return new Promise(resolve => {
      execFile(file, args, { cwd, env: plainEnv(env), timeout: this.patienceMs }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr })
      })
    })
  }

  /** An empty folder inside of the shell's own. */
  emptyFolder(): string {
    return mkdtempSync(join(this.folder, 'block-'))
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true })
  }
}

/** What the compiler says of files, by the project's own options. */
export function typeProblems(...paths: readonly string[]): readonly string[] {
  const { config } = ts.readConfigFile(`${projectRoot}tsconfig.json`, name => ts.sys.readFile(name))
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, projectRoot)
  const typeRoots = [`${projectRoot}node_modules/@types`]
  const program = ts.createProgram(paths, { ...options, noEmit: true, typeRoots })
  return ts.getPreEmitDiagnostics(program).map(each => ts.flattenDiagnosticMessageText(each.messageText, '\n'))
}

/** TypeScript as the JavaScript that runs. */
export function compiled(text: string): string {
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext }
  return ts.transpileModule(text, { compilerOptions }).outputText
}
