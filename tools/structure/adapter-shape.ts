import type { Node, Package, SourceFile } from './source-tree.ts'

/** The adapters. A sixth joins this list and has to look like the other five. */
export const adapters: readonly string[] = ['speeda', 'utgl', 'cdata', 'victor', 'paymentsgate']

const suffixes = ['options', 'claims', 'rules', 'mistakes', 'error', 'provider', 'emulator']

/** Adapters that exchange something have one file more. */
const exchanging = ['speeda', 'victor', 'paymentsgate']

/** Files that one adapter has and the others have not, each with its reason. */
const extraFiles: Readonly<Record<string, string>> = {
  'utgl-webhook': 'UTGL alone signs its webhooks in a way that is documented',
  'paymentsgate-credentials': 'PaymentsGate alone hands out its credentials as a file',
}

/** Names of options. The same thing has the same name in every adapter; a new name is a decision. */
const optionNames: readonly string[] = [
  ...['clientId', 'clientSecret', 'keyId', 'apiKey', 'accessKey', 'accountId', 'subAccountId'],
  ...['privateKey', 'privateKeys', 'publicKey', 'audience', 'connectionIds', 'environment'],
  ...['lifetimeSeconds', 'reuse'],
]

/** Whether every adapter has the rooms, exports and option names of the others. */
export function checkAdapters(packages: readonly Package[]): string[] {
  const missing = adapters.filter((id) => !packages.some(({ folder }) => folder === `packages/${id}`))
  return [
    ...missing.map((id) => `packages/${id}: the adapter is missing`),
    ...packages
      .filter(({ folder, id }) => folder.startsWith('packages/') && adapters.includes(id))
      .flatMap((adapter) => [
        ...checkFiles(adapter),
        ...checkExportsMap(adapter),
        ...checkNames(adapter),
        ...checkOptions(adapter),
      ]),
  ]
}

function checkFiles({ folder, id, files }: Package): string[] {
  const wanted = ['index', id, ...suffixes.map((suffix) => `${id}-${suffix}`)]
  if (exchanging.includes(id)) wanted.push(`${id}-token`)
  const found = files.map(({ path }) => path.slice(`${folder}/src/`.length).replace(/\.tsx?$/, ''))
  return [
    ...wanted.filter((name) => !found.includes(name)).map((name) => `${folder}/src/${name}.ts is missing`),
    ...found
      .filter((name) => !wanted.includes(name) && !Object.hasOwn(extraFiles, name))
      .map((name) => `${folder}/src/${name}.ts is a file that the other adapters do not have`),
  ]
}

function checkExportsMap({ folder, id, manifest }: Package): string[] {
  const entry = (name: string) => ({
    '@countersign/source': `./src/${name}.ts`,
    types: `./dist/${name}.d.ts`,
    default: `./dist/${name}.js`,
  })
  const exports = {
    '.': entry('index'),
    './provider': entry(`${id}-provider`),
    './emulator': entry(`${id}-emulator`),
    './package.json': './package.json',
  }
  const published = JSON.parse(JSON.stringify(exports), (name, value) =>
    name === '@countersign/source' ? undefined : value,
  )
  const { publishConfig = {} } = manifest as { publishConfig?: Record<string, unknown> }
  const differs = (one: unknown, other: unknown) => JSON.stringify(one) !== JSON.stringify(other)
  return [
    ...(differs(manifest['exports'], exports) ? [`${folder}: exports is not the map of every adapter`] : []),
    ...(differs(publishConfig['exports'], published)
      ? [`${folder}: publishConfig.exports is not the map of every adapter`]
      : []),
  ]
}

function checkNames({ folder, id, files }: Package): string[] {
  const named = (name: string) => files.find(({ path }) => path === `${folder}/src/${name}.ts`)?.exports ?? []
  const index = named('index')
  const factory = index.find(({ name }) => name.toLowerCase() === `create${id}`)?.name
  if (factory === undefined) return [`${folder}/src/index.ts does not export create<Name>`]
  const title = factory.slice('create'.length)
  const constant =
    title === title.toUpperCase() || title === 'CData' ? id : title[0]?.toLowerCase() + title.slice(1)
  const wanted = [
    { file: 'index', name: title, typeOnly: true },
    { file: 'index', name: `${title}Options`, typeOnly: true },
    { file: `${id}-emulator`, name: `create${title}Emulator`, typeOnly: false },
    { file: `${id}-emulator`, name: `${title}Emulator`, typeOnly: true },
    { file: `${id}-emulator`, name: `${title}EmulatorCredentials`, typeOnly: true },
    { file: `${id}-provider`, name: `${constant}Provider`, typeOnly: false },
    { file: `${id}-options`, name: `${constant}Fields`, typeOnly: false },
    { file: `${id}-rules`, name: `${constant}Rules`, typeOnly: false },
    { file: `${id}-mistakes`, name: `${constant}Mistakes`, typeOnly: false },
  ]
  return wanted
    .filter(
      ({ file, name, typeOnly }) => !named(file).some((it) => it.name === name && it.typeOnly === typeOnly),
    )
    .map(({ file, name }) => `${folder}/src/${file}.ts does not export ${name}`)
}

function checkOptions({ folder, id, files }: Package): string[] {
  const path = `${folder}/src/${id}-options.ts`
  const file = files.find((it) => it.path === path)
  if (file === undefined) return []
  const members = fieldsOf(file)
  if (members === undefined) return [`${path} declares no ${id}Fields object`]
  const spread = members.some(
    ({ type, argument }) => type === 'SpreadElement' && nameOf(argument) === 'commonFields',
  )
  const names = members.flatMap(({ key }) => nameOf(key) ?? [])
  return [
    ...(spread ? [] : [`${path}: the fields leave out ...commonFields`]),
    ...(/ extends CommonOptions\b/.test(file.text) ? [] : [`${path}: no options extend CommonOptions`]),
    ...names
      .filter((name) => !optionNames.includes(name))
      .map((name) => `${path}: ${name} is no option name of this house`),
  ]
}

function fieldsOf({ body }: SourceFile): Node[] | undefined {
  for (const { type, declaration } of body) {
    if (type !== 'ExportNamedDeclaration') continue
    for (const { id, init } of ((declaration as Node | null)?.['declarations'] ?? []) as Node[])
      if (/Fields$/.test(nameOf(id) ?? '')) return (init as Node | null)?.['properties'] as Node[] | undefined
  }
  return undefined
}

function nameOf(node: unknown): string | undefined {
  const name = (node as Node | null | undefined)?.['name']
  return typeof name === 'string' ? name : undefined
}
