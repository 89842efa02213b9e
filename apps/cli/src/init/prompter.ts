import type { Readable, Writable } from 'node:stream'
import { CancelledError } from './cancelled.ts'

/** The streams of a terminal at which a person sits. */
export interface Terminal {
  input: Readable
  output: Writable
}

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
  /** Stands there already, to be changed. */
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

/** Asks at a terminal. */
export async function createPrompter(terminal: Terminal): Promise<Prompter> {
  const clack = await import('@clack/prompts')
  const answered = <Value>(answer: Value | typeof clack.CANCEL_SYMBOL): Value => {
    if (clack.isCancel(answer)) throw new CancelledError()
    return answer
  }
  const message = (title: string, help: string | undefined) =>
    help === undefined ? title : `${title}\n${clack.S_BAR}  ${help}`
  const options = <Value extends string>(choices: readonly Choice<Value>[]) =>
    choices.map(({ value, label, hint }) => (hint === undefined ? { value, label } : { value, label, hint }))
  return {
    async choose<Value extends string>(
      title: string,
      choices: readonly Choice<Value>[],
      initialValue?: Value,
    ) {
      const given = initialValue === undefined ? {} : { initialValue }
      const answer = await clack.select<string>({
        ...terminal,
        message: title,
        options: options(choices),
        ...given,
      })
      return answered(answer) as Value
    },
    async chooseAny<Value extends string>(
      title: string,
      choices: readonly Choice<Value>[],
      initial: readonly Value[],
    ) {
      const answer = await clack.multiselect<string>({
        ...terminal,
        message: title,
        options: options(choices),
        initialValues: [...initial],
        required: false,
      })
      return answered(answer) as Value[]
    },
    async ask({ title, help, example, initial, check }) {
      const answer = await clack.text({
        ...terminal,
        message: message(title, help),
        ...(example === undefined ? {} : { placeholder: example }),
        ...(initial === undefined ? {} : { initialValue: initial }),
        validate: (text = '') => check(text.trim()),
      })
      return answered(answer).trim()
    },
    async askHidden({ title, help, check }) {
      return answered(
        await clack.password({
          ...terminal,
          message: message(title, help),
          validate: (text = '') => check(text),
        }),
      )
    },
    async confirm(title, initialValue) {
      return answered(await clack.confirm({ ...terminal, message: title, initialValue }))
    },
    say(level, text) {
      clack.log[level](text, terminal)
    },
  }
}
