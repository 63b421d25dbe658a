import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('../../scripts/dst.mjs', import.meta.url))

export interface DstRun {
  readonly code: number
  readonly output: string
}

/** Runs the simulation in processes of its own, as `npm run dst -- …` does. */
export function runDst(...args: readonly string[]): Promise<DstRun> {
  return new Promise(resolve => {
    execFile(process.execPath, [script, ...args], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      resolve({ code, output: stdout + stderr })
    })
  })
}
