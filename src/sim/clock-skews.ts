/** How much a venue's clock is wrong: the sum of what has been laid on it, milliseconds. */
export class ClockSkews {
  sum = 0

  add(byMs: number): Disposable {
    this.sum += byMs
    let isOver = false
    return {
      [Symbol.dispose]: () => {
        if (isOver) return
        isOver = true
        this.sum -= byMs
      },
    }
  }
}
