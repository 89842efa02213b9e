import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { installAlone, measureInstalled, runNode } from './consumer.ts'
import type { Tarball } from './tarball.ts'

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
    const flags = ['--account-id', 'a', '--private-key', 'key.pem', '--base-url', 'https://127.0.0.1:4499']
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
    const { status, output } = await runNode(folder, [program, 'request', 'cdata', 'a', ...flags], {
      HTTPS_PROXY: address,
    })
    return [
      ...(names.length === 1 ? [] : [`the command installs ${names.join(', ')}`]),
      ...(status === 5 &&
      output.includes(`the proxy ${address} (HTTPS_PROXY)`) &&
      asked.join() === '127.0.0.1:4499'
        ? []
        : [`the installed command does not go through its proxy: it exits ${status} and says ${output}`]),
    ]
  } finally {
    proxy.close()
  }
}
