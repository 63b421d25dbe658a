import { systemClock } from '../net/clock.ts'

/** For waits that cannot be aborted. @throws Error when the promise takes longer than `patienceMs` */
export async function within<T>(promise: Promise<T>, patienceMs: number): Promise<T> {
  let timer: Disposable | undefined
  const late = new Promise<never>((_resolve, reject) => {
    const tooLate = (): void => reject(new Error(`no answer within ${patienceMs / 1000} s`))
    timer = systemClock.setTimer(patienceMs, tooLate)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    timer?.[Symbol.dispose]()
  }
}
