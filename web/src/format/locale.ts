const FALLBACK = 'en-US'

/**
 * The browser's language, or en-US where `Intl` does not take it: headless browsers with a POSIX locale report tags such as
 * `en-US@posix`, on which formatters throw and chart libraries fail to draw.
 */
export const locale: string = usable(navigator.language) ? navigator.language : FALLBACK

function usable(tag: string): boolean {
  try {
    return new Intl.NumberFormat(tag).format(1) !== ''
  } catch {
    return false
  }
}

// uPlot reads navigator.language itself while it is loaded and throws on such a tag: this module must be imported first.
if (navigator.language !== locale) Object.defineProperty(navigator, 'language', { value: locale, configurable: true })
