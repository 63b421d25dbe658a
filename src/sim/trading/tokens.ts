import type { Chance } from '../market/chance.ts'

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Letters and digits by chance, as the venue makes client ids (22) and listen keys (64); a seed repeats them. */
export function token(chance: Chance, length: number): string {
  let text = ''
  for (let count = 0; count < length; count++) text += letters[Math.floor(chance.next() * letters.length)] ?? 'A'
  return text
}
