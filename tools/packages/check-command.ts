import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { installAlone, measureInstalled, runNode } from './consumer.ts'
import { readAtStart } from './read-at-start.ts'
import { signingArguments } from './signing-arguments.ts'
import type { Tarball } from './tarball.ts'

/** Node reads these before the first line runs, so they are what `--help` waits for. */
const mostBytesAtStart = 100 * 1024
/** The entry and what all of it needs, in one file. */
const mostFilesAtStart = 2

/** The command as it is installed: no other package, and its parts are there: here what speaks with proxies. */
export async function checkCommand(folder: string, tarball: Tarball): Promise<string[]> {
  installAlone(folder, [tarball])
  const { names, bytes } = measureInstalled(folder)
  console.log(`${tarball.name} alone: ${Math.round(bytes / 1024)} KiB`)
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  writeFileSync(join(folder, 'key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const asked: (string | undefined)[] = []
  const proxy = createServer().on('connect', ({ url }, socket) => {
    asked.push(url)
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
  })
  await once(proxy.listen(0, '127.0.0.1'), 'listening')
  try {
    const program = `node_modules/${tarball.name}/dist/countersign.js`
    const start = readAtStart(join(folder, program))
    console.log(`${start.files} files with ${Math.round(start.bytes / 1024)} KiB are read at its start`)
    const { id, flags } = await signingArguments()
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    const there = ['--base-url', 'https://127.0.0.1:4499']
    const { status, output } = await runNode(folder, [program, 'request', id, 'a', ...flags, ...there], {
      HTTPS_PROXY: address,
    })
    return [
      ...(await checkAllow(folder, program, id)),
      ...(names.length === 1 ? [] : [`the command installs ${names.join(', ')}`]),
      ...(start.bytes <= mostBytesAtStart ? [] : [`the command reads ${start.bytes} bytes at its start`]),
      ...(start.files <= mostFilesAtStart ? [] : [`the command opens ${start.files} files at its start`]),
      ...(status === 5 &&
      output.includes(`The proxy ${address} (HTTPS_PROXY)`) &&
      asked.join() === '127.0.0.1:4499'
        ? []
        : [`the installed command does not go through its proxy: it exits ${status} and says ${output}`]),
    ]
  } finally {
    proxy.close()
  }
}

/** What the bundle makes of `--allow`: a bundler may remove a check whose result it takes for unused. */
async function checkAllow(folder: string, program: string, id: string): Promise<string[]> {
  const argv = ['proxy', id, '--environment', 'emulator', '--port', '0', '--json', '--allow', 'GET /*']
  const env = { ...process.env, COUNTERSIGN_PROXY_SECRET: 'secret-of-this-check' }
  const child = spawn(process.execPath, [program, ...argv], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const closed = once(child, 'close')
  try {
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
    const { url, secretHeader } = JSON.parse(line) as { url: string; secretHeader: string }
    const headers = { [secretHeader]: 'secret-of-this-check' }
    const statusOf = async (path: string) => (await fetch(`${url}${path}`, { headers })).status
    const [plain, ...others] = await Promise.all(['/a', '/%ff', '/%c0%ae'].map(statusOf))
    return plain !== 403 && others.every((status) => status === 403)
      ? []
      : [
          `the installed proxy answers ${plain} to a path that is allowed, and ${others.join()} to paths not in UTF-8`,
        ]
  } finally {
    child.kill()
    await closed
  }
}
