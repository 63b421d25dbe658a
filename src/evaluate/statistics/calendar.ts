const DAY_US = 86_400_000_000

/** `2024-08-09` (UTC). Computed, because nothing below the command line knows a calendar of its own. Source: the civil-from-days method. */
export function dateOf(timeUs: number): string {
  const shifted = Math.floor(timeUs / DAY_US) + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  // Years of this method begin in March.
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}

/** `2024-08`. */
export function monthOf(timeUs: number): string {
  return dateOf(timeUs).slice(0, 7)
}

/** 0 to 23, UTC. */
export function hourOf(timeUs: number): number {
  return Math.floor((timeUs % DAY_US) / 3_600_000_000)
}

/** `2024-08-09 14:03:05` (UTC). */
export function momentOf(timeUs: number): string {
  const seconds = Math.floor((timeUs % DAY_US) / 1_000_000)
  const part = (value: number): string => String(Math.floor(value) % 60).padStart(2, '0')
  return `${dateOf(timeUs)} ${String(Math.floor(seconds / 3600)).padStart(2, '0')}:${part(seconds / 60)}:${part(seconds)}`
}
