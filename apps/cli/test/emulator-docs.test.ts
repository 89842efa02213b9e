import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { fixedKeys } from '@countersign/fixtures'
import { expect, test } from 'vitest'
import { controlRoutes } from '../src/emulator/control.ts'
import { faultForms } from '../src/emulator/faults.ts'
import { createScratch } from './run-command.ts'
import { withEmulator } from './with-emulator.ts'

const page = await readFile(new URL('../../../docs/emulators.md', import.meta.url), 'utf8')
const bin = new URL('../src/bin.ts', import.meta.url).pathname

/** What a shell makes of a command line that calls curl: its arguments. */
async function toArguments(line: string, cwd: string): Promise<string[]> {
  const script = `curl() { printf '%s\\0' "$@"; }
    countersign() { "${process.execPath}" --conditions=@countersign/source "${bin}" "$@"; }
    ${line}`
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', script], { cwd })
  return stdout.split('\0').slice(0, -1)
}

/** What curl does with the few options of the page. */
async function asCurl(args: readonly string[], port: string): Promise<Response> {
  const url = (args.at(-1) ?? '').replace('http://127.0.0.1:4400/', `http://127.0.0.1:${port}/`)
  const [option, value] = args.slice(0, -1)
  if (option === undefined || option === '--no-buffer') return fetch(url)
  if (option === '--request' && value !== undefined) return fetch(url, { method: value })
  if (option !== '--json' || value === undefined) throw new Error(`What is ${option}?`)
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  return fetch(url, { method: 'POST', headers, body: value })
}

/** Commands that are continued on the next line, each on one. */
const joinLines = (text: string) => text.replaceAll(/ \\\n */g, ' ')

test('the examples of the page do what it says', async () => {
  await using scratch = await createScratch()
  await scratch.file('private_key.pem', fixedKeys.rsa2048.privateKey)
  const [, block = ''] = /<!-- tested -->\n```sh\n([\s\S]*?)```/.exec(page) ?? []
  const lines = joinLines(block).trim().split('\n')
  expect(lines).toHaveLength(9)
  const seen: unknown[] = []
  await withEmulator(['speeda', 'utgl', 'paymentsgate', '--json'], async ({ controlUrl }) => {
    for (const line of lines) {
      const answer = await asCurl(await toArguments(line, scratch.path), new URL(controlUrl).port)
      if (line.includes('events')) await answer.body?.cancel()
      const text = answer.bodyUsed ? '{}' : await answer.text()
      seen.push([answer.status, ...Object.keys(JSON.parse(text || '{}'))])
    }
  })
  expect(seen).toEqual([
    [200, 'providers'],
    [201, 'providers'],
    [201, 'providers'],
    [204],
    [200, 'clocks'],
    [201, 'provider', 'credentials'],
    [204],
    [200, 'requests'],
    [200],
  ])
})

test('the page names every word of --fault and every path with its methods', () => {
  for (const form of faultForms) expect(page).toContain(`| \`${form}\` |`)
  const table = page.slice(page.indexOf('| Path | Method |'))
  for (const [resource, routes] of Object.entries(controlRoutes)) {
    const from = table.search(new RegExp(`^\\| \`/(<provider>/)?${resource}\` \\|`, 'm'))
    expect(from, resource).toBeGreaterThan(0)
    const [own = ''] = table.slice(from + 3).split(/^\| `/m)
    for (const method of Object.keys(routes)) expect(own, resource).toContain(`| ${method}`)
  }
})

test('the commands of the page are taken as they stand', async () => {
  await using scratch = await createScratch()
  const file = await scratch.file('public_key.pem', fixedKeys.rsa2048.publicKey)
  const lines = [...joinLines(page).matchAll(/^countersign (emulator .*)$/gm)].map(([, line = '']) => line)
  expect(lines).toHaveLength(2)
  for (const line of lines) {
    const args = await toArguments(`curl ${line}`, scratch.path)
    const argv = args.slice(1).map((arg) => arg.replace('public_key.pem', file))
    const { exitCode } = await withEmulator([...argv, '--json'], async () => undefined)
    expect(exitCode).toBe(0)
  }
})
