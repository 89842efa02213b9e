import { styleText } from 'node:util'
import { wantsColour } from './colour.ts'
import type { Io, Sink } from './io.ts'

type Style = Parameters<typeof styleText>[0]

/** The options that every command takes. */
export interface GlobalOptions {
  json?: boolean
  quiet?: boolean
  verbose?: boolean
  color?: boolean
}

/** How a command speaks: results to stdout, talk to stderr. */
export interface Output {
  readonly json: boolean
  readonly verbose: boolean
  /** How many characters a line of the screen takes; `undefined` where stdout is no terminal. */
  readonly columns: number | undefined
  /** A result, followed by a newline. */
  result(text: string): void
  /** The one value of `--json`, on one line. */
  value(value: unknown): void
  /** Talk for people; nothing with `--quiet`. */
  talk(text: string): void
  /** Talk for `--verbose` only. */
  detail(text: string): void
  /** Text for stdout in a colour, where colours are wanted. */
  paint(style: Style, text: string): string
  /** The same for stderr. */
  paintTalk(style: Style, text: string): string
}

/** Makes the two streams follow `--json`, `--quiet`, `--verbose` and all that decides about colours. */
export function createOutput({ stdout, stderr, env }: Io, options: GlobalOptions): Output {
  const { json = false, quiet = false, verbose = false } = options
  const painter = (sink: Sink) => {
    const coloured = wantsColour(sink, env, options)
    return (style: Style, text: string) =>
      coloured ? styleText(style, text, { validateStream: false }) : text
  }
  return {
    json,
    verbose,
    columns: stdout.columns,
    result: (text) => void stdout.write(`${text}\n`),
    value: (value) => void stdout.write(`${JSON.stringify(value)}\n`),
    talk: (text) => {
      if (!quiet) stderr.write(`${text}\n`)
    },
    detail: (text) => {
      if (verbose) stderr.write(`${text}\n`)
    },
    paint: painter(stdout),
    paintTalk: painter(stderr),
  }
}
