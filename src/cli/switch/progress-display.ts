import type { JsonObject } from '../../contract/json.ts'
import { progressLine, stateText } from './progress-line.ts'

/** Where progress is shown: standard error, so that the result stays alone on standard output. */
export interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export interface Display {
  show(seen: JsonObject): void
  say(sentence: string): void
  end(): void
}

/** On a terminal one line that is drawn again and again; elsewhere a line for each state. */
export function progressDisplay(screen: Screen, terminal: string | undefined): Display {
  return screen.isTTY && terminal !== 'dumb' ? redrawn(screen) : lineByLine(screen)
}

const CLEAR = '\r\u001b[2K'

function redrawn(screen: Screen): Display {
  let drawn = ''
  return {
    show(seen) {
      // A terminal that does not know its width says 0.
      drawn = progressLine(seen).slice(0, Math.max(20, (screen.columns || 80) - 1))
      screen.write(`${CLEAR}${drawn}`)
    },
    say(sentence) {
      screen.write(`${CLEAR}${sentence}\n${drawn}`)
    },
    end() {
      if (drawn !== '') screen.write('\n')
    }
  }
}

function lineByLine(screen: Screen): Display {
  let last = ''
  return {
    show(seen) {
      const text = stateText(seen)
      if (text !== last) screen.write(`${text}\n`)
      last = text
    },
    say: (sentence) => void screen.write(`${sentence}\n`),
    end() {}
  }
}
