import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/*
 * Carries out the Dockerfile without a container engine: its steps run in a root file system that mmdebstrap makes
 * of the Debian release of FROM, and the proxy runs in it as process 1, as the user of USER, on a read-only file
 * system. Needs root, and a Debian mirror.
 */
const path = (relative: string) => fileURLToPath(new URL(`../${relative}`, import.meta.url))
const context = path('apps/cli/dist-standalone')

interface Image {
  release: string
  env: Record<string, string>
  user: string
  entrypoint: readonly string[]
}

/** The instructions of a Dockerfile, with continued lines joined. */
function readInstructions(source: string): [string, string][] {
  const lines = source
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n')
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? []
      return [name, rest]
    })
}

/** Builds the image in a folder, and returns what the rest of the Dockerfile says. */
function buildImage(root: string): Image {
  const image = { release: '', env: {} as Record<string, string>, user: '0', entrypoint: [] as string[] }
  for (const [name, rest] of readInstructions(readFileSync(path('deploy/Dockerfile'), 'utf8'))) {
    if (name === 'FROM') {
      image.release = /^debian:(\w+)-slim$/.exec(rest)?.[1] ?? ''
      const source = `deb http://deb.debian.org/debian ${image.release} main`
      execFileSync('mmdebstrap', ['--quiet', '--variant=minbase', image.release, root, source])
    } else if (name === 'RUN') execFileSync('chroot', [root, '/bin/sh', '-c', rest])
    else if (name === 'COPY') {
      const [, mode = '', from = '', to = ''] = /^--chmod=(\d+) (\S+) (\S+)$/.exec(rest) ?? []
      const target = join(root, to)
      mkdirSync(dirname(target), { recursive: true })
      copyFileSync(join(context, from), target)
      chmodSync(target, Number.parseInt(mode, 8))
    } else if (name === 'ENV') {
      const [key = '', value = ''] = rest.split('=')
      image.env[key] = value
    } else if (name === 'USER') image.user = rest
    else if (name === 'ENTRYPOINT') image.entrypoint = JSON.parse(rest)
    else if (name !== 'EXPOSE' && name !== 'CMD') throw new Error(`${name} is not known to this check.`)
  }
  return image
}

/** A program in the image, as a container engine runs it: process 1, its user, nothing writable, no capability. */
function inImage(
  root: string,
  { env, user }: Image,
  words: readonly string[],
  more: Record<string, string> = {},
) {
  const [uid = '', gid = ''] = user.split(':')
  const inside = [
    'mount --make-rprivate /',
    'mount --bind "$0" "$0"',
    'mount -o remount,ro,bind "$0"',
    'mount -t proc proc "$0/proc"',
    `exec chroot "$0" setpriv --reuid ${uid} --regid ${gid} --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "$@"`,
  ].join(' && ')
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child']
  return spawn('unshare', [...namespaces, 'sh', '-c', inside, root, ...words], {
    env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...env, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function ask(url: string, headers: Record<string, string> = {}): Promise<number> {
  const sent = request(url, { headers }).end()
  const [answer] = await once(sent, 'response')
  answer.resume()
  return answer.statusCode
}

/** Runs what the page promises, and returns what does not hold. */
async function checkImage(root: string, image: Image): Promise<string[]> {
  const problems: string[] = []
  const expect = (what: string, found: unknown, wanted: unknown) => {
    if (found !== wanted) problems.push(`${what}: ${String(found)} instead of ${String(wanted)}`)
  }
  const run = async (words: readonly string[]) => {
    const child = inImage(root, image, words)
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit'),
    ])
    return { output: `${stdout}${stderr}`.trim(), code }
  }
  expect('the user', (await run(['id', '-u'])).output, image.user.split(':')[0])
  expect('writing to /', (await run(['sh', '-c', 'touch /x /tmp/x 2>/dev/null'])).code === 0, false)
  expect('--version', /^\d+\.\d+\.\d+$/.test((await run([...image.entrypoint, '--version'])).output), true)
  const secret = 'a-secret-of-24-characters'
  writeFileSync(join(root, 'run/proxy-secret'), `${secret}\n`, { mode: 0o444 })
  const words = ['proxy', 'utgl', '--environment', 'emulator', '--host', '0.0.0.0', '--allowed-host', 'proxy']
  const more = [
    '--port',
    '0',
    '--admin-host',
    '0.0.0.0',
    '--admin-port',
    '0',
    '--allow',
    'GET /v1/*',
    '--json',
  ]
  const proxy = inImage(root, image, [...image.entrypoint, ...words, ...more], {
    COUNTERSIGN_PROXY_SECRET_FILE: '/run/proxy-secret',
  })
  const log = text(proxy.stderr)
  const ended = once(proxy, 'exit')
  const line = once(createInterface(proxy.stdout), 'line')
  const [announced] = (await Promise.race([line, ended.then(() => ['{}'])])) as [string]
  const { baseUrl = '', adminUrl = '' } = JSON.parse(announced) as { baseUrl?: string; adminUrl?: string }
  if (baseUrl === '') return [...problems, `the proxy does not listen: ${await log}`]
  const authorization = `Bearer ${secret}`
  expect('a signed request', await ask(`${baseUrl}/ping`, { authorization, host: 'proxy:4500' }), 200)
  expect('a request to another host', await ask(`${baseUrl}/ping`, { authorization, host: 'other' }), 403)
  expect('a request without the secret', await ask(`${baseUrl}/ping`), 401)
  expect('a request that is not allowed', await ask(baseUrl.replace(/\/v1$/, '/v2'), { authorization }), 403)
  expect('/readyz', await ask(`${adminUrl}/readyz`, { host: '10.1.2.3:9464' }), 200)
  // Process 1 of the namespace is a child of unshare; a container engine sends the signal to it.
  const children = readFileSync(`/proc/${proxy.pid}/task/${proxy.pid}/children`, 'utf8').trim()
  expect(
    'the process in its namespace',
    /^NSpid:.*\t(\d+)$/m.exec(readFileSync(`/proc/${children}/status`, 'utf8'))?.[1],
    '1',
  )
  process.kill(Number(children), 'SIGTERM')
  const [code] = await ended
  expect('the exit code after SIGTERM', code, 0)
  expect('the secret in the log', (await log).includes(secret), false)
  return problems
}

const root = mkdtempSync(join(tmpdir(), 'countersign-image-'))
let problems: string[] = []
try {
  chmodSync(root, 0o755)
  const image = buildImage(root)
  problems = await checkImage(root, image)
  console.log(`The image of debian:${image.release}-slim was built and run.`)
} finally {
  rmSync(root, { recursive: true, force: true })
}
for (const problem of problems) console.error(problem)
process.exitCode = problems.length > 0 ? 1 : 0
