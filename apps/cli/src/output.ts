import { styleText } from 'node:util'
import { escapeHiddenCharacters } from '@countersign/core/provider'
import type { Io, Sink } from './io.ts'

type Style = Parameters<typeof styleText>[0]

/** The options that every command takes. */
export interface GlobalOptions {
  json?: boolean
  quiet?: boolean
  verbose?: boolean
  color?: boolean
}

/** Where a command writes: results to stdout, messages to stderr. */
export interface Output {
  readonly json: boolean
  readonly verbose: boolean
  /** The width of the terminal; `undefined` where stdout is not a terminal. */
  readonly columns: number | undefined
  /** A result, followed by a newline; every line stays as it is. */
  result(text: string): void
  /** A result in sentences: long lines are wrapped at words, to the width of the terminal. */
  prose(text: string): void
  /** The one value of `--json`, on one line. */
  value(value: unknown): void
  /** The same, already written as JSON: numbers stay as they are, however long. */
  jsonText(text: string): void
  /** A message for people, wrapped; nothing with `--quiet`. */
  talk(text: string): void
  /** A message for `--verbose` only. */
  detail(text: string): void
  /** What went wrong, `<CODE>: text`, wrapped; also with `--quiet`. */
  error(code: string, text: string): void
  /** Text for stdout in a colour, where colours are wanted. */
  paint(style: Style, text: string): string
  /** The same for stderr. */
  paintTalk(style: Style, text: string): string
}

/** The same text without characters that a terminal obeys or that nobody sees; tabs and line ends stay. */
export function escapeControls(text: string): string {
  return escapeHiddenCharacters(text, { lines: true })
}

/** Lines that are wider than the terminal, broken at spaces; what follows is indented like the text of the line. */
export function wrapLines(text: string, columns: number | undefined): string {
  if (columns === undefined) return text
  return text
    .split('\n')
    .map((line) => wrapLine(line, columns))
    .join('\n')
}

function wrapLine(line: string, columns: number): string {
  if (widthOf(line) <= columns) return line
  const [lead = ''] = leadOfLine.exec(line) ?? []
  const indent = ' '.repeat(widthOf(lead))
  const lines: string[] = []
  let current = ''
  for (const word of line.slice(lead.length).split(' ')) {
    const longer = current === '' ? word : `${current} ${word}`
    if (current !== '' && indent.length + widthOf(longer) > columns) {
      lines.push(current.trimEnd())
      current = word
    } else current = longer
  }
  return lead + [...lines, current].join(`\n${indent}`)
}

/** Blanks, and the sign of a finding or a rule. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
const leadOfLine = /^ *(?:(?:\u001b\[\d+m)?[✓✗!·](?:\u001b\[\d+m)? )?/

/** The characters that are seen of a text. */
function widthOf(text: string): number {
  return text.replace(ownColours, '').length
}

/** The escapes of {@link Output.paint}: bold, dim and the plain colours. Others could hide text or move it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
const ownColours = /\u001b\[(?:[12]|22|3[0-79])m/g

function escapeAllButColours(text: string): string {
  const colours = text.match(ownColours) ?? []
  const parts = text.split(ownColours).map(escapeControls)
  return parts.map((part, index) => part + (colours[index] ?? '')).join('')
}

/** Makes the two streams follow `--json`, `--quiet`, `--verbose` and all that decides about colours. */
export function createOutput({ stdout, stderr, env }: Io, options: GlobalOptions): Output {
  const { json = false, quiet = false, verbose = false } = options
  const write = (sink: Sink, text: string) => {
    const toSafe = wantsColour(sink, env, options) ? escapeAllButColours : escapeControls
    sink.write(`${toSafe(text)}\n`)
  }
  const wrap = (sink: Sink, text: string) => wrapLines(text, sink.isTTY === true ? sink.columns : undefined)
  const painter = (sink: Sink) => {
    const coloured = wantsColour(sink, env, options)
    return (style: Style, text: string) =>
      coloured ? styleText(style, text, { validateStream: false }) : text
  }
  const paintTalk = painter(stderr)
  return {
    json,
    verbose,
    columns: stdout.columns,
    result: (text) => write(stdout, text),
    prose: (text) => write(stdout, wrap(stdout, text)),
    value: (value) => write(stdout, JSON.stringify(value)),
    jsonText: (text) => write(stdout, text),
    talk: (text) => {
      if (!quiet) write(stderr, wrap(stderr, text))
    },
    detail: (text) => {
      if (verbose) write(stderr, text)
    },
    error: (code, text) => write(stderr, wrap(stderr, `${paintTalk('red', `${code}:`)} ${text}`)),
    paint: painter(stdout),
    paintTalk,
  }
}

/**
 * Whether what is written to a stream is in colour. The first of these that speaks decides: `--no-color`;
 * `FORCE_COLOR`, where `0` and `false` mean no; `NO_COLOR`; whether the stream is a terminal that has
 * colours. Empty variables count as not set.
 */
export function wantsColour(sink: Sink, env: Io['env'], { color = true }: { color?: boolean } = {}): boolean {
  if (!color) return false
  const forced = env['FORCE_COLOR'] ?? ''
  if (forced !== '') return forced !== '0' && forced !== 'false'
  return (env['NO_COLOR'] ?? '') === '' && sink.isTTY === true && env['TERM'] !== 'dumb'
}
