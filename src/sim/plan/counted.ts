/** `3 sockets`, `1 socket`, `no socket`. */
export function counted(count: number, noun: string): string {
  if (count === 0) return `no ${noun}`
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** Disposes all of its parts. */
export function together(parts: readonly Disposable[]): Disposable {
  return {
    [Symbol.dispose]: () => {
      for (const part of parts) part[Symbol.dispose]()
    },
  }
}
