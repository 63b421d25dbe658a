import type { BookDelta } from '../../model/book-levels.ts'
import { POWERS_OF_TEN } from '../../model/number.ts'
import { COMMA, OPEN_OBJECT } from './byte-scanner.ts'
import type { TimeUnit } from './fields.ts'
import { isPlausibleTime } from './fields.ts'
import { FrameShape, type ShapeField } from './frame-shape.ts'
import { LevelScanner } from './level-scanner.ts'
import { emptyDelta } from './levels-json.ts'

const utf8 = new TextEncoder()

/** How the value of a key is read. The numbers are dense, so that the switch over them is a jump. */
const SKIP = 0
const EVENT = 1
const SYMBOL = 2
const INTEGER = 3
const DECIMAL = 4
const BOOLEAN = 5
const TIME = 6
const MARKET = 7
const BIDS = 8
const ASKS = 9

const HOW = {
  symbol: SYMBOL,
  integer: INTEGER,
  decimal: DECIMAL,
  boolean: BOOLEAN,
  time: TIME,
  market: MARKET,
} as const

type How = keyof typeof HOW | 'bids' | 'asks'

export interface WireField {
  readonly key: string
  readonly how: How
  /** @default true */
  readonly isRequired?: boolean
}

/** Which keys a hot message has and how each is read. Slot 0 is `e`, slot i + 1 the i-th field. */
export class FieldPlan {
  /** `slot << 4 | how` by key code below 128. */
  readonly byLetter = new Uint8Array(128)
  /** The one key of two letters. */
  readonly wideKey: number
  readonly wideField: number
  readonly event: Uint8Array
  /** Bit per slot that must have been seen. */
  readonly needs: number

  /** `event` is the required value of `e`; '' when the message has no `e`. */
  constructor(event: string, fields: readonly WireField[]) {
    let needs = event === '' ? 0 : 1
    let wideKey = 0
    let wideField = 0
    this.event = utf8.encode(event)
    this.byLetter['e'.charCodeAt(0)] = EVENT
    fields.forEach(({ key, how, isRequired = true }, index) => {
      const slot = index + 1
      const field = (slot << 4) | (how === 'bids' ? BIDS : how === 'asks' ? ASKS : HOW[how])
      if (isRequired) needs |= 1 << slot
      if (key.length === 1) this.byLetter[key.charCodeAt(0)] = field
      else {
        wideKey = key.charCodeAt(0) | (key.charCodeAt(1) << 8)
        wideField = field
      }
    })
    this.wideKey = wideKey
    this.wideField = wideField
    this.needs = needs
  }
}

const MARKET_TEXT = utf8.encode('MARKET')

/**
 * Reads one payload object by a plan, its keys in whatever order they come. Answers false as soon as anything is not as
 * expected, a key seen twice included: the JSON decoder then judges the frame.
 */
export class FieldReader {
  readonly scan = new LevelScanner()
  readonly values = new Float64Array(16)
  /** Bit per slot that was seen. */
  seen = 0
  /** Filled by the fields `bids` and `asks`. */
  readonly delta: BookDelta = emptyDelta()
  /** Where the values of the frame stand that is being read key by key. */
  private readonly found: ShapeField[] = []
  private readonly factor: number
  private readonly unit: TimeUnit

  constructor(unit: TimeUnit) {
    this.unit = unit
    this.factor = unit === 'millisecond' ? 1000 : 1
  }

  /** The value of a slot, undefined when the key was not there. */
  optional(slot: number): number | undefined {
    return (this.seen & (1 << slot)) === 0 ? undefined : this.values[slot]
  }

  /** The value of a slot that the plan requires. */
  value(slot: number): number {
    return this.values[slot] ?? 0
  }

  /** Stands at the opening brace; ends behind the closing one. */
  read(plan: FieldPlan, symbol: Uint8Array): boolean {
    const scan = this.scan
    const values = this.values
    const byLetter = plan.byLetter
    const delta = this.delta
    let scale = -1
    let seen = 0
    this.found.length = 0
    for (let expected = OPEN_OBJECT; ; expected = COMMA) {
      const key = scan.key(expected)
      if (key < 0) {
        this.seen = seen
        delta.scale = Math.max(scale, 0)
        return key === -2 && (seen & plan.needs) === plan.needs
      }
      const field = key < 128 ? (byLetter[key] ?? SKIP) : key === plan.wideKey ? plan.wideField : SKIP
      let value = 0
      const start = scan.at
      switch (field & 15) {
        case EVENT:
          if (!scan.sameText(plan.event)) return false
          break
        case SYMBOL:
          if (!scan.sameText(symbol)) return false
          break
        case INTEGER:
          if ((value = scan.integer()) < 0) return false
          break
        case DECIMAL:
          if ((value = scan.decimal()) < 0) return false
          value /= POWERS_OF_TEN[scan.scale] ?? 0
          break
        case BOOLEAN:
          if ((value = scan.boolean()) < 0) return false
          break
        case TIME:
          if ((value = this.micros(scan.integer())) < 0) return false
          break
        case MARKET:
          if (!scan.sameText(MARKET_TEXT)) return false
          break
        case BIDS:
          delta.bids.clear()
          if ((scale = scan.levels(delta.bids, scale)) === -2) return false
          break
        case ASKS:
          delta.asks.clear()
          if ((scale = scan.levels(delta.asks, scale)) === -2) return false
          break
        default:
          if (!scan.skipScalar()) return false
      }
      if (!isConstant(field & 15)) this.found.push({ field, start, end: scan.at })
      if (field === SKIP) continue
      const slot = field >>> 4
      if ((seen & (1 << slot)) !== 0) return false
      seen |= 1 << slot
      values[slot] = value
    }
  }

  /** The shape of the frame that was just read key by key and stands from `start` to `end`. */
  shape(start: number, end: number): FrameShape {
    const values = this.found.map(value => ({ field: value.field, start: value.start - start, end: value.end - start }))
    return new FrameShape(this.scan.bytes.slice(start, end), values, this.seen, this.delta.scale)
  }

  /** Reads the frame from `start` to `end` by a learned shape; false when it differs, and nothing is then to be used. */
  readShaped(shape: FrameShape, start: number, end: number): boolean {
    const { scan, values, delta } = this
    const { literals, fields, digits } = shape
    let at = start
    let scale = -1
    for (let i = 0; i < fields.length; i++) {
      const literal = literals[i]
      if (literal === undefined || at + literal.length > end || !literal.isAt(scan.view, at)) return false
      scan.at = at + literal.length
      const field = fields[i] ?? SKIP
      let value = 0
      switch (field & 15) {
        case INTEGER:
          if ((value = this.integer(digits, i)) < 0) return false
          break
        case TIME:
          if ((value = this.micros(this.integer(digits, i))) < 0) return false
          break
        case DECIMAL:
          if ((value = this.decimal(digits, i)) < 0) return false
          break
        case BOOLEAN:
          if ((value = scan.boolean()) < 0) return false
          break
        case BIDS:
          delta.bids.clear()
          if ((scale = scan.levels(delta.bids, scale)) === -2) return false
          break
        case ASKS:
          delta.asks.clear()
          if ((scale = scan.levels(delta.asks, scale)) === -2) return false
          break
        default:
          if (!scan.skipScalar()) return false
      }
      values[field >>> 4] = value
      at = scan.at
    }
    const last = literals[fields.length]
    if (last === undefined || at + last.length !== end || !last.isAt(scan.view, at)) return false
    this.seen = shape.seen
    delta.scale = Math.max(scale, 0)
    return true
  }

  private integer(digits: Uint8Array, index: number): number {
    const { scan } = this
    const count = digits[2 * index] ?? 0
    const value = count === 0 ? -1 : scan.integerOf(count)
    if (value >= 0) return value
    const start = scan.at
    const slow = scan.integer()
    digits[2 * index] = scan.at - start > 15 ? 0 : scan.at - start
    return slow
  }

  private decimal(digits: Uint8Array, index: number): number {
    const { scan } = this
    const whole = digits[2 * index] ?? 0
    let units = whole === 0 ? -1 : scan.decimalOf(whole, digits[2 * index + 1] ?? 0)
    if (units < 0) {
      const start = scan.at
      units = scan.decimal()
      const count = scan.at - start - 2 - (scan.scale === 0 ? 0 : 1)
      const isShort = units >= 0 && count <= 15 && count > scan.scale
      digits[2 * index] = isShort ? count - scan.scale : 0
      digits[2 * index + 1] = isShort ? scan.scale : 0
    }
    return units < 0 ? -1 : units / (POWERS_OF_TEN[scan.scale] ?? 0)
  }

  /** Microseconds of a wire time, 0 for none, -1 when it cannot be one in this unit. */
  private micros(time: number): number {
    if (time <= 0) return time
    return isPlausibleTime(time, this.unit) ? time * this.factor : -1
  }
}

/** Values that every frame of a stream repeats: they are part of its shape. */
function isConstant(how: number): boolean {
  return how === EVENT || how === SYMBOL || how === MARKET
}
