import type { InstrumentInfo } from '../../../src/server/protocol.ts'
import { instruments } from './market.ts'
import { token } from './token.ts'

/** Reads JSON of the server. @throws Error with the server's own message */
export async function getJson(path: string): Promise<unknown> {
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` }
  const response = await fetch(path, { headers })
  const body: unknown = await response.json()
  if (response.ok) return body
  throw new Error(errorMessage(body) ?? `The server answered ${response.status}.`)
}

/** Changes something on the server: alerts only. @throws Error with the server's own message */
export async function changeJson(method: 'PUT' | 'POST' | 'DELETE', path: string, body: unknown): Promise<unknown> {
  const authorization = token === undefined ? {} : { Authorization: `Bearer ${token}` }
  const headers = { 'Content-Type': 'application/json', ...authorization }
  const response = await fetch(path, { method, headers, body: JSON.stringify(body) })
  const answer: unknown = await response.json()
  if (response.ok) return answer
  throw new Error(errorMessage(answer) ?? `The server answered ${response.status}.`)
}

/** Fills the symbol search; failing that, the offered instruments still work. */
export function loadInstruments(): void {
  getJson('/api/instruments')
    .then(body => {
      if (typeof body !== 'object' || body === null || !('instruments' in body)) return
      if (Array.isArray(body.instruments)) instruments.value = body.instruments.filter(isInstrument)
    })
    .catch((error: unknown) => console.info('instruments are not known', error))
}

function isInstrument(value: unknown): value is InstrumentInfo {
  return typeof value === 'object' && value !== null && 'id' in value && 'symbol' in value && 'venue' in value
}

function errorMessage(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('error' in body)) return undefined
  const { error } = body
  if (typeof error !== 'object' || error === null || !('message' in error)) return undefined
  return typeof error.message === 'string' ? error.message : undefined
}
