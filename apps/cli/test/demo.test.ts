import { createFixedClock } from '@countersign/testing'
import { expect, test } from 'vitest'
import { loadProviders } from '../src/providers.ts'
import { runCommand } from './run-command.ts'

interface Demo {
  flows: {
    title: string
    signed: { header: { alg: string }; claims: Record<string, unknown> } | null
    exchanged: { request: string; livesSeconds: number } | null
    answered: { status: number }
    refused: { status: number; rule: string }
  }[]
}

test('all flows are answered 200, and each mistake is refused by the rule that it breaks', async () => {
  const { stdout, exitCode } = await runCommand(['demo', '--json'])
  expect(exitCode).toBe(0)
  const { flows } = JSON.parse(stdout) as Demo
  expect(
    flows.map(({ title, signed, exchanged, answered, refused }) => [
      title,
      signed?.header.alg ?? null,
      exchanged?.request ?? null,
      answered.status,
      refused.rule,
    ]),
  ).toEqual(
    expect.arrayContaining([
      ['Speeda', 'RS256', 'POST /token', 200, 'speeda.replay'],
      ['CData', 'RS256', null, 200, 'cdata.sub-required'],
      ['UTGL', 'RS256', null, 200, 'utgl.uri'],
      ['Victor, client JWT', 'RS512', null, 200, 'victor.scheme'],
      ['Victor, OAuth key', null, 'POST /v2/auth/token', 200, 'victor.access-token'],
      ['PaymentsGate', null, 'POST /auth/token', 200, 'paymentsgate.access-token'],
    ]),
  )
  expect(flows).toHaveLength((await loadProviders()).flatMap(({ credentialSets }) => credentialSets).length)
  expect(stdout).not.toMatch(/eyJ|BEGIN|LS0tLS1/)
})

test('the table fits a terminal and shows the same', async () => {
  const { stdout, stderr, exitCode } = await runCommand(['demo'])
  expect(exitCode).toBe(0)
  for (const words of ['Speeda', 'UTGL', 'POST /auth/token', 'utgl.uri', 'RS512'])
    expect(stdout).toContain(words)
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(124)
  expect(stderr).toContain('All flows were answered 200')
})

test.each([60, 80])('at %d columns every rule and every mistake is whole', async (columns) => {
  const { stdout } = await runCommand(['demo', '--no-color'], { isTTY: true, columns })
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns)
  const cells = stdout.split('\n').map((line) => line.split('│')[4] ?? '')
  const shown = cells.map((cell) => cell.trim()).join('')
  for (const rule of [
    'speeda.replay',
    'cdata.sub-required',
    'victor.access-token',
    'paymentsgate.access-token',
  ])
    expect(shown).toContain(rule)
  for (const whole of columns < 80
    ? []
    : ['│ PaymentsGate ', ' /v2/auth/token ', '/companies?country=KOR ', 'exp iat + 300 s '])
    expect(stdout).toContain(whole)
  expect(shown.replaceAll(' ', '')).toContain('but the JWT under Bearer'.replaceAll(' ', ''))
})

test('in a pipe the table is as wide as COLUMNS says, and lifetimes are those of the providers', async () => {
  const { stdout } = await runCommand(['demo', '--json'], { clock: createFixedClock() })
  const { flows } = JSON.parse(stdout) as Demo
  expect(
    Object.fromEntries(flows.map(({ title, exchanged }) => [title, exchanged?.livesSeconds])),
  ).toMatchObject({ Speeda: 300, CData: undefined, 'Victor, OAuth key': 3600, PaymentsGate: 3600 })
  const table = (await runCommand(['demo'], { env: { COLUMNS: '80' } })).stdout
  expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
})

test('a flow that is not answered 200 exits 1', async () => {
  const spoilt: typeof fetch = async (input, init) => {
    const answer = await fetch(input, init)
    return String(input).includes('/ping') ? new Response('{}', { status: 500 }) : answer
  }
  const { stderr, exitCode } = await runCommand(['demo', '--json'], { fetch: spoilt })
  expect(exitCode).toBe(1)
  expect(stderr).toContain('UTGL')
})
