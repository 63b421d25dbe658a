import type { StepEvent, StepLog } from './step-log.ts'

/** Clients that may listen at once. */
const mostListeners = 50
/** Events that wait for a client which does not read; then it is cut off. */
const mostWaiting = 5000

/** The events of a log from one on, as they come, as lines of JSON or as server-sent events; undefined for one client too many. */
export function streamSteps(log: StepLog, since: number, isSse: boolean): ReadableStream<Uint8Array> | undefined {
  if (log.listenerCount >= mostListeners) return undefined
  const encoder = new TextEncoder()
  const encode = (event: StepEvent): Uint8Array => {
    const json = JSON.stringify(event)
    return encoder.encode(isSse ? `id: ${event.sequence}\ndata: ${json}\n\n` : `${json}\n`)
  }
  let listening: Disposable | undefined
  return new ReadableStream<Uint8Array>({
    start(controller) {
      for (const event of log.since(since)) controller.enqueue(encode(event))
      listening = log.listen(event => {
        if ((controller.desiredSize ?? 0) > -mostWaiting) {
          controller.enqueue(encode(event))
          return
        }
        listening?.[Symbol.dispose]()
        controller.error(new Error('the client does not read'))
      })
    },
    cancel() {
      listening?.[Symbol.dispose]()
    },
  })
}
