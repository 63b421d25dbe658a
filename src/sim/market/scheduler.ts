interface Task {
  readonly atUs: number
  readonly order: number
  run: ((atUs: number) => void) | undefined
}

/**
 * Market time: tasks run in the order of their moment, equal moments in the order they were set, however coarse the
 * steps are in which real time advances. That is what makes a seed repeat.
 */
export class Scheduler {
  nowUs: number
  private readonly heap: Task[] = []
  private order = 0

  constructor(startUs: number) {
    this.nowUs = startUs
  }

  at(atUs: number, run: (atUs: number) => void): Disposable {
    const task: Task = { atUs: Math.max(atUs, this.nowUs), order: this.order++, run }
    this.push(task)
    return { [Symbol.dispose]: () => (task.run = undefined) }
  }

  /** Runs at every multiple of the period plus phase, from now on. */
  every(periodUs: number, phaseUs: number, run: (atUs: number) => void): Disposable {
    let isStopped = false
    const first = Math.floor((this.nowUs - phaseUs) / periodUs + 1) * periodUs + phaseUs
    const tick = (atUs: number): void => {
      if (isStopped) return
      run(atUs)
      if (!isStopped) this.at(atUs + periodUs, tick)
    }
    this.at(first, tick)
    return { [Symbol.dispose]: () => (isStopped = true) }
  }

  /** Runs what is due until `untilUs`, at most `limit` tasks. Returns false when the limit cut it short. */
  run(untilUs: number, limit = Number.POSITIVE_INFINITY): boolean {
    for (let count = 0; count < limit; count++) {
      const next = this.heap[0]
      if (next === undefined || next.atUs > untilUs) {
        this.nowUs = Math.max(this.nowUs, untilUs)
        return true
      }
      this.pop()
      this.nowUs = next.atUs
      next.run?.(next.atUs)
    }
    return false
  }

  private isBefore(a: Task, b: Task): boolean {
    return a.atUs < b.atUs || (a.atUs === b.atUs && a.order < b.order)
  }

  private push(task: Task): void {
    const heap = this.heap
    let index = heap.length
    heap.push(task)
    while (index > 0) {
      const parentIndex = (index - 1) >> 1
      const parent = heap[parentIndex]
      if (parent === undefined || !this.isBefore(task, parent)) break
      heap[index] = parent
      index = parentIndex
    }
    heap[index] = task
  }

  private pop(): void {
    const heap = this.heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let index = 0
    for (;;) {
      const leftIndex = index * 2 + 1
      const left = heap[leftIndex]
      if (left === undefined) break
      const right = heap[leftIndex + 1]
      const isRight = right !== undefined && this.isBefore(right, left)
      const child = isRight ? right : left
      if (!this.isBefore(child, last)) break
      heap[index] = child
      index = isRight ? leftIndex + 1 : leftIndex
    }
    heap[index] = last
  }
}
