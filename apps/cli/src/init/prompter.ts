import type { Writable } from 'node:stream'
import type { WriteStream } from 'node:tty'
import type { CANCEL_SYMBOL } from '@clack/prompts'
import type { Provider } from '@countersign/core'
import { escapeHiddenCharacters } from '@countersign/core/provider'
import type { Io, Terminal } from '../io.ts'
import type { NewKey } from '../keys/make-key.ts'
import { escapeControls, wrapLines } from '../output.ts'
import type { Flags } from '../provider-options.ts'

/** One answer out of several. */
export interface Choice<Value extends string> {
  value: Value
  label: string
  hint?: string | undefined
}

/** A question that is answered by a line of text. */
export interface TextQuestion {
  title: string
  help?: string | undefined
  /** Shown while nothing is typed. */
  example?: string | undefined
  /** Filled in at the start, to be edited. */
  initial?: string | undefined
  /** Says what is wrong with an answer; it is asked again then. */
  check(answer: string): Promise<string | undefined>
}

/** Asks a person. Each question throws {@link CancelledError} when it is answered by Ctrl-C. */
export interface Prompter {
  choose<Value extends string>(
    title: string,
    choices: readonly Choice<Value>[],
    initial?: Value,
  ): Promise<Value>
  chooseAny<Value extends string>(
    title: string,
    choices: readonly Choice<Value>[],
    initial: readonly Value[],
  ): Promise<readonly Value[]>
  ask(question: TextQuestion): Promise<string>
  /** The same for what the screen must not show. */
  askHidden(question: Pick<TextQuestion, 'title' | 'help' | 'check'>): Promise<string>
  confirm(title: string, initial: boolean): Promise<boolean>
  /** Says something between two questions. */
  say(level: 'info' | 'warn', text: string): void
}

/** The bar before each line, and the blanks between them. */
const barWidth = 3

type Asked<Value> = Promise<Value | typeof CANCEL_SYMBOL>

/** Asks at a terminal, in colour where that is wanted. */
export async function createPrompter(
  { input, output }: Terminal,
  { colour }: { colour: boolean },
): Promise<Prompter> {
  const clack = await import('@clack/prompts')
  const terminal: Terminal = { input, output: colour ? output : withoutColours(output) }
  /** Puts a question; Ctrl-C, Escape, Ctrl-D and the end of the input end it. */
  const put = async <Value>(question: (common: Terminal & { signal: AbortSignal }) => Asked<Value>) => {
    const controller = new AbortController()
    const abort = () => controller.abort()
    const onKey = (_text: unknown, key: { ctrl?: boolean; name?: string } | undefined) => {
      if (key?.ctrl === true && key.name === 'd') abort()
    }
    input.on('keypress', onKey).once('end', abort)
    try {
      const answer = await question({ ...terminal, signal: controller.signal })
      if (clack.isCancel(answer)) throw new CancelledError()
      return answer as Value
    } finally {
      input.off('keypress', onKey).off('end', abort)
    }
  }
  /** Text broken at words to the width between the bar of the library and the edge of the terminal. */
  const wrap = (text: string) => {
    const { columns } = output as Partial<WriteStream>
    return wrapLines(text, columns === undefined ? undefined : Math.max(columns - barWidth, 1))
  }
  const message = (title: string, help: string | undefined) =>
    [title, ...(help === undefined ? [] : [help])]
      .flatMap((text) => wrap(escapeHiddenCharacters(text)).split('\n'))
      .join(`\n${clack.S_BAR}  `)
  const wrapError = (text: string | undefined) =>
    text === undefined ? undefined : wrap(text).replaceAll('\n', `\n${' '.repeat(barWidth)}`)
  const options = <Value extends string>(choices: readonly Choice<Value>[]) =>
    choices.map(({ value, label, hint }) => ({
      value: value as string,
      label: escapeHiddenCharacters(label),
      ...(hint && { hint: escapeHiddenCharacters(hint) }),
    }))
  return {
    choose: async <Value extends string>(
      title: string,
      choices: readonly Choice<Value>[],
      initial?: Value,
    ) => {
      const before = initial === undefined ? {} : { initialValue: initial as string }
      const answer = await put((common) =>
        clack.select({
          ...common,
          message: wrap(escapeHiddenCharacters(title)),
          options: options(choices),
          ...before,
        }),
      )
      return answer as Value
    },
    chooseAny: async <Value extends string>(
      title: string,
      choices: readonly Choice<Value>[],
      initial: readonly Value[],
    ) => {
      const before = { initialValues: [...initial] as string[], required: false }
      const answer = await put((common) =>
        clack.multiselect({
          ...common,
          message: wrap(escapeHiddenCharacters(title)),
          options: options(choices),
          ...before,
        }),
      )
      return answer as Value[]
    },
    async ask({ title, help, example, initial, check }) {
      const answer = await put((common) =>
        clack.text({
          ...common,
          message: message(title, help),
          ...(example === undefined ? {} : { placeholder: example }),
          ...(initial === undefined ? {} : { initialValue: initial }),
          validate: async (text = '') => wrapError(await check(text.trim())),
        }),
      )
      return answer.trim()
    },
    askHidden: ({ title, help, check }) =>
      put((common) =>
        clack.password({
          ...common,
          message: message(title, help),
          validate: async (text = '') => wrapError(await check(text)),
        }),
      ),
    confirm: (title, initialValue) =>
      put((common) =>
        clack.confirm({ ...common, message: wrap(escapeHiddenCharacters(title)), initialValue }),
      ),
    say: (level, text) => clack.log[level](wrap(escapeControls(text)), terminal),
  }
}

/** The same stream, to which colours are not passed on: the library looks at variables only. */
function withoutColours(output: Writable): Writable {
  return new Proxy(output, {
    get(target, name) {
      if (name === 'write')
        return (chunk: unknown) =>
          // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours begin with
          target.write(String(chunk).replace(/\u001B\[[\d;]*m/g, ''))
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** The person ended the questions: with Ctrl-C, Escape, or by the answer that says so. */
export class CancelledError extends Error {
  override readonly name = 'CancelledError'
  readonly code = 'CANCELLED'

  constructor() {
    super('nothing was written.')
  }
}

/** What is asked, of whom, and what is known already. */
export interface Interview {
  provider: Provider
  /** Answers that were given on the command line: their questions are not asked. */
  flags: Flags
  /** Absent where nobody is to be asked. */
  prompter: Prompter | undefined
  /** What the profile of that name holds, or what was answered before. */
  suggested: Readonly<Record<string, unknown>>
  /** Name of the profile. */
  name: string
  /** The file that the profile will stand in. */
  file: string
  /** Whether that is the file of the current folder. */
  local: boolean
  /** Whether a key is made, where nobody is asked. */
  generateKey: boolean
  /** A key that was made for earlier answers, and is not written yet. */
  made?: NewKey | undefined
  io: Io
}
