import bruno from '@usebruno/lang'
import postman from 'postman-collection'
import { toBruno } from '../../apps/cli/src/export/bruno.ts'
import type { Collection } from '../../apps/cli/src/export/collection.ts'
import { toPostman } from '../../apps/cli/src/export/postman.ts'

/** Titles and paths with all that means something in one of the formats, as `createCollection` hands them over. */
const titles = [
  'Acme',
  `"Acme" \\ # {{proxySecret}}`,
  "'''",
  "'''a''' b",
  '[',
  '@description("x")',
  '~off: on',
  '} get {',
  '\\u000d\\u000a}',
]
const paths = [
  '/a',
  "/a'''b'''/~@c?d='''&e=~f",
  '/%7B%7BproxySecret%7D%7D?a=%7B%7Bb%7D%7D',
  '/%3Aid/b:cancel?c=:d;e,f(g)*h!$i&j',
]

interface Finding {
  ok: boolean
  line: string
}

/** Whether the parsers of Bruno and Postman read what was meant. */
export function checkFormats(): Finding[] {
  const requests = titles.flatMap((title, row) =>
    paths.map((path, column) => ({
      title,
      fileName: `request-${row}-${column}`,
      method: column === 0 ? 'PURGE' : 'GET',
      baseUrl: 'baseUrl',
      path,
    })),
  )
  const value = 'http://127.0.0.1:4500/v1'
  const collection: Collection = {
    title: titles[1] ?? '',
    command: "countersign proxy --mount '/a=b'",
    baseUrls: [{ name: 'baseUrl', value }],
    requests,
  }
  return [
    {
      ok: readsBruno(collection),
      line: `Bruno's parser reads ${requests.length} requests with hostile texts`,
    },
    { ok: readsPostman(collection), line: `Postman's parser reads the same requests` },
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
        { name: 'baseUrl', value: collection.baseUrls[0]?.value, secret: false },
        { name: 'proxySecret', value: '', secret: true },
      ],
    ) &&
    same(headers, [{ name: 'X-Countersign-Secret', value: '{{proxySecret}}', enabled: true }]) &&
    collection.requests.every(({ title, fileName, method, path }) => {
      const { meta, http } = bruno.bruToJsonV2(read(`${fileName}.bru`))
      return same(
        { name: meta.name, method: http.method.toUpperCase(), url: http.url },
        { name: title.replace(/'{3,}/g, "'"), method, url: `{{baseUrl}}${path}` },
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
      collection.requests.map(({ title, method, path }) => ({
        name: title,
        method,
        url: `{{baseUrl}}${path}`,
        path,
      })),
    )
  )
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
