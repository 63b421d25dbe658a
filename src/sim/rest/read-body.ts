import type { IncomingMessage } from 'node:http'

/** A form body holds an order, or a handful of them. */
const mostBytes = 64 * 1024

/** Calls `then` with the body as text; a longer one than any call needs is cut off, and will not verify. */
export function readBody(request: IncomingMessage, then: (body: string) => void): void {
  if (request.method === 'GET') {
    request.resume()
    then('')
    return
  }
  const pieces: Buffer[] = []
  let length = 0
  request.on('data', (piece: Buffer) => {
    length += piece.length
    if (length <= mostBytes) pieces.push(piece)
  })
  request.on('end', () => then(Buffer.concat(pieces).toString('utf8')))
  // A client that hangs up in the middle is owed no answer.
  request.on('error', () => request.destroy())
}
