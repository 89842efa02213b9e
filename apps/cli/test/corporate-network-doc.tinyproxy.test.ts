import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fixedKeys } from '@countersign/fixtures'
import { createSpeedaEmulator } from '@countersign/speeda/emulator'
import { serveEmulator } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createCertificates } from './create-certificates.ts'
import { createScratch } from './run-command.ts'
import { startTinyproxy } from './start-tinyproxy.ts'

const root = join(import.meta.dirname, '../../..')
const page = readFileSync(join(root, 'docs/corporate-networks.md'), 'utf8')
const snippets = [...page.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = '']) => code)

/** What a reader runs: a snippet of the page up to where it makes its provider, then one call. */
function program(snippet: string, fetchName: string): string {
  const [before = ''] = snippet.split(/^const \w+ = create/m)
  return `${before}
import { createSpeeda as create } from '@countersign/speeda'
const options = JSON.parse(process.env.OPTIONS ?? '')
const speeda = create({ ...options, fetch: ${fetchName} })
const { status } = await speeda.fetch(options.baseUrl + '/private-company/v1/companies?country=KOR')
console.log(status)
`
}

/** What each way of the page needs, and whether the proxy is asked. */
const ways = [
  { way: 'NODE_USE_ENV_PROXY', code: program('', 'undefined'), node: '1', authority: true, asked: true },
  { way: 'EnvHttpProxyAgent', code: program(snippets[0] ?? '', 'viaProxy'), authority: true, asked: true },
  { way: 'ProxyAgent', code: program(snippets[1] ?? '', 'viaProxy'), authority: true, asked: true },
  { way: 'Agent', code: program(snippets[2] ?? '', 'trusting'), authority: false, asked: false },
]

test.each(ways)('docs/corporate-networks.md: $way works as it says', async (given) => {
  const { way, code, node = '0', authority, asked } = given
  expect(code).toContain(way === 'NODE_USE_ENV_PROXY' ? 'undefined' : `new ${way}(`)
  await using scratch = await createScratch()
  const certificates = await createCertificates(scratch)
  await using proxy = await startTinyproxy(scratch, 'user password')
  const emulator = createSpeedaEmulator()
  const { clientId, keyId } = await emulator.register(fixedKeys.rsa2048.publicKey)
  await using served = await serveEmulator(emulator, certificates.server)
  const { privateKey } = fixedKeys.rsa2048
  await symlink(join(root, 'e2e/node_modules'), join(scratch.path, 'node_modules'))
  const text = code
    .replace('http://proxy.example:8080', proxy.url)
    .replace('/etc/ssl/company-authority.pem', certificates.authority)
  const file = await scratch.file('program.mts', text)
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@countersign/source', file], {
    env: {
      PATH: process.env['PATH'],
      OPTIONS: JSON.stringify({ clientId, keyId, privateKey, baseUrl: served.url }),
      HTTPS_PROXY: proxy.url.replace('//', '//user:password@'),
      NODE_USE_ENV_PROXY: node,
      NODE_EXTRA_CA_CERTS: authority ? certificates.authority : '',
    },
  })
  expect(stdout).toBe('200\n')
  expect(emulator.journal.map(({ path }) => path)).toEqual(['/token', '/private-company/v1/companies'])
  expect(new Set(proxy.asked())).toEqual(new Set(asked ? [`CONNECT ${new URL(served.url).host}`] : []))
})
