import { ConfigError } from '../../model/error.ts'
import type { SimVenue } from '../venue-rules.ts'
import { significantDecimals, writtenDecimals } from '../wire/decimal-text.ts'
import type { JsonObject } from '../wire/json.ts'
import { isJsonObject, levelRows, numberField, parseJson, textField } from '../wire/json.ts'
import type { CaptureLine } from './capture-line.ts'
import { eventMs, isControlAnswer, recordedMessage, recordedOpenInterest } from './capture-line.ts'
import { readCapture } from './capture-reader.ts'

/** What a recording says about one symbol. */
export class SymbolFacts {
  readonly symbol: string
  priceDecimals = 0
  priceWidth = 0
  quantityDecimals = 0
  quantityWidth = 0
  /** First depth snapshot: body as recorded. */
  snapshot: JsonObject | undefined
  /** Open interest that was asked for by REST, decimal text. */
  openInterest: string | undefined
  /** Stream kinds: `depth`, `trade`, `kline_1m`, … */
  readonly kinds = new Set<string>()
  /** Known from single messages only: nothing that takes time can be derived from them. */
  isLoose = false

  constructor(symbol: string) {
    this.symbol = symbol
  }

  price(text: string): void {
    this.priceDecimals = Math.max(this.priceDecimals, significantDecimals(text))
    this.priceWidth = Math.max(this.priceWidth, writtenDecimals(text))
  }

  quantity(text: string): void {
    this.quantityDecimals = Math.max(this.quantityDecimals, significantDecimals(text))
    this.quantityWidth = Math.max(this.quantityWidth, writtenDecimals(text))
  }
}

/** What one look through a recording tells: everything that must be known before the first message is played. */
export interface Survey {
  readonly file: string
  readonly venue: SimVenue
  readonly symbols: ReadonlyMap<string, SymbolFacts>
  readonly streamKeys: ReadonlySet<string>
  readonly exchangeInfo: string | undefined
  readonly messages: number
  /**
   * Single messages that belong together in nothing: neither a receive time nor a REST answer stands in the file. They go
   * out at a fixed pace, and those that name no stream go out, too.
   */
  readonly isLoose: boolean
  readonly firstEventMs: number
  readonly lastEventMs: number
  /** Time by which the recording is paced: receive time, else event time. */
  readonly firstPaceMs: number
}

/** Reads a recording once. @throws ConfigError when it cannot be served */
export async function surveyCapture(file: string): Promise<Survey> {
  const surveyor = new Surveyor(file)
  for await (const lines of readCapture(file)) for (const line of lines) surveyor.look(line)
  return surveyor.result()
}

class Surveyor {
  private readonly file: string
  private readonly symbols = new Map<string, SymbolFacts>()
  private readonly streamKeys = new Set<string>()
  private readonly hints: string[] = []
  private exchangeInfo: string | undefined
  private messages = 0
  private firstEventMs: number | undefined
  private lastEventMs = 0
  private firstPaceMs: number | undefined
  private hasChainIds = false
  private hasTimes = false
  private hasRest = false

  constructor(file: string) {
    this.file = file
  }

  look(line: CaptureLine): void {
    if (line.url !== undefined && this.hints.length < 20) this.hints.push(line.url)
    if (line.receivedMs !== undefined) this.hasTimes = true
    if (line.connection === 'rest') this.hasRest = true
    if (!line.isInbound) return
    if (line.connection === 'rest') this.lookAtRest(line)
    else this.lookAtMessage(line)
  }

  private get isLoose(): boolean {
    return !this.hasTimes && !this.hasRest
  }

  private lookAtMessage(line: CaptureLine): void {
    const message = recordedMessage(line.text)
    if (message === undefined && (!this.isLoose || isControlAnswer(line.text))) return
    const time = eventMs(message?.payload ?? line.text)
    if (time !== undefined) {
      this.firstEventMs = Math.min(this.firstEventMs ?? time, time)
      this.lastEventMs = Math.max(this.lastEventMs, time)
    }
    this.firstPaceMs ??= line.receivedMs ?? time
    this.messages++
    if (message === undefined) {
      const interest = recordedOpenInterest(line.text)
      if (interest !== undefined) this.facts(interest.symbol).openInterest = interest.quantity
      return
    }
    this.streamKeys.add(message.key)
    const payload = parseJson(message.payload)
    if (isJsonObject(payload)) this.lookAtPayload(message.key, payload)
  }

  result(): Survey {
    if (this.messages === 0 || this.firstEventMs === undefined) {
      throw new ConfigError(`capture ${this.file} holds no Binance market data that can be played`)
    }
    for (const facts of this.symbols.values()) facts.isLoose = this.isLoose
    return {
      file: this.file,
      venue: this.venue(),
      symbols: this.symbols,
      streamKeys: this.streamKeys,
      exchangeInfo: this.exchangeInfo,
      messages: this.messages,
      isLoose: this.isLoose,
      firstEventMs: this.firstEventMs,
      lastEventMs: this.lastEventMs,
      firstPaceMs: this.firstPaceMs ?? this.firstEventMs,
    }
  }

  private lookAtRest(line: CaptureLine): void {
    const url = line.url ?? ''
    if (url.includes('/exchangeInfo')) this.exchangeInfo ??= line.text
    if (!/\/depth\?/.test(url)) return
    const symbol = /[?&]symbol=([^&]+)/.exec(url)?.[1]
    const body = parseJson(line.text)
    if (symbol === undefined || !isJsonObject(body) || numberField(body, 'lastUpdateId') === undefined) return
    const facts = this.facts(symbol)
    facts.snapshot ??= body
    for (const [price, quantity] of [...levelRows(body['bids']), ...levelRows(body['asks'])]) {
      facts.price(price)
      facts.quantity(quantity)
    }
  }

  private lookAtPayload(key: string, payload: JsonObject): void {
    const order = payload['o']
    const symbol = textField(payload, 's') ?? (isJsonObject(order) ? textField(order, 's') : undefined)
    if (symbol === undefined) return
    const facts = this.facts(symbol)
    facts.kinds.add(key.slice(key.indexOf('@') + 1))
    if (payload['pu'] !== undefined) this.hasChainIds = true
    for (const [price, quantity] of [...levelRows(payload['b']), ...levelRows(payload['a'])]) {
      facts.price(price)
      facts.quantity(quantity)
    }
    for (const [price, quantity] of [
      ['p', 'q'],
      ['b', 'B'],
      ['a', 'A'],
    ] as const) {
      const priceField = textField(payload, price)
      const quantityField = textField(payload, quantity)
      if (priceField === undefined || quantityField === undefined || key.includes('icker') !== (price !== 'p')) continue
      facts.price(priceField)
      facts.quantity(quantityField)
    }
  }

  private facts(symbol: string): SymbolFacts {
    let facts = this.symbols.get(symbol)
    if (facts === undefined) {
      facts = new SymbolFacts(symbol)
      this.symbols.set(symbol, facts)
    }
    return facts
  }

  /** The folder says it, else the hosts, else the shape of the messages. */
  private venue(): SimVenue {
    const path = this.file.replaceAll('\\', '/')
    const hosts = this.hints.join(' ')
    const symbols = [...this.symbols.keys()]
    if (/(^|\/)(bybit|okx|gate)[^/]*\//.test(path)) {
      throw new ConfigError(
        `capture ${this.file} is not of Binance: only spot, USD-M and COIN-M recordings can be served`,
      )
    }
    if (path.includes('binance-coinm/') || /dapi\.|dstream\./.test(hosts)) return 'binance-coinm'
    if (path.includes('binance-usdm/') || /fapi\.|fstream\./.test(hosts)) return 'binance-usdm'
    if (/binance-(spot|us)\//.test(path) || /api\.binance\.|stream\.binance\./.test(hosts)) return 'binance-spot'
    if (symbols.some(symbol => /USD_(PERP|\d{6})$/.test(symbol))) return 'binance-coinm'
    return this.hasChainIds ? 'binance-usdm' : 'binance-spot'
  }
}
