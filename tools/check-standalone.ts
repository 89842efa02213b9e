import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { loadProviders } from '@countersign/providers'
import { signingArguments } from './packages/signing-arguments.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const name = process.platform === 'win32' ? 'countersign.exe' : 'countersign'

interface Question {
  argv: readonly string[]
  env?: Readonly<Record<string, string>>
  exitCode?: number
  stdout: RegExp
  stderr?: RegExp
}

const providers = await loadProviders()
const signing = await signingArguments()

/** A program that signs with the key that an earlier question made, in the words of a POSIX shell. */
const signer = `
  const { createPublicKey, sign } = require("crypto")
  const key = require("fs").readFileSync("key.pem")
  require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const { ask, input } = JSON.parse(line)
    const publicKey = createPublicKey(key).export({ type: "spki", format: "pem" })
    const signature = () => sign("sha256", Buffer.from(input, "base64url"), key).toString("base64url")
    console.log(JSON.stringify(ask === "publicKey" ? { publicKey } : { signature: signature() }))
  })`
const signerFlags = signing.flags.map((word, index) => {
  if (word === '--private-key') return '--signer-command'
  return signing.flags[index - 1] === '--private-key' ? `'${process.execPath}' -e '${signer}'` : word
})

/** What the executable is asked, and what it answers. */
const questions: readonly Question[] = [
  { argv: ['--version'], stdout: /^\d+\.\d+\.\d+\n$/ },
  { argv: ['--help'], stdout: /^Usage: countersign /, stderr: /^$/ },
  ...providers.map(({ provider: { id, example } }) => ({
    argv: ['request', id, example.path, '--environment', 'emulator'],
    stdout: /^[[{].*[\]}]\n?$/s,
  })),
  { argv: ['keys', 'generate', '--bits', '2048', '--out', 'key.pem'], stdout: /^private key +key\.pem$/m },
  { argv: ['doctor', signing.id, '--environment', 'emulator'], stdout: /Dry run: \d+ rules passed/ },
  {
    argv: ['request', signing.id, 'a', ...signerFlags, '--dry-run'],
    // What the program signs is verified before it is shown.
    stdout: /^token claims$/m,
  },
  { argv: ['demo', '--json'], stdout: /^[[{][\s\S]*\n$/ },
  { argv: ['completion', 'bash'], stdout: /countersign/ },
  {
    argv: [...['request', signing.id, 'a', ...signing.flags], ...['--base-url', 'https://127.0.0.1:4499']],
    // Nobody listens there.
    env: { HTTPS_PROXY: 'http://127.0.0.1:9' },
    exitCode: 5,
    stdout: /^$/,
    stderr: /^NETWORK: .*The proxy http:\/\/127\.0\.0\.1:9 \(HTTPS_PROXY\) refuses connections/,
  },
  { argv: ['token', 'nobody'], exitCode: 2, stdout: /^$/, stderr: /^CONFIG_INVALID: / },
]

/** The page is within the executable, and served from it. */
async function checkPage(program: string, cwd: string): Promise<string[]> {
  const options = { cwd, env: { PATH: '', HOME: cwd } }
  const serving = spawn(program, ['playground', '--port', '0', '--json'], options)
  try {
    const [line] = (await Promise.race([
      once(createInterface(serving.stdout), 'line'),
      once(serving, 'exit').then(() => ['{}']),
    ])) as [string]
    const { url } = JSON.parse(line) as { url?: string }
    if (url === undefined) return ['countersign playground serves nothing']
    const page = await (await fetch(url)).text()
    const script = /src="\.\/(assets\/[^"]+)"/.exec(page)?.[1] ?? ''
    const { status } = await fetch(`${url}${script}`)
    return page.includes('<title>Countersign playground</title>') && script !== '' && status === 200
      ? []
      : [`countersign playground serves ${JSON.stringify(page.slice(0, 200))}`]
  } finally {
    serving.kill()
  }
}

/** Runs the executable where nothing else is: an empty folder, no PATH, no module to be found. */
async function checkStandalone(): Promise<string[]> {
  const work = mkdtempSync(join(tmpdir(), 'countersign-standalone-'))
  try {
    const program = join(work, name)
    copyFileSync(join(root, 'apps/cli/dist-standalone', name), program)
    const folder = join(work, 'empty')
    mkdirSync(folder)
    const problems = questions.flatMap(({ argv, env, exitCode = 0, stdout, stderr }) => {
      const ran = spawnSync(program, argv, {
        cwd: folder,
        env: { PATH: '', HOME: folder, ...env },
        encoding: 'utf8',
        timeout: 60_000,
      })
      const as = `countersign ${argv.join(' ')}`
      if (ran.error !== undefined) return [`${as} cannot be run: ${ran.error.message}`]
      return [
        ...(ran.status === exitCode ? [] : [`${as} exits ${ran.status ?? ran.signal}: ${ran.stderr}`]),
        ...(stdout.test(ran.stdout) ? [] : [`${as} prints ${JSON.stringify(ran.stdout)}`]),
        ...(stderr === undefined || stderr.test(ran.stderr) ? [] : [`${as} says ${ran.stderr}`]),
      ]
    })
    problems.push(...(await checkPage(program, folder)))
    const { size } = statSync(program)
    console.log(`${questions.length} questions asked; the executable has ${Math.round(size / 1_000_000)} MB`)
    return readFileSync(program).includes(root.replace(/[\\/]$/, ''))
      ? [...problems, 'it holds the path of the folder that it was built in']
      : problems
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

const problems = await checkStandalone()
for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0
