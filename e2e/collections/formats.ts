import { loadProviders } from '@countersign/providers'
import bruno from '@usebruno/lang'
import postman from 'postman-collection'
import { toBruno } from '../../apps/cli/src/export/bruno.ts'
import { type Collection, createCollection } from '../../apps/cli/src/export/collection.ts'
import { toPostman } from '../../apps/cli/src/export/postman.ts'

/** What means something in one of the formats, or in a URL. */
const fragments = [
  ...[
    '{{proxySecret}}',
    '{',
    '}',
    "'''",
    "'",
    '"',
    '`',
    '\\',
    '\r\n}\nget {',
    '\n',
    '[',
    '[\n',
    ']',
    ':',
    ':id/',
  ],
  ...[
    '~',
    '@',
    '@a(',
    '#',
    '//',
    '../',
    '?',
    '&',
    '=',
    '%',
    '%7B',
    ';',
    ' ',
    '<',
    '|',
    '\u00e9',
    '\u202e',
    'a',
  ],
]

interface Finding {
  ok: boolean
  line: string
}

/** Whether the parsers of Bruno and Postman read what was meant, for titles and paths of all pairs of fragments. */
export async function checkFormats(): Promise<Finding[]> {
  const [loaded] = await loadProviders()
  if (loaded === undefined) throw new Error('There is no provider.')
  const texts = fragments.flatMap((one) => fragments.map((other) => one + other))
  const mounts = texts.map((text, index) => ({
    spec: { name: `/${index}`, prefix: `/${index}`, port: undefined, provider: 'acme', profile: undefined },
    provider: {
      ...loaded.provider,
      title: text,
      example: { method: index % 2 ? 'GET' : 'PURGE', path: text },
    },
    baseUrl: 'https://api.example/v1',
  }))
  const collection = createCollection(mounts, { port: 4500, words: ["/a='b'"] })
  const count = `${texts.length} requests with hostile texts`
  return [
    { ok: readsBruno(collection), line: `Bruno's parser reads ${count}` },
    { ok: readsPostman(collection), line: `Postman's parser reads ${count}` },
  ]
}

function readsBruno(collection: Collection): boolean {
  const files = toBruno(collection)
  const read = (name: string) => files.get(name) ?? ''
  const { variables } = bruno.bruToEnvJsonV2(read('environments/local.bru'))
  const { headers } = bruno.collectionBruToJson(read('collection.bru'))
  return (
    same(
      variables.map(({ name, value, secret }) => ({ name, value, secret })),
      [
        ...collection.baseUrls.map((variable) => ({ ...variable, secret: false })),
        { name: 'proxySecret', value: '', secret: true },
      ],
    ) &&
    same(headers, [{ name: 'X-Countersign-Secret', value: '{{proxySecret}}', enabled: true }]) &&
    collection.requests.every(({ title, fileName, method, baseUrl, path }) => {
      const { meta, http } = bruno.bruToJsonV2(read(`${fileName}.bru`))
      return same(
        { name: meta.name, method: http.method.toUpperCase(), url: http.url },
        { name: title.replace(/'{3,}/g, "'").trim(), method, url: `{{${baseUrl}}}${path}` },
      )
    })
  )
}

function readsPostman(collection: Collection): boolean {
  const read = new postman.Collection(JSON.parse(toPostman(collection)))
  const found = read.items.all().map((item) => {
    const { method, url } = item.request
    return { name: item.name, method, url: url.toString(), path: url.getPathWithQuery() }
  })
  const secret = read.variables.one('proxySecret')
  return (
    secret?.value === '' &&
    read.auth?.parameters().get('value') === '{{proxySecret}}' &&
    same(
      found,
      collection.requests.map(({ title, method, baseUrl, path }) => ({
        name: title,
        method,
        url: `{{${baseUrl}}}${path}`,
        path,
      })),
    )
  )
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
