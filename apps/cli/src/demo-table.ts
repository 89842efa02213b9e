import Table from 'cli-table3'
import { toDurationWords } from './human-time.ts'
import type { Output } from './output.ts'
import type { DemoReport } from './run-demo-flow.ts'

type Widths = Readonly<Record<'title' | 'signed' | 'exchanged' | 'answered', number>>

/** Widths of the columns, with a blank on either side of their text. */
const fullWidths: Widths = { title: 20, signed: 38, exchanged: 23, answered: 37 }
const borders = 5
/** Below this nothing of a cell can be read. */
const leastColumns = 60

/** What was signed, exchanged, answered and refused, one row for each flow, as wide as the terminal at most. */
export function toDemoTable(
  flows: readonly DemoReport[],
  { paint, columns }: Pick<Output, 'paint' | 'columns'>,
): string {
  const widths = fitWidths(columns)
  const table = new Table({
    head: ['Provider', 'Signed', 'Exchanged', 'Answered'].map((head) => paint('bold', head)),
    colWidths: Object.values(widths),
    style: { head: [], border: [] },
  })
  for (const flow of flows)
    table.push([
      flow.title,
      signedCell(flow, widths.signed),
      exchangedCell(flow),
      answeredCell(flow, widths.answered, paint),
    ])
  return table.toString()
}

/** The columns, all made narrower by the same part where the terminal has no room for them. */
function fitWidths(columns: number | undefined): Widths {
  const full = Object.values(fullWidths).reduce((sum, width) => sum + width, borders)
  if (columns === undefined || columns >= full) return fullWidths
  const share = (Math.max(columns, leastColumns) - borders) / (full - borders)
  return Object.fromEntries(
    Object.entries(fullWidths).map(([name, width]) => [name, Math.floor(width * share)]),
  ) as Widths
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

function exchangedCell({ exchanged }: DemoReport): string {
  if (exchanged === null) return 'nothing'
  const { request, scheme, livesSeconds } = exchanged
  return `${request}\n${scheme}, ${toDurationWords(livesSeconds)}`
}

function answeredCell({ answered, refused }: DemoReport, width: number, paint: Output['paint']): string {
  const { request, status, body } = answered
  const [method = '', path = ''] = request.split(' ')
  return [
    `${method} ${fitEnd(path, width - method.length - 1)}`,
    `${paint(status === 200 ? 'green' : 'red', String(status))} ${fit(body, width - 4)}`,
    fit(`but ${refused.what}`, width),
    `${paint('yellow', String(refused.status))} ${refused.rule}`,
  ].join('\n')
}

function fit(text: string, width: number): string {
  return text.length <= width - 2 ? text : `${text.slice(0, width - 3)}…`
}

function fitEnd(text: string, width: number): string {
  return text.length <= width - 2 ? text : `…${text.slice(3 - width)}`
}
