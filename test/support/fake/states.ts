/** What a resource that is in this state is: no more. */
export const GONE = 'gone'

/** The states that a resource passes through by being looked at. */
export interface States {
  /** The present one first. */
  ahead: readonly string[]
  looks: number
  readonly been: Set<string>
}

export function statesOf(...ahead: readonly string[]): States {
  const states: States = { ahead: [], looks: 0, been: new Set() }
  enter(states, ...ahead)
  return states
}

export function stateOf({ ahead }: States): string {
  return ahead[0] ?? 'unknown'
}

/** From now on it passes through `ahead`. */
export function enter(states: States, ...ahead: readonly string[]): void {
  states.ahead = ahead
  states.looks = 0
  states.been.add(stateOf(states))
}

/** A look that saw the present state, which lasts so many of them; the last state stays. */
export function look(states: States, lasts: number): void {
  states.looks += 1
  if (states.looks >= lasts && states.ahead.length > 1) enter(states, ...states.ahead.slice(1))
}
