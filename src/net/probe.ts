import { lookup } from 'node:dns/promises'
import { connect, isIP } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { errorLine } from '../model/error.ts'
import type { DurationMs } from '../model/time.ts'
import type { Clock } from './clock.ts'
import { dialFailure } from './dial-failure.ts'

export interface ProbeStep {
  readonly stage: 'dns' | 'tcp' | 'tls'
  readonly isOk: boolean
  readonly tookMs: DurationMs
  readonly detail: string
}

/** Name, address and certificate of a host, one after the other; ends at the first that fails. */
export async function probeHost(url: string, clock: Clock, timeoutMs: DurationMs): Promise<readonly ProbeStep[]> {
  const { hostname, port, protocol } = new URL(url)
  const isSecure = protocol === 'https:' || protocol === 'wss:'
  const steps: ProbeStep[] = []
  const step = async (stage: ProbeStep['stage'], run: () => Promise<string>): Promise<boolean> => {
    const startMs = clock.monotonicMs()
    try {
      const detail = await run()
      steps.push({ stage, isOk: true, tookMs: clock.monotonicMs() - startMs, detail })
      return true
    } catch (error) {
      const detail = error instanceof Error ? dialFailure(error).message : errorLine(error)
      steps.push({ stage, isOk: false, tookMs: clock.monotonicMs() - startMs, detail })
      return false
    }
  }
  const host = hostname.replace(/^\[|\]$/g, '')
  const target = { host, port: port === '' ? (isSecure ? 443 : 80) : Number(port) }
  if (!(await step('dns', async () => (await lookup(host, { all: true })).map(entry => entry.address).join(', '))))
    return steps
  if (!(await step('tcp', () => touch(target, timeoutMs)))) return steps
  if (isSecure) await step('tls', () => touchTls(target, timeoutMs))
  return steps
}

interface Target {
  readonly host: string
  readonly port: number
}

function touch(target: Target, timeoutMs: DurationMs): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...target, autoSelectFamily: true, autoSelectFamilyAttemptTimeout: 1500 }, () => {
      const address = socket.remoteAddress ?? target.host
      socket.destroy()
      resolve(`${address}:${target.port}`)
    })
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no connection within ${timeoutMs} ms`)))
    socket.on('error', reject)
  })
}

function touchTls(target: Target, timeoutMs: DurationMs): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTls(isIP(target.host) === 0 ? { ...target, servername: target.host } : target, () => {
      const text = `${socket.getProtocol() ?? 'TLS'}, certificate valid to ${socket.getPeerCertificate().valid_to}`
      socket.destroy()
      resolve(text)
    })
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no TLS handshake within ${timeoutMs} ms`)))
    socket.on('error', reject)
  })
}
