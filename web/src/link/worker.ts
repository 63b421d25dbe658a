import type { FromWorker, ToWorker } from './messages.ts'
import { SocketLink } from './socket-link.ts'
import { Subscriptions } from './subscriptions.ts'

/** Views of a hidden tab are kept alive at this rate. */
const HIDDEN_HZ = 1
const VISIBLE_HZ = 20

const post = (message: FromWorker): void => self.postMessage(message)
let isHidden = false

const link = new SocketLink({
  post,
  onOpen: () => {
    if (isHidden) link.send({ op: 'pace', maxHz: HIDDEN_HZ })
    subscriptions.restart()
  },
  onMessage: message => subscriptions.message(message),
  onBinary: buffer => subscriptions.binary(buffer),
})
const subscriptions = new Subscriptions(message => link.send(message), post)

self.onmessage = (event: MessageEvent<ToWorker>) => {
  const message = event.data
  switch (message.op) {
    case 'start':
      link.start(message.url, message.token)
      return
    case 'open':
      subscriptions.open(message.panel, message.request, message.generation, link.isOpen)
      return
    case 'close':
      subscriptions.close(message.panel, link.isOpen)
      return
    case 'hidden':
      hide(message.hidden)
      return
    case 'retry':
      link.retryNow()
  }
}

/** On return everything is asked for anew: nothing from before is shown as if it were current. */
function hide(hidden: boolean): void {
  if (hidden === isHidden) return
  isHidden = hidden
  link.send({ op: 'pace', maxHz: hidden ? HIDDEN_HZ : VISIBLE_HZ })
  if (hidden) return
  link.retryNow()
  if (link.isOpen) subscriptions.askAll()
}
