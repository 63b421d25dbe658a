import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A script of this folder in a process of its own, and the lines of JSON that it writes. */
export class Child {
  constructor(script, settings) {
    const path = fileURLToPath(new URL(script, import.meta.url))
    this.process = spawn(process.execPath, [path, JSON.stringify(settings)], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.lines = []
    this.waiting = []
    createInterface({ input: this.process.stdout }).on('line', line => {
      this.lines.push(JSON.parse(line))
      for (const wake of this.waiting.splice(0)) wake()
    })
    this.exit = new Promise(resolve => this.process.once('exit', resolve))
    this.process.once('exit', () => {
      for (const wake of this.waiting.splice(0)) wake()
    })
  }

  /** The newest line that matches; waits for one to come when `since` are known already. */
  async next(since = this.lines.length) {
    while (this.lines.length <= since) {
      if (this.process.exitCode !== null) throw new Error(`${this.process.spawnargs[1]} ended`)
      await new Promise(resolve => this.waiting.push(resolve))
    }
    return this.lines.at(-1)
  }

  async stop() {
    this.process.stdin.end()
    await this.exit
  }
}
