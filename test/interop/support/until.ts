/** Looks again every few milliseconds until the condition holds. @throws Error that tells what was awaited, and what there is */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  found: () => unknown = () => '',
  withinMs = 10_000,
): Promise<void> {
  const failAt = Date.now() + withinMs
  while (!(await condition())) {
    if (Date.now() > failAt) throw new Error(`waited ${withinMs} ms in vain for ${what}: ${JSON.stringify(found())}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

/** Whether the condition comes true within the time: for measuring what a client does not do. */
export async function comes(condition: () => boolean, withinMs: number): Promise<boolean> {
  const failAt = Date.now() + withinMs
  while (!condition()) {
    if (Date.now() > failAt) return false
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  return true
}
