import { isJsonObject } from '../wire/json.ts'

export type ControlId = number | string | null

export type Control =
  | { readonly kind: 'subscribe' | 'unsubscribe'; readonly id: ControlId; readonly names: readonly string[] }
  | { readonly kind: 'list'; readonly id: ControlId }
  | { readonly kind: 'setCombined'; readonly id: ControlId; readonly value: boolean }
  | { readonly kind: 'getCombined'; readonly id: ControlId }
  | { readonly kind: 'error'; readonly code: number; readonly message: string; readonly id?: ControlId }

const methods = ['SUBSCRIBE', 'UNSUBSCRIBE', 'LIST_SUBSCRIPTIONS', 'SET_PROPERTY', 'GET_PROPERTY']
const idError = 'Invalid request: request ID must be an unsigned integer'

/** Reads a control frame; every way to get it wrong has the venue's own answer. Never throws. */
export function readControl(text: string, integerIds: boolean): Control {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch (error) {
    return fail(3, `Invalid JSON: expected value at ${position(text, error)}`)
  }
  if (!isJsonObject(message))
    return fail(2, `Invalid request: invalid type, expected a map at line 1 column ${text.length}`)
  const { method, params } = message
  if (method === undefined) return fail(2, `Invalid request: missing field \`method\` at line 1 column ${text.length}`)
  if (typeof method !== 'string' || !methods.includes(method)) {
    const name = typeof method === 'string' ? method : JSON.stringify(method)
    const column = text.indexOf(name) + name.length + 1
    const expected = methods.map(known => `\`${known}\``).join(', ')
    return fail(2, `Invalid request: unknown variant ${name}, expected one of ${expected} at line 1 column ${column}`)
  }
  const id = readId(message['id'], integerIds)
  if (id === undefined) return fail(2, idError)
  return readMethod(method, params, id)
}

function readMethod(method: string, params: unknown, id: ControlId): Control {
  switch (method) {
    case 'SUBSCRIBE':
    case 'UNSUBSCRIBE': {
      const names = readNames(params)
      if (names === undefined) return fail(2, 'Invalid request: params must be a list of stream names')
      return { kind: method === 'SUBSCRIBE' ? 'subscribe' : 'unsubscribe', id, names }
    }
    case 'LIST_SUBSCRIPTIONS':
      return Array.isArray(params) && params.length > 0
        ? fail(2, 'Invalid request: too many parameters')
        : { kind: 'list', id }
    case 'GET_PROPERTY':
      return readProperty(params, id, 1) ?? { kind: 'getCombined', id }
    default: {
      const problem = readProperty(params, id, 2)
      if (problem !== undefined) return problem
      const value: unknown = Array.isArray(params) ? params[1] : undefined
      return typeof value === 'boolean'
        ? { kind: 'setCombined', id, value }
        : fail(1, 'Invalid value type: expected Boolean')
    }
  }
}

function readProperty(params: unknown, id: ControlId, count: number): Control | undefined {
  const list: readonly unknown[] = Array.isArray(params) ? params : []
  if (typeof list[0] !== 'string') return fail(2, 'Invalid request: property name must be a string')
  if (list.length > count) return fail(2, 'Invalid request: too many parameters')
  return list[0] === 'combined' ? undefined : { kind: 'error', code: 0, message: 'Unknown property', id }
}

function readNames(params: unknown): readonly string[] | undefined {
  if (!Array.isArray(params)) return undefined
  const names: string[] = []
  for (const name of params) {
    if (typeof name !== 'string') return undefined
    names.push(name)
  }
  return names
}

/** Spot takes integers, short strings and null; the others unsigned integers only. */
function readId(id: unknown, integerIds: boolean): ControlId | undefined {
  if (typeof id === 'number') return Number.isSafeInteger(id) && (!integerIds || id >= 0) ? id : undefined
  if (integerIds) return undefined
  if (id === null || id === undefined) return null
  return typeof id === 'string' && /^[A-Za-z0-9_-]{1,36}$/.test(id) ? id : undefined
}

function fail(code: number, message: string): Control {
  return { kind: 'error', code, message }
}

/** `line L column C` of the first character that is not JSON. */
function position(text: string, error: unknown): string {
  const found = error instanceof Error ? /position (\d+)/.exec(error.message)?.[1] : undefined
  const offset = found === undefined ? 0 : Number(found)
  const before = text.slice(0, offset).split('\n')
  return `line ${before.length} column ${(before[before.length - 1]?.length ?? 0) + 1}`
}

export function successText(result: unknown, id: ControlId): string {
  return JSON.stringify({ result, id })
}

export function errorText(code: number, message: string, id?: ControlId): string {
  return JSON.stringify(id === undefined ? { code, msg: message } : { code, msg: message, id })
}
