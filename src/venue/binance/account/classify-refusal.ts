import type { AccountRefusal } from '../../account-adapter.ts'

/** Codes of which one reaction is right wherever they come from. Source: protocol reference §6.3, §5; state of November 2026. */
const BY_CODE: ReadonlyMap<number, AccountRefusal> = new Map([
  [-1125, 'keyGone'],
  [-1209, 'keyGone'],
  [-1021, 'timestamp'],
  [-1022, 'signature'],
  [-1002, 'keyRefused'],
  [-1099, 'keyRefused'],
  [-2008, 'keyRefused'],
  [-2014, 'keyRefused'],
  [-2015, 'keyRefused'],
  [-2013, 'unknownOrder'],
  [-2026, 'unknownOrder'],
  [-2035, 'alreadySubscribed'],
  [-1006, 'unknownState'],
  [-1007, 'unknownState'],
  [-1001, 'retry'],
  [-1003, 'retry'],
  [-1008, 'retry'],
  [-1015, 'retry'],
  [-1016, 'retry'],
  [-1109, 'retry'],
  [239999, 'retry'],
  // The subscription is not active, or a socket has used up its ids: a new subscription on a new socket helps.
  [-2036, 'retry'],
  [-2042, 'retry'],
])

/** Refusals of the server which say that nothing was done. */
const DONE_NOTHING = /service unavailable|internal error; unable to process|throttled/i

/** What to do about a call that was refused: by the venue's code, then by its words, then by the status of HTTP. */
export function classifyRefusal(error: {
  readonly status?: number
  readonly code?: number
  readonly message: string
}): AccountRefusal {
  const { status, code, message } = error
  const known = code === undefined ? undefined : BY_CODE.get(code)
  if (known !== undefined) return known
  if (code === -2011 && /unknown order/i.test(message)) return 'unknownOrder'
  if (/listenkey does not exist/i.test(message)) return 'keyGone'
  if (code === -1000) return /unknown error, please check/i.test(message) ? 'unknownState' : 'retry'
  return status === undefined ? 'failed' : byStatus(status, code, message)
}

function byStatus(status: number, code: number | undefined, message: string): AccountRefusal {
  if (status === 429 || status === 418) return 'retry'
  if (status >= 500) return DONE_NOTHING.test(message) ? 'retry' : 'unknownState'
  // No answer came: nobody knows what became of the call.
  if (status === 0) return 'unknownState'
  if (status === 401) return 'keyRefused'
  // A firewall's 403 says nothing about the key; it is over after a pause.
  if (status === 403) return code === undefined ? 'retry' : 'keyRefused'
  return 'failed'
}
