/** A REST call as data; who performs it is another matter. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as it is, in UTF-8; its length is added to the headers. @default none */
  readonly body?: string
  /** Predicted cost in the venue's own weight; the headers of the answer are the truth. */
  readonly weight: number
}
