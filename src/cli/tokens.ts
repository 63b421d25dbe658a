import { secrets } from './secrets.ts'

const NAMES = ['TICKWIRE_TOKEN', 'TICKWIRE_ACCOUNT_TOKEN'] as const

const taken = new Map<string, string>()

/** Takes the tokens of the server out of the environment, so that no child process and no crash report has them. */
export function takeTokens(environment: NodeJS.ProcessEnv): void {
  for (const name of NAMES) {
    const token = environment[name]
    if (token === undefined) continue
    taken.set(name, token)
    secrets.learn(token)
    delete environment[name]
  }
}

export function tokenOf(name: (typeof NAMES)[number]): string | undefined {
  return taken.get(name)
}
