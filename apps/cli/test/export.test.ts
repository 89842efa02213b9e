import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Provider } from '@countersign/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { toBruno } from '../src/export/bruno.ts'
import { createCollection, type ExportedMount } from '../src/export/collection.ts'
import { toHurl } from '../src/export/hurl.ts'
import { toPostman } from '../src/export/postman.ts'
import { loadProvider, providerIds } from '../src/providers.ts'
import { createScratch, runCommand, type Scratch } from './run-command.ts'
import { withProxy } from './with-proxy.ts'

let scratch: Scratch
beforeEach(async () => {
  scratch = await createScratch()
})
afterEach(() => scratch[Symbol.asyncDispose]())

const emulated = ['--environment', 'emulator']

/** The requests of a Hurl file of this form, with the characters that Hurl's parser takes in a URL. */
function readHurl(text: string, variables: Readonly<Record<string, string>>) {
  const entry =
    /^([A-Z]+) (\{\{[A-Za-z][\w-]*\}\}[A-Za-z\d:/.\-?=&_%*,@~+!$'();[\]]*)\n([\w-]+): (.*)\nHTTP (\d+)\n/gm
  const fill = (part = '') => part.replace(/\{\{(.*?)\}\}/g, (_all, name) => variables[name] ?? '')
  const rest = text.replace(entry, '').replaceAll(/^#.*\n/gm, '')
  expect(rest.trim()).toBe('')
  return [...text.matchAll(entry)].map(([, method = '', url, name = '', value, expected]) => ({
    ...{ method, url: fill(url), headers: { [name]: fill(value) }, expected: Number(expected) },
  }))
}

/** The files below a folder, by their paths in it. */
async function readFolder(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return Object.fromEntries(
    await Promise.all(
      files.map(async ({ parentPath, name }) => {
        const path = join(parentPath, name)
        return [path.slice(folder.length + 1), await readFile(path, 'utf8')]
      }),
    ),
  )
}

describe('what is written', () => {
  test('a Hurl file', async () => {
    expect((await runCommand(['export', 'hurl', 'utgl'])).stdout).toBe(`# Countersign: UTGL Issuing
# Start the proxy with the secret in COUNTERSIGN_PROXY_SECRET: countersign proxy utgl
# Hurl 7.1 and later read these variables:
#   export HURL_VARIABLE_baseUrl=http://127.0.0.1:4500/v1
#   export HURL_SECRET_proxySecret="$COUNTERSIGN_PROXY_SECRET"

# UTGL Issuing /ping
GET {{baseUrl}}/ping
X-Countersign-Secret: {{proxySecret}}
HTTP 200
`)
  })

  test('a Bruno collection', async () => {
    const folder = join(scratch.path, 'requests')
    await runCommand(['export', 'bruno', 'speeda', '--port', '4800', '-o', folder])
    expect(await readFolder(folder)).toEqual({
      'bruno.json': `${JSON.stringify({ version: '1', name: 'Countersign: Speeda', type: 'collection', ignore: ['node_modules', '.git'] }, undefined, 2)}\n`,
      'collection.bru': `headers {
  X-Countersign-Secret: {{proxySecret}}
}

docs {
  Start the proxy with the secret in COUNTERSIGN_PROXY_SECRET: countersign proxy speeda --port 4800
  In the app, choose the environment local and set proxySecret. In a shell: bru run --env shell
}
`,
      'environments/local.bru': `vars {
  baseUrl: http://127.0.0.1:4800
}
vars:secret [
  proxySecret
]
`,
      'environments/shell.bru': `vars {
  baseUrl: http://127.0.0.1:4800
  proxySecret: {{process.env.COUNTERSIGN_PROXY_SECRET}}
}
`,
      'speeda.bru': `meta {
  name: Speeda /private-company/v1/companies
  type: http
  seq: 1
}

get {
  url: {{baseUrl}}/private-company/v1/companies?country=KOR
  body: none
  auth: inherit
}

assert {
  res.status: eq 200
}

settings {
  encodeUrl: false
}
`,
    })
  })

  test('a Postman collection', async () => {
    const { stdout } = await runCommand(['export', 'postman', 'utgl'])
    expect(JSON.parse(stdout)).toEqual({
      info: {
        name: 'Countersign: UTGL Issuing',
        description:
          'Start the proxy with the secret in COUNTERSIGN_PROXY_SECRET: `countersign proxy utgl`. Then set the variable proxySecret to that secret.',
        schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
      },
      auth: {
        type: 'apikey',
        apikey: [
          { key: 'key', value: 'X-Countersign-Secret', type: 'string' },
          { key: 'value', value: '{{proxySecret}}', type: 'string' },
          { key: 'in', value: 'header', type: 'string' },
        ],
      },
      item: [
        {
          name: 'UTGL Issuing /ping',
          request: { method: 'GET', header: [], url: '{{baseUrl}}/ping' },
          event: [
            {
              listen: 'test',
              script: {
                type: 'text/javascript',
                exec: ["pm.test('The status is 200', () => pm.response.to.have.status(200))"],
              },
            },
          ],
        },
      ],
      variable: [
        { key: 'baseUrl', value: 'http://127.0.0.1:4500/v1', type: 'string' },
        { key: 'proxySecret', value: '', type: 'secret' },
      ],
    })
  })

  test('--json has requests, variables, and the text or the files', async () => {
    const file = join(scratch.path, 'utgl.hurl')
    const argv = ['export', 'hurl', 'utgl', '--json']
    const described = {
      format: 'hurl',
      requests: [{ title: 'UTGL Issuing /ping', method: 'GET', baseUrl: 'baseUrl', path: '/ping' }],
      variables: [
        { name: 'baseUrl', secret: false, value: 'http://127.0.0.1:4500/v1' },
        { name: 'proxySecret', secret: true },
      ],
    }
    const printed = JSON.parse((await runCommand(argv)).stdout)
    const written = JSON.parse((await runCommand([...argv, '-o', file])).stdout)
    const { stdout: content } = await runCommand(['export', 'hurl', 'utgl'])
    expect(printed).toEqual({ ...described, content })
    expect(written).toEqual({ ...described, files: [file] })
    expect(await readFile(file, 'utf8')).toBe(content)
  })
})

describe('where requests go', () => {
  /** What an export says of its variables and requests. */
  async function describeExport(words: readonly string[], given: Parameters<typeof runCommand>[1] = {}) {
    const { stdout, stderr, exitCode } = await runCommand(['export', 'hurl', '--json', ...words], given)
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
    return JSON.parse(stdout) as {
      requests: { title: string; baseUrl: string }[]
      variables: { name: string; value?: string }[]
    }
  }

  test('each request of a Hurl file is answered 200 by the proxy that is started with the same words', async () => {
    const words = ['--mount', '/other/utgl=utgl', ...providerIds(), ...emulated]
    await withProxy(words, async ({ url, mounts = [], pass: { 'X-Countersign-Secret': secret = '' } }) => {
      const port = new URL(url).port
      const { variables } = await describeExport([...words, '--port', port])
      const addresses = variables.filter(({ name }) => name !== 'proxySecret')
      expect(addresses.map(({ value }) => value)).toEqual(mounts.map(({ baseUrl }) => baseUrl))
      const values = Object.fromEntries(addresses.map(({ name, value = '' }) => [name, value]))
      const { stdout } = await runCommand(['export', 'hurl', ...words, '--port', port])
      const requests = readHurl(stdout, { ...values, proxySecret: secret })
      expect(requests).toHaveLength(providerIds().length + 1)
      for (const { method, url, headers, expected } of requests) {
        const { status } = await fetch(url, { method, headers })
        expect({ url, status }).toEqual({ url, status: expected })
      }
    })
  })

  test('mounts have a variable each, with the port that is their own', async () => {
    const { variables, requests } = await describeExport([
      '--mount',
      '/eu/1=speeda',
      '--mount',
      ':4801=utgl',
      '--mount',
      ':4801/eu-1=cdata',
      '--port',
      '4800',
    ])
    expect(variables.map(({ name, value }) => [name, value])).toEqual([
      ['baseUrl_eu_1', 'http://127.0.0.1:4800/eu/1'],
      ['baseUrl_4801', 'http://127.0.0.1:4801/v1'],
      ['baseUrl_4801_eu_1', 'http://127.0.0.1:4801/eu-1/api'],
      ['proxySecret', undefined],
    ])
    expect(requests.map(({ baseUrl }) => baseUrl)).toEqual(variables.slice(0, 3).map(({ name }) => name))
  })

  test('names that would be the same are numbered', async () => {
    const { variables } = await describeExport(['--mount', '/a-b=speeda', '--mount', '/a_b=speeda'])
    expect(variables.map(({ name }) => name)).toEqual(['baseUrl_a_b', 'baseUrl_a_b_2', 'proxySecret'])
  })

  const home = async (toml: string) => {
    await mkdir(join(scratch.path, 'countersign'))
    await scratch.file('countersign/countersign.toml', toml)
    return { env: { XDG_CONFIG_HOME: scratch.path } }
  }
  const profiles = `[profiles.eu]
provider = "utgl"
accessKey = "access-key-1"
privateKey = "missing.pem"
baseUrl = "https://secret-host.example/eu/v2/"
[profiles.us]
provider = "utgl"
`

  test('the path of a base URL is that of the profile, and its host is not written', async () => {
    const given = await home(profiles)
    for (const words of [['utgl:eu'], ['utgl', '--profile', 'eu']]) {
      const { stdout } = await runCommand(['export', 'postman', ...words], given)
      expect(JSON.parse(stdout).variable[0].value).toBe('http://127.0.0.1:4500/eu/v2')
      expect(stdout).not.toContain('secret-host')
    }
    const { variables, requests } = await describeExport(
      ['--mount', '/eu=utgl:eu', '--mount', '/us=utgl:us'],
      given,
    )
    expect(variables[0]?.value).toBe('http://127.0.0.1:4500/eu/eu/v2')
    expect(requests).toMatchObject([
      { title: 'UTGL Issuing (eu) /ping' },
      { title: 'UTGL Issuing (us) /ping' },
    ])
  })

  test('a flag comes before a variable, and a variable before the profile', async () => {
    const given = await home(profiles)
    const env = { ...given.env, COUNTERSIGN_UTGL_BASE_URL: 'https://a.example/variable' }
    const readValue = async (words: string[]) =>
      (await describeExport(['utgl', '--profile', 'eu', ...words], { env })).variables[0]?.value
    expect(await readValue([])).toBe('http://127.0.0.1:4500/variable')
    expect(await readValue(['--base-url', 'https://a.example/flag'])).toBe('http://127.0.0.1:4500/flag')
  })

  test('COUNTERSIGN_PROFILE names the profile of its own provider, and says nothing of the others', async () => {
    const given = await home(profiles)
    const env = { ...given.env, COUNTERSIGN_PROFILE: 'eu' }
    const { variables } = await describeExport(['speeda', 'utgl'], { env })
    expect(variables.slice(0, 2).map(({ value }) => value)).toEqual([
      'http://127.0.0.1:4500/speeda',
      'http://127.0.0.1:4500/utgl/eu/v2',
    ])
  })

  test('several profiles without a default are a mistake, as for the proxy', async () => {
    const given = await home(profiles)
    const exported = await runCommand(['export', 'hurl', 'utgl'], given)
    const proxied = await runCommand(['proxy', 'utgl'], given)
    expect(exported).toEqual(proxied)
    expect(exported.exitCode).toBe(2)
  })
})

describe('secrets', () => {
  const canary = 'hunter2-hunter2-hunter2'

  test.each(['bruno', 'postman', 'hurl'])('no file of %s has one, and no key is read', async (format) => {
    const place = join(scratch.path, 'out')
    const read: string[] = []
    const env = {
      COUNTERSIGN_PROXY_SECRET: canary,
      COUNTERSIGN_VICTOR_CLIENT_SECRET: canary,
      COUNTERSIGN_VICTOR_API_KEY: canary,
      COUNTERSIGN_VICTOR_PRIVATE_KEY: canary,
      COUNTERSIGN_UTGL_PRIVATE_KEY_FILE: join(scratch.path, 'missing.pem'),
    }
    const given = { env, noteFile: async (path: string) => void read.push(path) }
    const { stdout, stderr, exitCode } = await runCommand(
      ['export', format, 'victor', 'utgl', '-o', place, '--verbose'],
      given,
    )
    expect({ exitCode, read }).toEqual({ exitCode: 0, read: [] })
    const files = format === 'bruno' ? await readFolder(place) : { out: await readFile(place, 'utf8') }
    const all = [stdout, stderr, ...Object.values(files)].join('\n')
    expect(all).toContain('proxySecret')
    expect(all).not.toContain('hunter2')
  })
})

describe('files that exist', () => {
  test.each(['postman', 'hurl'])('%s replaces a file only with --force', async (format) => {
    const file = await scratch.file('requests', 'kept')
    const argv = ['export', format, 'utgl', '-o', file]
    expect(await runCommand(argv)).toMatchObject({ exitCode: 2, stdout: '' })
    expect(await readFile(file, 'utf8')).toBe('kept')
    expect(await runCommand([...argv, '--force'])).toMatchObject({ exitCode: 0 })
    expect(await readFile(file, 'utf8')).toContain('{{baseUrl}}/ping')
  })

  test('a folder that is not empty is written to only with --force, and other files in it stay', async () => {
    const folder = join(scratch.path, 'requests')
    const argv = ['export', 'bruno', 'utgl', '-o', folder]
    await mkdir(folder)
    expect(await runCommand(argv)).toMatchObject({ exitCode: 0 })
    await writeFile(join(folder, 'utgl.bru'), 'edited')
    await writeFile(join(folder, 'mine.bru'), 'mine')
    expect(await runCommand(argv)).toMatchObject({ exitCode: 2, stdout: '' })
    expect(await readFolder(folder)).toMatchObject({ 'utgl.bru': 'edited', 'mine.bru': 'mine' })
    expect(await runCommand([...argv, '--force'])).toMatchObject({ exitCode: 0 })
    const files = await readFolder(folder)
    expect(files).toMatchObject({ 'utgl.bru': expect.stringContaining('/ping'), 'mine.bru': 'mine' })
  })

  test('a key that was passed as the place to write is not shown', async () => {
    const full = join(scratch.path, '-----BEGIN hunter2')
    await mkdir(join(full, 'kept'), { recursive: true })
    const refused = await runCommand(['export', 'bruno', 'utgl', '-o', full])
    expect(refused.stderr).toMatch(
      /^CONFIG_INVALID: The folder of --output is not empty, and was not changed\./,
    )
    const key = '-----BEGIN PRIVATE KEY-----\nhunter2'
    for (const format of ['bruno', 'postman', 'hurl']) {
      const { stderr, exitCode } = await runCommand(['export', format, 'utgl', '-o', `/dev/null/${key}`])
      expect(exitCode).toBe(2)
      expect(stderr).not.toContain('hunter2')
    }
  })
})

describe('texts of a provider', () => {
  /** A mount of a provider with these texts. */
  async function mountOf({
    id = 'utgl',
    title = 'Acme',
    method = 'GET',
    path = 'a',
    base = '',
  }): Promise<ExportedMount> {
    const provider: Provider = { ...(await loadProvider('utgl')), title, example: { method, path } }
    const spec = { name: '', prefix: '', port: undefined, provider: id, profile: undefined }
    return { spec, provider, baseUrl: `https://api.example${base}` }
  }
  const collect = async (texts: Parameters<typeof mountOf>[0]) =>
    createCollection([await mountOf(texts)], { port: 4500, words: ['utgl'] })

  const hostileTitle = `"Acme" '''b''' {{x}}\r\nDELETE http://x.example\n}\u202e\\ #`

  test('a title stays on its line in every format', async () => {
    const collection = await collect({ title: hostileTitle })
    const line = `"Acme" '''b''' {{x}}\\u000d\\u000aDELETE http://x.example\\u000a}\\u202e\\ # /a`
    const bruno = toBruno(collection)
    expect(bruno.get('utgl.bru')?.split('\n')[1]).toBe(`  name: ${line.replaceAll("'''", "'")}`)
    expect(JSON.parse(bruno.get('bruno.json') ?? '').name).toBe(`Countersign: ${line.replace(/ \/a$/, '')}`)
    expect(JSON.parse(toPostman(collection)).item[0].name).toBe(line)
    const requests = toHurl(collection)
      .split('\n')
      .filter((each) => !each.startsWith('#') && each !== '')
    expect(requests).toEqual(['GET {{baseUrl}}/a', 'X-Countersign-Secret: {{proxySecret}}', 'HTTP 200'])
  })

  test.each([
    [
      'orders/{{proxySecret}}?a={{proxySecret}}&b={c}',
      '/orders/%7B%7BproxySecret%7D%7D?a=%7B%7BproxySecret%7D%7D&b=%7Bc%7D',
    ],
    ['a#b', '/a'],
    ['a\r\nHTTP 500\n}', '/aHTTP%20500%7D'],
    [':id/b:cancel?c=:d', '/%3Aid/b:cancel?c=:d'],
    ["a'''b'''\"c\"\\d|e^f`g<h>", "/a'''b'''%22c%22/d%7Ce%5Ef%60g%3Ch%3E"],
    ['a?b\\c|d^e`f"g', '/a?b%5Cc%7Cd%5Ee%60f%22g'],
    ['ä?ö=ü', '/%C3%A4?%C3%B6=%C3%BC'],
    ['//x.example/a', '///x.example/a'],
    ['../../a', '/a'],
    ['%7B%25?%0A', '/%7B%25?%0A'],
  ])('the path %j is %s in every format', async (path, expected) => {
    const collection = await collect({ path })
    expect(collection.requests[0]?.path).toBe(expected)
    expect(readHurl(toHurl(collection), { baseUrl: '', proxySecret: '' })).toMatchObject([{ url: expected }])
    expect(toBruno(collection).get('utgl.bru')).toContain(`  url: {{baseUrl}}${expected}\n`)
    expect(JSON.parse(toPostman(collection)).item[0].request.url).toBe(`{{baseUrl}}${expected}`)
  })

  test('a base URL is quoted for the shell, and has no templates', async () => {
    const collection = await collect({ base: '/$(touch x);{{proxySecret}}' })
    const encoded = 'http://127.0.0.1:4500/$(touch%20x);%7B%7BproxySecret%7D%7D'
    expect(collection.baseUrls[0]?.value).toBe(encoded)
    expect(toHurl(collection)).toContain(`#   export HURL_VARIABLE_baseUrl='${encoded}'\n`)
  })

  test.each(['GET\nX', 'get', 'GET {', ''])('the method %j is refused', async (method) => {
    await expect(collect({ method })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('upper-case letters'),
      hint: expect.stringContaining('`example.method`'),
    })
  })

  test.each(['collection', 'folder'])(
    'a provider of the name %s replaces no file of settings',
    async (id) => {
      const files = toBruno(await collect({ id }))
      expect(files.get('collection.bru')).toContain('headers {')
      expect(files.has('folder.bru')).toBe(false)
      expect(files.get(`${id}_2.bru`)).toContain('{{baseUrl}}/a')
    },
  )

  test('Bruno has a block for any other method', async () => {
    const files = toBruno(await collect({ method: 'PURGE' }))
    expect(files.get('utgl.bru')).toContain('\nhttp {\n  method: PURGE\n  url: {{baseUrl}}/a\n')
  })
})
