import type { Schedule } from './rule.ts'

const MINUTE_US = 60_000_000
const DAY_MINUTES = 1440
/** 1970-01-01 was a Thursday. */
const FIRST_WEEKDAY = 4

/** Whether a rule may fire at this moment. A span over midnight belongs to the day on which it begins. */
export function isScheduled(schedule: Schedule | undefined, atUs: number): boolean {
  if (schedule === undefined) return true
  const minutes = Math.floor(atUs / MINUTE_US)
  const minute = minutes % DAY_MINUTES
  const day = (Math.floor(minutes / DAY_MINUTES) + FIRST_WEEKDAY) % 7
  const { days, fromMinute, toMinute } = schedule
  if (fromMinute < toMinute) return days.includes(day) && minute >= fromMinute && minute < toMinute
  if (minute >= fromMinute) return days.includes(day)
  return minute < toMinute && days.includes((day + 6) % 7)
}
