import { z } from 'zod'
import { ConfigError } from '../model/error.ts'
import { type ClientMessage, VIEW_NAMES } from './protocol.ts'

export const MOST_HZ = 20

const subscriptionId = z.int().min(1).max(0xffff_ffff)

/** Symbols are arbitrary Unicode, but short. */
export const instrumentText = z.string().min(3).max(96)
export const intervalText = z.string().regex(/^[0-9]{1,4}[a-zA-Z]{1,3}$/, 'expected an interval such as "1m"')

const params = z
  .strictObject({
    interval: intervalText.optional(),
    rows: z.int().min(5).max(100).optional(),
    group: z.int().min(0).max(100_000).optional(),
  })
  .optional()

const message = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('auth'), token: z.string().min(1).max(512) }),
  z.strictObject({ op: z.literal('ping'), t0: z.number() }),
  z.strictObject({ op: z.literal('pace'), maxHz: z.number().min(0.1).max(MOST_HZ) }),
  z.strictObject({
    op: z.literal('subscribe'),
    id: subscriptionId,
    view: z.enum(VIEW_NAMES),
    instrument: instrumentText.optional(),
    params,
    maxHz: z.number().min(0.1).max(MOST_HZ).optional(),
  }),
  z.strictObject({ op: z.literal('unsubscribe'), id: subscriptionId }),
  z.strictObject({ op: z.literal('resnapshot'), id: subscriptionId }),
])

/** Reads a control message. @throws ConfigError naming the field and what was expected */
export function readControl(text: string): ClientMessage {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new ConfigError('expected a JSON control message.', [], cause)
  }
  const result = message.safeParse(json)
  if (result.success) return result.data
  throw new ConfigError(describeIssues(result.error))
}

/** `params.rows: expected …` for each field that is wrong. */
export function describeIssues(error: z.ZodError): string {
  return error.issues.map(issue => `${issue.path.join('.') || 'message'}: ${issue.message}`).join('; ')
}
