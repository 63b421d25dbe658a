/**
 * Runs every promise reaction that is ready, now, and reports rejections nobody handles. Node does this between any two
 * callbacks of its event loop; doing it by hand lets a simulated event loop turn without waiting for the real one.
 * `_tickCallback` is the name under which every Node since 0.10 lets scripts do that; it does nothing inside a reaction.
 */
export const drain: () => void = findDrain()

function findDrain(): () => void {
  const found: unknown = Reflect.get(process, '_tickCallback')
  if (typeof found !== 'function') throw new Error('this Node cannot drain its promise reactions on demand')
  return () => Reflect.apply(found, process, [])
}
