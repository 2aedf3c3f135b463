/** One option of a command, `--name`. */
export interface Option {
  readonly help: string
  /** What the value is called in help; absent: a switch without value. */
  readonly value?: string
  /** The only values there are; offered by completion, too. */
  readonly choices?: readonly string[]
  readonly isRequired?: true
  /** May be given more than once; found in `lists`. */
  readonly isRepeated?: true
}

export interface Argument {
  readonly name: string
  readonly help: string
  readonly isOptional?: true
  readonly choices?: readonly string[]
}

/** What was typed, checked against the command's own description. */
export interface Input {
  /** By the argument's name. */
  readonly arguments: Readonly<Record<string, string>>
  readonly options: Readonly<Record<string, string | true>>
  /** Values of options that may be repeated, where one was given. */
  readonly lists: Readonly<Record<string, readonly string[]>>
}

/** Answers the exit code; nothing while the program goes on running. Throws what is told in one sentence. */
export type Run = (input: Input) => Promise<number | undefined>

/** A line of the table that drives help, completion and dispatch. */
export interface Command {
  /** One or two words. */
  readonly name: string
  readonly summary: string
  readonly arguments?: readonly Argument[]
  readonly options?: Readonly<Record<string, Option>>
  /** More of its help; lines as they are printed. */
  readonly details?: readonly string[]
  readonly example: readonly string[]
  /** It asks a running broker. */
  readonly isLive?: true
  /** Loaded only when it runs, so that help is fast. */
  readonly load: () => Promise<Run>
}
