import type { Command, Input, Option } from './command.ts'
import { COMMANDS, subcommands } from './commands.ts'

/** Prints a script that completes commands, options and their choices. */
export async function completion({ arguments: { SHELL } }: Input): Promise<number> {
  process.stdout.write(SHELL === 'zsh' ? zsh() : bash())
  return 0
}

function bash(): string {
  return `# bash completion of portolan. Load it: source <(portolan completion bash)
_portolan() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" first="" second="" words=""
  local IFS=$'\\n'
  (( COMP_CWORD > 1 )) && first="\${COMP_WORDS[1]}"
  (( COMP_CWORD > 2 )) && second="\${COMP_WORDS[2]}"
${cases()}
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current" | sed 's/ /\\\\ /g')
}
complete -F _portolan portolan
`
}

function zsh(): string {
  return `#compdef portolan
# zsh completion of portolan. Put it as _portolan into a folder of $fpath.
_portolan() {
  local current="\${words[CURRENT]}" previous="\${words[CURRENT-1]}" first="" second=""
  (( CURRENT > 2 )) && first="\${words[2]}"
  (( CURRENT > 3 )) && second="\${words[3]}"
  local -a found
  local words=""
${cases()}
  found=("\${(@f)words}")
  compadd -- $found
}
if [ "$funcstack[1]" = "_portolan" ]; then _portolan "$@"; else compdef _portolan portolan; fi
`
}

/** What may follow, as the same shell code for both: by command and by the option just before. */
function cases(): string {
  const first = [...new Set(COMMANDS.map(({ name }) => name.split(' ')[0] ?? ''))]
  const arms = first.flatMap((word) => armsOf(word))
  return [
    '  case "$first:$second:$previous" in',
    `    ::*) words=${lines([...first, '--help', '--version'])} ;;`,
    ...arms.map(([pattern, words]) => `    ${pattern}) words=${lines(words)} ;;`),
    '  esac'
  ].join('\n')
}

type Arm = readonly [pattern: string, words: readonly string[]]

/** The more special patterns come first. */
function armsOf(first: string): readonly Arm[] {
  const seconds = subcommands(first)
  const own = COMMANDS.find(({ name }) => name === first)
  return [
    ...seconds.flatMap((second) => {
      const command = COMMANDS.find(({ name }) => name === `${first} ${second}`)
      return command ? armsFor(command, `${first}:${second}`) : []
    }),
    ...(own ? valueArms(own, `${first}:*`) : []),
    [`${first}:*:*`, [...seconds, ...(own ? wordsOf(own) : ['--help'])]]
  ]
}

function armsFor(command: Command, pattern: string): readonly Arm[] {
  return [...valueArms(command, pattern), [`${pattern}:*`, wordsOf(command)]]
}

/** After an option that takes a value come its choices, or nothing that could be guessed. */
function valueArms(command: Command, pattern: string): readonly Arm[] {
  return Object.entries(command.options ?? {}).flatMap(([name, option]: [string, Option]) =>
    option.value === undefined ? [] : [[`${pattern}:--${name}`, option.choices ?? []] as const]
  )
}

function wordsOf(command: Command): readonly string[] {
  const choices = command.name === 'help' ? helpWords() : (command.arguments ?? []).flatMap(choicesOf)
  return [...choices, ...Object.keys(command.options ?? {}).map((name) => `--${name}`), '--help']
}

function choicesOf({ choices = [] }: { readonly choices?: readonly string[] }): readonly string[] {
  return choices
}

function helpWords(): readonly string[] {
  return [...new Set(COMMANDS.flatMap(({ name }) => name.split(' ')))]
}

/** One word a line, quoted for both shells. */
function lines(words: readonly string[]): string {
  return `$'${words.join('\\n')}'`
}
