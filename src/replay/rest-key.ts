/** What a REST request asks for, however its host and its version are written: equal keys are the same question. */
export function restKey(venue: string, url: string): string {
  return keyOf(venue, url, () => true)
}

/** The same without the depth of the answer: more rows than were asked for answer the question, too. */
export function looseRestKey(venue: string, url: string): string {
  return `~${keyOf(venue, url, name => name !== 'limit')}`
}

function keyOf(venue: string, url: string, counts: (parameter: string) => boolean): string {
  if (!URL.canParse(url)) return `${venue}|${url}`
  const { pathname, searchParams } = new URL(url)
  const parameters = [...searchParams].filter(([name]) => counts(name)).map(([name, value]) => `${name}=${value}`)
  return `${venue}|${pathname.split('/').at(-1) ?? ''}?${parameters.sort().join('&')}`
}
