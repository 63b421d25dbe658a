/** A defect planted in the client: the simulation must notice it. */
export interface Mutant {
  readonly name: string
  /** What the defect is, and which fault of the catalogue it stands for. */
  readonly what: string
  /** Below src/. */
  readonly file: string
  /** Text that stands exactly once in the file. */
  readonly find: string
  readonly replace: string
}
