import Table from 'cli-table3'
import { toDurationWords } from './human-time.ts'
import type { Output } from './output.ts'
import type { DemoReport } from './run-demo-flow.ts'

/** Widths of the columns, with a blank on either side of their text. */
const widths = { title: 20, signed: 38, exchanged: 23, answered: 37 }

/** What was signed, exchanged, answered and refused, one row for each flow. */
export function toDemoTable(flows: readonly DemoReport[], { paint }: Pick<Output, 'paint'>): string {
  const table = new Table({
    head: ['Provider', 'Signed', 'Exchanged', 'Answered'].map((head) => paint('bold', head)),
    colWidths: Object.values(widths),
    style: { head: [], border: [] },
  })
  for (const flow of flows)
    table.push([flow.title, signedCell(flow), exchangedCell(flow), answeredCell(flow, paint)])
  return table.toString()
}

function signedCell({ signed }: DemoReport): string {
  if (signed === null) return 'nothing'
  const { header, claims } = signed
  const { iat, exp, ...rest } = claims
  return [
    header.kid === undefined ? header.alg : `${header.alg}, kid ${header.kid}`,
    ...Object.entries(rest).map(([name, value]) => `${name} ${String(value)}`),
    ...(typeof iat === 'number' && typeof exp === 'number' ? [`exp iat + ${exp - iat} s`] : []),
  ]
    .map((line) => fit(line, widths.signed))
    .join('\n')
}

function exchangedCell({ exchanged }: DemoReport): string {
  if (exchanged === null) return 'nothing'
  const { request, scheme, livesSeconds } = exchanged
  return `${request}\n${scheme}, ${toDurationWords(livesSeconds)}`
}

function answeredCell({ answered, refused }: DemoReport, paint: Output['paint']): string {
  const { request, status, body } = answered
  const [method = '', path = ''] = request.split(' ')
  return [
    `${method} ${fitEnd(path, widths.answered - method.length - 1)}`,
    `${paint(status === 200 ? 'green' : 'red', String(status))} ${fit(body, widths.answered - 4)}`,
    fit(`but ${refused.what}`, widths.answered),
    `${paint('yellow', String(refused.status))} ${refused.rule}`,
  ].join('\n')
}

function fit(text: string, width: number): string {
  return text.length <= width - 2 ? text : `${text.slice(0, width - 3)}…`
}

function fitEnd(text: string, width: number): string {
  return text.length <= width - 2 ? text : `…${text.slice(3 - width)}`
}
