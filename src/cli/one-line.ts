/** Messages of other programs (OpenSSL ends its own with a line feed) stay one line of ours. */
export function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ').trim()
}
