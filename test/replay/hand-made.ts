import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { formatRecordedLine, type RecordedLine } from '../../src/replay/recorded-line.ts'

export const START_US = 1_790_000_000_000_000

/** A recording of spot BTCUSDT, line by line; every line comes 100 ms after the one before. */
export class HandMade {
  readonly lines: RecordedLine[] = []
  private timeUs = START_US

  wait(ms: number): this {
    this.timeUs += ms * 1000
    return this
  }

  trade(id: number, connection = 'ws'): this {
    const ms = Math.floor(this.timeUs / 1000)
    const data = {
      e: 'aggTrade',
      E: ms,
      s: 'BTCUSDT',
      a: id,
      p: '100.00',
      q: '1.0',
      f: id,
      l: id,
      T: ms,
      m: true,
      M: true,
    }
    return this.frame('btcusdt@aggTrade', data, connection)
  }

  quote(id: number, connection = 'ws'): this {
    const data = { u: id, s: 'BTCUSDT', b: '99.00', B: '1.0', a: '101.00', A: '2.0' }
    return this.frame('btcusdt@bookTicker', data, connection)
  }

  delta(first: number, last: number, connection = 'ws'): this {
    const ms = Math.floor(this.timeUs / 1000)
    const data = { e: 'depthUpdate', E: ms, s: 'BTCUSDT', U: first, u: last, b: [['99.00', `${last}.0`]], a: [] }
    return this.frame('btcusdt@depth@100ms', data, connection)
  }

  snapshot(id: number): this {
    const url = 'https://api.binance.com/api/v3/depth?symbol=BTCUSDT&limit=1000'
    const text = JSON.stringify({ lastUpdateId: id, bids: [['99.00', '5.0']], asks: [['101.00', '6.0']] })
    return this.line({ connection: 'rest', isInbound: true, url, text })
  }

  open(connection: string): this {
    return this.line({ connection, isInbound: false, url: 'wss://stream.binance.com:9443/stream' })
  }

  sent(method: string, names: readonly string[], connection = 'ws'): this {
    return this.line({ connection, isInbound: false, text: JSON.stringify({ method, params: names, id: 1 }) })
  }

  line(line: Partial<RecordedLine>): this {
    this.timeUs += 100_000
    const { timeUs } = this
    this.lines.push({ timeUs, connection: 'ws', isInbound: true, url: undefined, text: '', note: undefined, ...line })
    return this
  }

  /** @returns the path */
  save(path: string): string {
    const text = this.lines.map(formatRecordedLine).join('')
    writeFileSync(path, path.endsWith('.gz') ? gzipSync(text) : text)
    return path
  }

  private frame(stream: string, data: unknown, connection: string): this {
    return this.line({ connection, text: JSON.stringify({ stream, data }) })
  }
}
