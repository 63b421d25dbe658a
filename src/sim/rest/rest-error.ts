/** An answer in the venue's error form. */
export class RestError extends Error {
  readonly status: number
  readonly code: number
  readonly headers: Readonly<Record<string, string>>
  /** What of a call with several steps came of each. */
  readonly data: object | undefined

  constructor(
    status: number,
    code: number,
    message: string,
    headers: Readonly<Record<string, string>> = {},
    data?: object,
  ) {
    super(message)
    this.name = 'RestError'
    this.status = status
    this.code = code
    this.headers = headers
    this.data = data
  }

  get body(): string {
    return JSON.stringify({
      code: this.code,
      msg: this.message,
      ...(this.data === undefined ? {} : { data: this.data }),
    })
  }
}

export function badRequest(code: number, message: string): RestError {
  return new RestError(400, code, message)
}

export function missing(name: string): RestError {
  return badRequest(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`)
}

export function invalidSymbol(): RestError {
  return badRequest(-1121, 'Invalid symbol.')
}
