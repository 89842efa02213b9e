import Table from 'cli-table3'
import { toDurationWords } from './human-time.ts'
import type { Output } from './output.ts'
import type { DemoReport } from './run-demo-flow.ts'

const widths = [14, 42, 26, 40]
const longestBody = 70

/** What was signed, exchanged, answered and refused, one row for each flow. */
export function toDemoTable(flows: readonly DemoReport[], { paint }: Pick<Output, 'paint'>): string {
  const heads = ['Provider', 'Signed', 'Exchanged', 'Answered, and a mistake refused']
  const table = new Table({
    head: heads.map((head) => paint('bold', head)),
    colWidths: widths,
    wordWrap: true,
    style: { head: [], border: [] },
  })
  for (const flow of flows)
    table.push([flow.title, signedCell(flow), exchangedCell(flow), answeredCell(flow, paint)])
  return table.toString()
}

function signedCell({ signed }: DemoReport): string {
  if (signed === null) return 'nothing'
  const { header, claims } = signed
  const lines = [header.alg, ...(header.kid === undefined ? [] : [`kid ${header.kid}`])].join(', ')
  const { iat, exp, ...rest } = claims
  const shown = Object.entries(rest).map(
    ([name, value]) => `${name} ${shorten(String(value), 34 - name.length)}`,
  )
  const life = typeof iat === 'number' && typeof exp === 'number' ? [`exp iat + ${exp - iat} s`] : []
  return [lines, ...shown, ...life].join('\n')
}

function exchangedCell({ exchanged }: DemoReport): string {
  if (exchanged === null) return 'nothing'
  const { request, scheme, livesSeconds } = exchanged
  return `${request}\n${scheme} token,\n${toDurationWords(livesSeconds)}`
}

function answeredCell({ answered, refused }: DemoReport, paint: Output['paint']): string {
  const { request, status, body } = answered
  return [
    request,
    `${paint(status === 200 ? 'green' : 'red', String(status))} ${shorten(body, longestBody)}`,
    '',
    refused.what,
    `${paint('yellow', String(refused.status))} ${refused.rule}`,
  ].join('\n')
}

function shorten(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`
}
