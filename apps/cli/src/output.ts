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
  /** The same, already written as JSON: numbers stay as they are, however long. */
  jsonText(text: string): void
  /** Talk for people; nothing with `--quiet`. */
  talk(text: string): void
  /** Talk for `--verbose` only. */
  detail(text: string): void
  /** Text for stdout in a colour, where colours are wanted. */
  paint(style: Style, text: string): string
  /** The same for stderr. */
  paintTalk(style: Style, text: string): string
}

/**
 * The same text without characters that a terminal obeys or that change the order of the text around them:
 * control characters (C0 except tab and line ends, DEL, C1) and the marks of bidirectional text, as `\\u009b`.
 * In JSON text the result is the same value.
 */
export function escapeControls(text: string): string {
  return text.replace(
    /(?!\t|\n|\r\n)[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
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
    value: (value) => void stdout.write(`${escapeControls(JSON.stringify(value))}\n`),
    jsonText: (text) => void stdout.write(`${escapeControls(text)}\n`),
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
