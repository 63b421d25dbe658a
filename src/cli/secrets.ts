import { SecretScrubber } from '../account/secret-scrubber.ts'

/** What this process knows of secrets; the log, the messages of errors and the server write nothing past it. */
export const secrets: SecretScrubber = new SecretScrubber()
