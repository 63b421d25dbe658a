const KEY = 'tickwire.token'

/**
 * The access token, for servers that ask for one: it comes in the fragment of the address (`#token=…`), which is never sent
 * over the wire, is taken out of it at once and kept for this tab only.
 */
export const token: string | undefined = read()

function read(): string | undefined {
  const match = /^#token=([^&]{1,512})$/.exec(location.hash)
  if (match?.[1] !== undefined) {
    sessionStorage.setItem(KEY, decodeURIComponent(match[1]))
    history.replaceState(null, '', location.pathname + location.search)
  }
  return sessionStorage.getItem(KEY) ?? undefined
}
