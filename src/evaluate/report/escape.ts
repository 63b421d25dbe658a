const NAMES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
])

/** For text and attributes of HTML: symbols and file names are foreign text. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, sign => NAMES.get(sign) ?? sign)
}
