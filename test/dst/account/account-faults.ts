import type { Report } from '../check/report.ts'
import type { World } from '../core/world.ts'
import type { Link } from '../net/link.ts'
import type { Network } from '../net/network.ts'
import type { PrivateExchange } from './private-exchange.ts'
import type { AccountFault } from './scenario.ts'
import type { Trader } from './trader.ts'

export interface FaultTools {
  readonly world: World
  readonly report: Report
  readonly network: Network
  readonly exchanges: ReadonlyMap<AccountFault['venue'], PrivateExchange>
  readonly traders: ReadonlyMap<AccountFault['venue'], Trader>
  /** Ends the client, and starts another one after so long. */
  readonly restart: (isCrash: boolean, afterMs: number) => void
}

/** Lets a fault happen at its moment, and trading around it, because that is when it hurts. */
export function arm(fault: AccountFault, tools: FaultTools): void {
  const { world, report, traders } = tools
  world.at(fault.atMs, () => {
    world.trace.say(`fault ${fault.kind} of ${fault.venue} for ${Math.round(fault.forMs)} ms`)
    report.count(`fault: ${fault.kind}`)
    const trader = traders.get(fault.venue)
    for (const laterMs of [-40, 30, 200, 900])
      if (laterMs < 0 || fault.amount < 0.8) world.after(Math.max(0, laterMs), () => trader?.act())
    world.after(50, () => start(fault, tools))
  })
}

function start(fault: AccountFault, tools: FaultTools): void {
  const { world, network } = tools
  const exchange = tools.exchanges.get(fault.venue)
  if (exchange === undefined) return
  const { faults } = exchange
  const links = (): readonly Link[] => network.open(exchange.options.socketHost)
  // What else goes wrong is no silence of the client's making.
  exchange.silentSinceMs = undefined
  const drop = (): void => {
    exchange.silentSinceMs = undefined
    for (const link of links()) link.endByServer(undefined, 'cut')
  }
  const lasting = (begin: () => void, end: () => void): void => {
    begin()
    world.after(fault.forMs, end)
  }
  switch (fault.kind) {
    case 'drop':
      drop()
      return
    case 'dropRepeatedly':
      for (let atMs = 0; atMs < fault.forMs; atMs += 3000 + 9000 * fault.amount) world.after(atMs, drop)
      return
    case 'halfOpen':
      for (const { down, up } of links()) {
        down.effects.isForgotten = true
        up.effects.isForgotten = true
      }
      return
    case 'hold':
      for (const { down } of links())
        lasting(
          () => {
            down.effects.isHeld = true
          },
          () => {
            down.effects.isHeld = false
            down.wake()
          },
        )
      return
    case 'keyExpired':
      exchange.killKey(1)
      return
    case 'keyExpiredTwice':
      exchange.killKey(2)
      return
    case 'keyGone':
      // Another program deletes the key; nobody is told.
      exchange.killKey(0)
      return
    case 'keepAlive500':
      faults.keyCalls.push('500', '500', '500', '500')
      return
    case 'keepAliveTimeout':
      faults.keyCalls.push('timeout', '500', 'timeout')
      return
    case 'terminated':
      for (const socket of exchange.sockets) socket.terminate()
      return
    case 'shutdown':
      for (const socket of exchange.sockets) {
        socket.announceShutdown()
        world.after(9000 + 20_000 * fault.amount, () => socket.link.endByServer(1001, 'going away'))
      }
      return
    case 'lag':
      lasting(
        () => {
          faults.lagMs = 300 + 2000 * fault.amount
        },
        () => {
          faults.lagMs = 0
        },
      )
      return
    case 'rest503':
    case 'rest429':
    case 'restHtml':
    case 'restSlow':
      restFault(fault, exchange, lasting)
      return
    case 'shuffle':
      lasting(
        () => {
          faults.shuffleShare = 0.5
        },
        () => {
          faults.shuffleShare = 0
        },
      )
      return
    case 'double':
      lasting(
        () => {
          faults.doubleShare = 0.5
        },
        () => {
          faults.doubleShare = 0
        },
      )
      return
    case 'lose':
      lasting(
        () => {
          faults.loseShare = 0.1
        },
        () => {
          faults.loseShare = 0
        },
      )
      return
    case 'mute':
      lasting(
        () => {
          faults.isMuted = true
        },
        () => {
          faults.isMuted = false
          exchange.hushedMs.push(exchange.nowMs)
        },
      )
      return
    case 'silentForm':
      faults.isFirstFormSilent = true
      drop()
      return
    default:
      hostFault(fault, tools, exchange)
  }
}

function restFault(
  fault: AccountFault,
  exchange: PrivateExchange,
  lasting: (begin: () => void, end: () => void) => void,
): void {
  const { faults, world } = exchange
  exchange.troubledUntilMs = world.nowMs + fault.forMs + 30_000
  const [status, body, retryAfterS] =
    fault.kind === 'rest429'
      ? ([429, '{"code":-1003,"msg":"Too many requests."}', 5 + Math.floor(20 * fault.amount)] as const)
      : fault.kind === 'restHtml'
        ? ([502, '<html><h1>502 Bad Gateway</h1></html>', 0] as const)
        : ([503, '{"code":-1000,"msg":"Unknown error, please check your request or try again later."}', 0] as const)
  if (fault.kind === 'rest429') exchange.troubledUntilMs += retryAfterS * 1000
  lasting(
    () => {
      if (fault.kind === 'restSlow') faults.restDelayMs = 2000 + 12_000 * fault.amount
      else Object.assign(faults, { restStatus: status, restBody: body, retryAfterS })
    },
    () => {
      faults.restDelayMs = 0
      Object.assign(faults, { restStatus: 0, restBody: '', retryAfterS: 0 })
    },
  )
}

function hostFault(fault: AccountFault, { world, restart, exchanges }: FaultTools, exchange: PrivateExchange): void {
  const { host } = world
  const { faults } = exchange
  // What sleeps does nothing else meanwhile.
  if (host.isFrozen && fault.kind !== 'revoke') return
  switch (fault.kind) {
    case 'clockJump':
      host.jump((fault.amount - 0.5) * 7_200_000)
      return
    case 'clockDrift':
      host.drift((fault.amount - 0.5) * 2800)
      return
    case 'exchangeClock':
      // As seen by the client: its own clock has fallen behind.
      faults.clockAheadMs += 1000 + 12_000 * fault.amount
      return
    case 'sleep':
      host.sleep(fault.forMs)
      return
    case 'stall':
      host.stall(fault.forMs)
      return
    case 'restart':
      restart(false, fault.forMs)
      return
    case 'crash':
      restart(true, fault.forMs)
      return
    case 'revoke':
      // One key stands for all accounts.
      for (const other of exchanges.values()) other.faults.isRevoked = true
      return
    default:
      throw new Error(`no fault ${fault.kind}`)
  }
}
