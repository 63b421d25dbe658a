import { ConfigError } from './error.ts'

const NAME = /\$\{(TICKWIRE_[A-Z0-9_]{1,64})\}/g
const ONLY_NAME = /^\$\{TICKWIRE_[A-Z0-9_]{1,64}\}$/

/** True for a text that is the name of an environment variable and nothing else: `${TICKWIRE_HOOK_SECRET}`. */
export function isSecretName(text: string): boolean {
  return ONLY_NAME.test(text)
}

/**
 * Puts the values of `${TICKWIRE_…}` into a text of a configuration, where a secret stands only by its name.
 * @param learn told every value, so that no message shows it
 * @throws ConfigError naming a variable that is not set
 */
export function resolveSecrets(
  place: string,
  text: string,
  lookup: (name: string) => string | undefined,
  learn: (secret: string) => void,
): string {
  return text.replace(NAME, (_whole, name: string) => {
    const value = lookup(name)
    if (value === undefined || value === '')
      throw new ConfigError(`${place}: expected ${name} in the environment, found none.`)
    learn(value)
    return value
  })
}
