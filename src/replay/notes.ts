import type { VenueAdapter } from '../venue/adapter.ts'
import type { RecordedChannel } from './replay.ts'
import { looseRestKey } from './rest-key.ts'
import type { Survey } from './survey.ts'

/** Names before a list is cut short. */
const MOST_NAMES = 5

/** What the recording does not tell, and what follows from that. */
export function notesOf(
  survey: Survey,
  venues: readonly VenueAdapter[],
  channels: readonly RecordedChannel[],
): readonly string[] {
  const notes: string[] = []
  for (const { file, line } of survey.cuts) notes.push(`"${file}" is cut off behind line ${line}: it was not closed.`)
  if (survey.lost > 0) notes.push(`${survey.lost} lines could not be written when it was recorded: there is a gap.`)
  if (survey.untimed === survey.lines)
    notes.push('Receive times were not recorded: the newest exchange time stands in for them.')
  else if (survey.untimed > 0)
    notes.push(`${survey.untimed} lines have no receive time: that of the line before stands in for it.`)
  const unsynced = channels.filter(each => each.channel === 'book' && !hasSnapshot(survey, venues, each))
  if (unsynced.length > 0) {
    const names = unsynced.slice(0, MOST_NAMES).map(each => each.instrument)
    const more = unsynced.length > MOST_NAMES ? ` and ${unsynced.length - MOST_NAMES} more` : ''
    notes.push(`No snapshot was recorded of the book of ${names.join(', ')}${more}: it cannot be synced.`)
  }
  return notes
}

function hasSnapshot(survey: Survey, venues: readonly VenueAdapter[], { instrument }: RecordedChannel): boolean {
  const adapter = venues.find(({ id }) => instrument.startsWith(`${id}:`))
  if (adapter === undefined) return false
  const request = adapter.book.snapshot.request({ instrument, limit: adapter.book.defaultDepth })
  return survey.answers.has(looseRestKey(adapter.id, request.url))
}
