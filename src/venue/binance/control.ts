const METHODS = { subscribe: 'SUBSCRIBE', unsubscribe: 'UNSUBSCRIBE', list: 'LIST_SUBSCRIPTIONS' } as const

/** One control frame; `id` is an unsigned integer, which is the only kind that every market accepts. */
export function controlFrame(method: keyof typeof METHODS, names: readonly string[], id: number): string {
  return JSON.stringify(
    method === 'list' ? { method: METHODS[method], id } : { method: METHODS[method], params: names, id },
  )
}
