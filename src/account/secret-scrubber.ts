const HIDDEN = '***'

/** Shorter texts are no secrets worth the damage that their replacement does to a message. */
const LEAST_LENGTH = 6

/**
 * What secrets look like when nobody has told their value: parameters and members by name, a key in the path of a socket,
 * PEM blocks, and long runs of letters and digits, which is what keys, listen keys and hexadecimal signatures are. Each
 * pattern takes linear time.
 */
const PATTERNS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)/g, HIDDEN],
  [/\b((?:signature|listen_?key|listenToken|api_?key|api_?secret|secret|passphrase)=)[^&\s"'#,;]+/gi, `$1${HIDDEN}`],
  [
    /(\\?["']?\b(?:signature|listen_?key|listenToken|api_?key|api_?secret|secret|passphrase)\\?["']?\s?:\s?\\?["'])[^"'\\]*/gi,
    `$1${HIDDEN}`,
  ],
  [/(\bx-[a-z-]{0,20}api-?key["']?\s?[:=]\s?["']?)[^\s"',&*]+/gi, `$1${HIDDEN}`],
  [/(\/(?:ws|stream)\/)[A-Za-z0-9_-]{32,}/g, `$1${HIDDEN}`],
  [/[A-Za-z0-9]{48,}/g, HIDDEN],
]

/** Replaces secrets in texts for people, logs and browsers by `***`: the values it was told, and what looks like one. */
export class SecretScrubber {
  private known: readonly string[] = []

  /** From now on this value, and its percent-encoded form, never stand in a text. */
  learn(value: string): void {
    if (value.length < LEAST_LENGTH) return
    const forms = [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)]
    // The longest first, or the rest of a longer one would be left behind.
    this.known = [...new Set([...this.known, ...forms])].sort((a, b) => b.length - a.length)
  }

  scrub(text: string): string {
    let scrubbed = this.withoutKnown(text)
    for (const [pattern, replacement] of PATTERNS) scrubbed = scrubbed.replace(pattern, replacement)
    return scrubbed
  }

  /** Only the values that were told: for data, where a long run of letters may be an id. */
  withoutKnown(text: string): string {
    let scrubbed = text
    for (const value of this.known) {
      if (scrubbed.includes(value)) scrubbed = scrubbed.replaceAll(value, HIDDEN)
    }
    return scrubbed
  }
}
