import { toDurationWords } from '@countersign/core/provider'
import Table from 'cli-table3'
import type { Output } from './output.ts'
import type { DemoReport } from './run-demo-flow.ts'

type Widths = Readonly<Record<'title' | 'signed' | 'exchanged' | 'answered', number>>

/** Widths of the columns, with a blank on either side of their text. */
const fullWidths: Widths = { title: 20, signed: 38, exchanged: 23, answered: 37 }
const borders = 5
/** Below this nothing of a cell can be read. */
const leastColumns = 60
/** What the signed column keeps when others need room. */
const leastSigned = 12

/** What was signed, exchanged, answered and refused, one row for each flow, as wide as the terminal at most. */
export function toDemoTable(
  flows: readonly DemoReport[],
  { paint, columns }: Pick<Output, 'paint' | 'columns'>,
): string {
  const widths = fitWidths(columns, flows)
  const table = new Table({
    head: ['Provider', 'Signed', 'Exchanged', 'Answered'].map((head) => paint('bold', head)),
    colWidths: Object.values(widths),
    style: { head: [], border: [] },
  })
  for (const flow of flows)
    table.push([
      wrap(flow.title, widths.title),
      signedCell(flow, widths.signed),
      exchangedCell(flow, widths.exchanged),
      answeredCell(flow, widths.answered, paint),
    ])
  return table.toString()
}

/**
 * The columns, all made narrower by the same part where the terminal has no room for them; then those whose
 * longest word would be broken take what they need from the signed column, of which a beginning is enough.
 */
function fitWidths(columns: number | undefined, flows: readonly DemoReport[]): Widths {
  const full = Object.values(fullWidths).reduce((sum, width) => sum + width, borders)
  if (columns === undefined || columns >= full) return fullWidths
  const share = (Math.max(columns, leastColumns) - borders) / (full - borders)
  const widths = Object.fromEntries(
    Object.entries(fullWidths).map(([name, width]) => [name, Math.floor(width * share)]),
  ) as Record<keyof Widths, number>
  const wordsOf = {
    title: flows.map(({ title }) => title),
    answered: flows.flatMap(({ refused }) => [refused.what, refused.rule]),
    exchanged: flows.map(({ exchanged }) => exchanged?.request ?? ''),
  }
  for (const [name, texts] of Object.entries(wordsOf) as [keyof typeof wordsOf, string[]][]) {
    const longest = Math.max(...texts.flatMap((text) => text.split(' ')).map((word) => word.length))
    const taken = Math.min(longest + 2 - widths[name], widths.signed - leastSigned)
    if (taken <= 0) continue
    widths[name] += taken
    widths.signed -= taken
  }
  widths.signed += Math.max(columns, leastColumns) - borders - Object.values(widths).reduce((a, b) => a + b)
  return widths
}

function signedCell({ signed }: DemoReport, width: number): string {
  if (signed === null) return 'nothing'
  const { header, claims } = signed
  const { iat, exp, ...rest } = claims
  return [
    header.kid === undefined ? header.alg : `${header.alg}, kid ${header.kid}`,
    ...Object.entries(rest).map(([name, value]) => `${name} ${String(value)}`),
    ...(typeof iat === 'number' && typeof exp === 'number' ? [`exp iat + ${exp - iat} s`] : []),
  ]
    .map((line) => fit(line, width))
    .join('\n')
}

function exchangedCell({ exchanged }: DemoReport, width: number): string {
  if (exchanged === null) return 'nothing'
  const { request, scheme, livesSeconds } = exchanged
  return [request, `${scheme}, ${toDurationWords(livesSeconds)}`].map((line) => wrap(line, width)).join('\n')
}

function answeredCell({ answered, refused }: DemoReport, width: number, paint: Output['paint']): string {
  const { request, status, body } = answered
  const colour = status === 200 ? 'green' : 'red'
  return [
    wrap(request, width),
    `${paint(colour, String(status))} ${fit(body, width - 4)}`,
    wrap(`but ${refused.what}`, width),
    paintFirst(wrap(`${refused.status} ${refused.rule}`, width), (text) => paint('yellow', text)),
  ].join('\n')
}

function paintFirst(text: string, paint: (text: string) => string): string {
  return text.replace(/^\S+/, paint)
}

/** For bodies and claims, of which a beginning is enough. */
function fit(text: string, width: number): string {
  return text.length <= width - 2 ? text : `${text.slice(0, width - 3)}…`
}

/** All of a text, on lines that fit: broken between words, in a path that is too long between its parts. */
function wrap(text: string, width: number): string {
  const room = Math.max(width - 2, 1)
  const parts = text
    .split(' ')
    .flatMap((word) => fill(word.length <= room ? [word] : (word.match(partOfPath) ?? []), '', room))
  return fill(parts, ' ', room).join('\n')
}

const partOfPath = /[/?&]?[^/?&]+|[/?&]/g

/** As many parts on each line as there is room for; what is longer than a line is broken anywhere. */
function fill(parts: readonly string[], joint: string, room: number): string[] {
  const lines: string[] = []
  for (const part of parts) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + joint.length + part.length <= room)
      lines[lines.length - 1] = last + joint + part
    else for (let at = 0; at < part.length; at += room) lines.push(part.slice(at, at + room))
  }
  return lines
}
