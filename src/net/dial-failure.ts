import { DialError, errorLine } from '../model/error.ts'

const DNS = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA', 'EAI_NONAME'])
const TLS = /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_|DEPTH_ZERO|ERR_OSSL/

/** Sorts a connect error into the stage that failed, with one line that says what it means. */
export function dialFailure(error: Error): DialError {
  const code = errorCode(error)
  const line = errorLine(error)
  if (/handshake has timed out/.test(error.message)) {
    return new DialError('timeout', 'no WebSocket handshake within the deadline', { cause: error })
  }
  if (DNS.has(code)) return new DialError('dns', `the host name could not be resolved: ${line}`, { cause: error })
  if (TLS.test(code)) return new DialError('tls', `TLS failed: ${line}${tlsHint(code)}`, { cause: error })
  if (
    code.startsWith('HPE_') ||
    /server response|Sec-WebSocket|status|Invalid Upgrade|subprotocol/i.test(error.message)
  ) {
    return new DialError('upgrade', `the WebSocket upgrade failed: ${line}`, { cause: error })
  }
  return new DialError('tcp', `could not connect: ${line}${limitHint(code)}`, { cause: error })
}

function limitHint(code: string): string {
  return code === 'EMFILE' || code === 'ENFILE' ? ' (the limit of open files is reached; ulimit -n tells it)' : ''
}

/** `code` of a Node error, or of the first error inside an AggregateError. */
export function errorCode(error: unknown): string {
  if (typeof error !== 'object' || error === null) return ''
  if ('code' in error && typeof error.code === 'string') return error.code
  if (error instanceof AggregateError) return errorCode(error.errors[0])
  return 'cause' in error ? errorCode(error.cause) : ''
}

function tlsHint(code: string): string {
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return ' (is this computer’s clock right?)'
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return ' (the certificate belongs to another host: is the address right?)'
  if (/SELF_SIGNED|UNABLE_TO_/.test(code))
    return ' (something between here and the venue may be intercepting TLS; NODE_EXTRA_CA_CERTS adds a CA)'
  return ''
}
