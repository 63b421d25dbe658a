import type { Duplex } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach } from 'vitest'
import type { TickwireError } from '../../../src/model/error.ts'
import { bareDial } from '../../../src/net/bare-socket.ts'
import type { Dial, Socket } from '../../../src/net/dial.ts'
import { wsDialOver } from '../../../src/net/ws-dial.ts'
import { duplexPair } from '../../support/duplex-pair.ts'
import { type Answer, goodAnswer, ScriptedServer } from './scripted-server.ts'

/** Both of our clients, on a line in memory. */
export const CLIENTS: readonly (readonly [string, (stream: Duplex) => Dial])[] = [
  [
    'socketDial',
    stream =>
      bareDial((_url, on) => {
        stream.on('data', (chunk: Buffer) => on.read(chunk, chunk.length))
        process.nextTick(() => on.connected())
        return stream
      }),
  ],
  ['wsDial', stream => wsDialOver(() => stream)],
]

export interface Line {
  readonly server: ScriptedServer
  readonly socket: Socket
  /** What the client told its owner, in order: opened, pinged, ponged, closed. */
  readonly log: string[]
  readonly messages: Buffer[]
  readonly texts: readonly string[]
  readonly cause: TickwireError | undefined
  /** Lets everything run until the condition holds. @throws Error when it never does */
  until(what: string, condition: () => boolean): Promise<void>
  /** Lets everything run that is ready. */
  settle(): Promise<void>
}

const lines: Line[] = []

afterEach(() => {
  for (const line of lines.splice(0)) {
    line.socket.terminate()
    line.server.destroy()
  }
})

/** A client that dials, and the server that answers it. */
export function dial(
  make: (stream: Duplex) => Dial,
  options: { readonly maxFrameBytes?: number; readonly answer?: Answer } = {},
): Line {
  const [near, far] = duplexPair()
  const server = new ScriptedServer(far, options.answer ?? goodAnswer)
  const log: string[] = []
  const messages: Buffer[] = []
  let cause: TickwireError | undefined
  const socket = make(near)(
    'ws://venue.test/stream?x=1',
    {
      opened: () => log.push('opened'),
      reading: () => undefined,
      frame: (bytes, start, end) => messages.push(Buffer.from(bytes.subarray(start, end))),
      pinged: () => log.push('pinged'),
      ponged: () => log.push('ponged'),
      closed: given => {
        log.push('closed')
        cause = given
      },
    },
    { maxFrameBytes: options.maxFrameBytes ?? 1 << 20 },
  )
  const line: Line = {
    server,
    socket,
    log,
    messages,
    get texts() {
      return messages.map(message => message.toString('utf8'))
    },
    get cause() {
      return cause
    },
    until: async (what, condition) => {
      for (let turns = 0; !condition(); turns++) {
        if (turns === 20_000) throw new Error(`in vain: ${what}; the client said ${log.join(' ')}, ${cause?.message}`)
        await turn()
      }
    },
    settle: async () => {
      for (let turns = 0; turns < 30; turns++) await turn()
    },
  }
  lines.push(line)
  return line
}

export async function open(
  make: (stream: Duplex) => Dial,
  options: { readonly maxFrameBytes?: number; readonly answer?: Answer } = {},
): Promise<Line> {
  const line = dial(make, options)
  await line.until('the upgrade', () => line.log.length > 0)
  return line
}
