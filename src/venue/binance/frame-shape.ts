/** Bytes that every frame of a shape has at the same place, compared four at a time. */
export class Literal {
  readonly length: number
  /** Little-endian words from the start; the last one ends with the last byte and may overlap the one before. */
  private readonly words: Int32Array
  /** Shorter than a word. */
  private readonly few: Uint8Array

  constructor(bytes: Uint8Array) {
    this.length = bytes.length
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const count = bytes.length < 4 ? 0 : Math.ceil(bytes.length / 4)
    this.words = Int32Array.from({ length: count }, (_, index) =>
      view.getInt32(Math.min(index * 4, bytes.length - 4), true),
    )
    this.few = count === 0 ? bytes.slice() : new Uint8Array(0)
  }

  /** True when these very bytes stand at `at`; the caller knows that the view reaches that far. */
  isAt(view: DataView, at: number): boolean {
    const { words, few } = this
    const last = words.length - 1
    for (let i = 0; i < last; i++) if (view.getInt32(at + 4 * i, true) !== words[i]) return false
    if (last >= 0) return view.getInt32(at + this.length - 4, true) === words[last]
    for (let i = 0; i < few.length; i++) if (view.getUint8(at + i) !== few[i]) return false
    return true
  }
}

/** One value of a frame that was read: what it is (`slot << 4 | how`) and where it stood. */
export interface ShapeField {
  readonly field: number
  readonly start: number
  readonly end: number
}

/**
 * What the frames of one stream have in common, learned from one that was read key by key: the bytes between the values,
 * the order of the values, and how many digits they had. A frame that differs in a single byte of the first is left to
 * the reader that knows the keys, so that a shape never accepts more than that reader did.
 */
export class FrameShape {
  /** The bytes before each value, and behind the last one. */
  readonly literals: readonly Literal[]
  /** `slot << 4 | how` of each value. */
  readonly fields: Uint8Array
  /** Digits before and behind the point that each value had last; kept up to date by the reader. */
  readonly digits: Uint8Array
  /** Bit per slot that these frames carry. */
  readonly seen: number
  readonly scale: number

  constructor(frame: Uint8Array, values: readonly ShapeField[], seen: number, scale: number) {
    const starts = [0, ...values.map(value => value.end)]
    const ends = [...values.map(value => value.start), frame.length]
    this.literals = starts.map((start, index) => new Literal(frame.slice(start, ends[index])))
    this.fields = Uint8Array.from(values, value => value.field)
    this.digits = new Uint8Array(values.length * 2)
    this.seen = seen
    this.scale = scale
    values.forEach((value, index) => {
      const text = String.fromCharCode(...frame.slice(value.start, Math.min(value.end, value.start + 40)))
      const [, whole = '', fraction = ''] = /^"?(\d+)(?:\.(\d+))?"?$/.exec(text) ?? []
      if (whole.length + fraction.length > 15) return
      this.digits[2 * index] = whole.length
      this.digits[2 * index + 1] = fraction.length
    })
  }
}
