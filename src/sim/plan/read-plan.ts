import { z } from 'zod'
import { ConfigError } from '../../model/error.ts'
import { nearest } from '../../model/nearest.ts'
import { accountSchemas } from './account-schemas.ts'
import type { HostFaultName, ServerStep } from './fault-step.ts'
import {
  closeCode,
  count,
  duration,
  factor,
  field,
  headers,
  hex,
  hole,
  numeric,
  pingPayload,
  received,
  share,
  span,
  status,
  streams,
  text,
  timing,
} from './fields.ts'

/** A plan whose steps a simulator behind sockets can take. */
export interface ServerPlan {
  readonly seed: number
  readonly endMs?: number
  readonly steps: readonly ServerStep[]
}

const hostFaults: Readonly<Record<HostFaultName, string>> = {
  clockJump: 'the clock of the machine',
  clockDrift: 'the clock of the machine',
  sleep: 'the machine of the client',
  stall: 'the event loop of the client',
  consumerThrows: 'the code of the consumer',
}

const stage = field(
  '"upgrade" (TCP connections are accepted by the system itself, so that "tcp" cannot be held up here)',
  (value): value is 'upgrade' => value === 'upgrade',
)

/** For what befalls sockets, or streams on sockets. */
const sockets = {
  ...streams,
  connection: numeric('the number of a socket, 0 for the oldest', 0, 100_000, true).exactOptional(),
}

/** Every fault a server can make by itself, with the keys it takes. */
const schemas: Readonly<Record<ServerStep['fault'], z.ZodType<ServerStep>>> = {
  halfOpen: z.strictObject({ fault: z.literal('halfOpen'), ...sockets }),
  mute: z.strictObject({ fault: z.literal('mute'), ...sockets }),
  drop: z.strictObject({ fault: z.literal('drop'), code: closeCode.exactOptional(), ...sockets }),
  slowClose: z.strictObject({ fault: z.literal('slowClose'), ms: span, ...sockets }),
  hold: z.strictObject({ fault: z.literal('hold'), ...sockets, forMs: span }),
  refuse: z.strictObject({
    fault: z.literal('refuse'),
    status,
    headers: headers.exactOptional(),
    body: text.exactOptional(),
    ...timing,
  }),
  stallHandshake: z.strictObject({ fault: z.literal('stallHandshake'), stage, ...timing }),
  flap: z.strictObject({ fault: z.literal('flap'), afterMs: duration, ...timing }),
  natTimeout: z.strictObject({ fault: z.literal('natTimeout'), afterMs: span, ...sockets }),
  delay: z
    .strictObject({ fault: z.literal('delay'), ms: duration, jitterMs: duration.exactOptional(), ...sockets })
    .refine(({ ms, jitterMs = 0 }) => jitterMs <= ms, {
      path: ['jitterMs'],
      error: 'expected at most as much as "ms": bytes cannot arrive before they were sent',
    }),
  rate: z.strictObject({
    fault: z.literal('rate'),
    kBPerSecond: numeric('a number of kilobytes above 0', 1e-3, 1e6),
    ...sockets,
  }),
  serverShutdown: z.strictObject({ fault: z.literal('serverShutdown'), leadMs: duration, ...sockets }),
  rotate: z.strictObject({ fault: z.literal('rotate'), afterMs: duration, ...sockets }),
  ping: z.strictObject({
    fault: z.literal('ping'),
    payload: pingPayload.exactOptional(),
    count: numeric('a whole number from 1 to 1000', 1, 1000, true).exactOptional(),
    ...sockets,
  }),
  pausePings: z.strictObject({ fault: z.literal('pausePings'), ...sockets }),
  ackNoData: z.strictObject({ fault: z.literal('ackNoData'), ...sockets }),
  ackSilent: z.strictObject({ fault: z.literal('ackSilent'), share, ...sockets }),
  ackLate: z.strictObject({ fault: z.literal('ackLate'), ms: span, ...sockets }),
  ackError: z.strictObject({
    fault: z.literal('ackError'),
    code: numeric('a whole number', -1e6, 1e6, true).exactOptional(),
    message: text.exactOptional(),
    ...sockets,
  }),
  ignoreIfLarger: z.strictObject({ fault: z.literal('ignoreIfLarger'), bytes: count, ...sockets }),
  forget: z.strictObject({ fault: z.literal('forget'), ...sockets }),
  skip: z.strictObject({ fault: z.literal('skip'), count, ...streams }),
  dup: z.strictObject({ fault: z.literal('dup'), count, ...streams }),
  snapshot: z
    .strictObject({
      fault: z.literal('snapshot'),
      delayMs: duration.exactOptional(),
      ageEvents: count.exactOptional(),
      status: status.exactOptional(),
      ...streams,
    })
    .refine(step => step.delayMs !== undefined || step.ageEvents !== undefined || step.status !== undefined, {
      error: 'expected at least one of "delayMs", "ageEvents" and "status"',
    }),
  rest: z
    .strictObject({
      fault: z.literal('rest'),
      status: numeric('an HTTP status from 200 to 599', 200, 599, true).exactOptional(),
      body: text.exactOptional(),
      headers: headers.exactOptional(),
      latencyMs: duration.exactOptional(),
      lagMs: span.exactOptional(),
      hole: hole.exactOptional(),
      ...streams,
    })
    .refine(step => ['status', 'body', 'headers', 'latencyMs', 'lagMs', 'hole'].some(key => key in step), {
      error: 'expected at least one of "status", "body", "headers", "latencyMs", "lagMs" and "hole"',
    }),
  weights: z.strictObject({ fault: z.literal('weights'), factor, ...timing }),
  hostile: z
    .strictObject({ fault: z.literal('hostile'), text: text.exactOptional(), hex: hex.exactOptional(), ...sockets })
    .refine(step => (step.text === undefined) !== (step.hex === undefined), {
      error: 'expected either "text" or "hex"',
    }),
  rateFactor: z.strictObject({ fault: z.literal('rateFactor'), factor, ...streams }),
  ...accountSchemas,
}

const names = new Set<string>(Object.keys(schemas))
const planSchema = z.strictObject({
  seed: numeric('a whole number', 0, Number.MAX_SAFE_INTEGER, true).exactOptional(),
  endMs: span.exactOptional(),
  steps: field('a list of at least one step', (value): value is readonly unknown[] =>
    Array.isArray(value) ? value.length > 0 && value.length <= 10_000 : false,
  ),
})

/**
 * Reads a plan from outside; `source` is how messages call it.
 * @throws ConfigError naming the step, the key, what was expected and what was received
 */
export function readPlan(value: unknown, source: string): ServerPlan {
  const parsed = planSchema.safeParse(value)
  if (!parsed.success) throw problem(source, parsed.error, 'a plan', ['seed', 'endMs', 'steps'])
  const { seed = 1, steps, ...rest } = parsed.data
  return { seed, ...rest, steps: steps.map((step, index) => readStep(step, `${source}: step ${index + 1}`)) }
}

function readStep(value: unknown, where: string): ServerStep {
  const fault = typeof value === 'object' && value !== null && 'fault' in value ? value.fault : undefined
  if (typeof fault !== 'string') throw new ConfigError(`${where}: "fault": expected a name, ${received(fault)}.`)
  for (const [host, victim] of Object.entries(hostFaults)) {
    if (host !== fault) continue
    throw new ConfigError(
      `${where}: "${fault}" is done to ${victim}, which a server behind sockets cannot do; it is for simulations within one process.`,
    )
  }
  const schema = isServerFault(fault) ? schemas[fault] : undefined
  if (schema === undefined)
    throw new ConfigError(
      `${where}: "fault": expected one of ${[...names].join(', ')}, was ${JSON.stringify(fault)}.`,
      nearest(fault, [...names]),
    )
  const parsed = schema.safeParse(value)
  if (parsed.success) {
    checkRepetition(parsed.data, where)
    return parsed.data
  }
  const keys = schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
  throw problem(`${where} ("${fault}")`, parsed.error, `"${fault}"`, keys)
}

/** What happens at once and leaves nothing to take back. */
const blows: ReadonlySet<string> = new Set([
  'halfOpen',
  'drop',
  'slowClose',
  'serverShutdown',
  'ping',
  'forget',
  'skip',
  'dup',
  'hostile',
  'expireListenKey',
  'liquidate',
  'adl',
  'funding',
  'deposit',
  'transfer',
  'foreignTrade',
])

/** Conditions must not pile up. @throws ConfigError */
function checkRepetition(step: ServerStep, where: string): void {
  const { fault, forMs, everyMs } = step
  // What is counted is over when the count is.
  const isBlow = blows.has(fault) || ('count' in step && step.count !== undefined)
  if (everyMs === undefined || (forMs ?? (isBlow ? 0 : Number.POSITIVE_INFINITY)) <= everyMs) return
  throw new ConfigError(
    `${where} ("${fault}"): "forMs": expected at most as much as "everyMs" (${everyMs}), ${received(forMs)}.`,
  )
}

function isServerFault(name: string): name is ServerStep['fault'] {
  return names.has(name)
}

function problem(where: string, error: z.ZodError, what: string, keys: readonly string[]): ConfigError {
  const [issue] = error.issues
  if (issue?.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys
    return new ConfigError(
      `${where}: "${key}" means nothing here; ${what} takes ${keys.join(', ')}.`,
      nearest(key, keys),
    )
  }
  const path = issue?.path.join('.') ?? ''
  return new ConfigError(`${where}: ${path === '' ? '' : `"${path}": `}${issue?.message ?? 'wrong form'}.`)
}

/** Names of the faults that a server can make. */
export function serverFaults(): readonly ServerStep['fault'][] {
  return [...names].filter(isServerFault)
}
