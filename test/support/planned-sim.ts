import type { FaultStep, Simulator, SimulatorOptions } from '../../src/sim/index.ts'
import { createSimulator } from '../../src/sim/index.ts'
import { SimClient } from './sim-client.ts'

/** A simulator with a fault plan, its plain clients, and what it said about its faults. */
export class PlannedSim implements AsyncDisposable {
  readonly notices: string[] = []
  readonly clients: SimClient[] = []
  private simulator: Simulator | undefined

  static async open(steps: readonly FaultStep[], options: SimulatorOptions = {}): Promise<PlannedSim> {
    const planned = new PlannedSim()
    planned.simulator = await createSimulator({
      venues: ['binance-usdm'],
      limits: { inboundPerSecond: 1000 },
      ...(steps.length > 0 ? { faults: { seed: 7, steps } } : {}),
      onNotice: line => planned.notices.push(line),
      ...options,
    })
    return planned
  }

  get sim(): Simulator {
    if (this.simulator === undefined) throw new Error('not open')
    return this.simulator
  }

  /** Opens a socket of a venue by its path. */
  async client(path: string, venue = 'binance-usdm'): Promise<SimClient> {
    const client = await SimClient.open(`${this.sim.endpoints[venue]?.stream}${path}`)
    this.clients.push(client)
    return client
  }

  async rest(path: string, venue = 'binance-usdm'): Promise<Response> {
    return await fetch(`${this.sim.endpoints[venue]?.rest}${path}`)
  }

  async json(path: string, venue = 'binance-usdm'): Promise<unknown> {
    return await (await this.rest(path, venue)).json()
  }

  /** Resolves when the simulator has said something that matches. */
  async told(what: RegExp, withinMs = 10_000): Promise<string> {
    const failAt = performance.now() + withinMs
    for (;;) {
      const found = this.notices.find(line => what.test(line))
      if (found !== undefined) return found
      if (performance.now() > failAt)
        throw new Error(`nothing said like ${String(what)}; said: ${this.notices.join('\n')}`)
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.clients) client.close()
    await this.simulator?.[Symbol.asyncDispose]()
  }
}
