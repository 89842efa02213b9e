import type { ProviderEntry } from '@countersign/providers'
import type { Node, Package, SourceFile } from './source-tree.ts'

/** Every adapter has these modules, each named `<id>-<suffix>.ts`. */
const suffixes = ['options', 'claims', 'rules', 'mistakes', 'error', 'provider', 'emulator']

/** An adapter that exchanges something for its token has this module too. */
const optionalSuffix = 'token'

/** Names of the same thing, each with the name that every adapter uses. */
const synonyms: Readonly<Record<string, string>> = {
  ttl: 'lifetimeSeconds',
  ttlSeconds: 'lifetimeSeconds',
  lifetime: 'lifetimeSeconds',
  expiresIn: 'lifetimeSeconds',
  kid: 'keyId',
  key: 'privateKey',
  pem: 'privateKey',
  secret: 'clientSecret',
  clientID: 'clientId',
  account: 'accountId',
  aud: 'audience',
  env: 'environment',
  url: 'baseUrl',
  baseURL: 'baseUrl',
}

/** Whether every registered adapter has the modules, exports and option names of the others. */
export function checkAdapters(packages: readonly Package[], entries: readonly ProviderEntry[]): string[] {
  const isAdapter = ({ id, files }: Package) =>
    files.some(({ path }) => path.endsWith(`/src/${id}-provider.ts`))
  const unregistered = packages.filter((one) => isAdapter(one) && !entries.some(({ id }) => id === one.id))
  return [
    ...unregistered.map(({ folder }) => `${folder}: the adapter is not in packages/providers`),
    ...entries.flatMap((entry) => {
      const adapter = packages.find(({ folder }) => folder === `packages/${entry.id}`)
      if (adapter === undefined) return [`packages/${entry.id}: the adapter is missing`]
      return [
        ...checkManifest(adapter, entry),
        ...checkFiles(adapter),
        ...checkExportsMap(adapter),
        ...checkNames(adapter, entry),
        ...checkOptions(adapter),
      ]
    }),
  ]
}

function checkManifest({ folder, manifest }: Package, { packageName }: ProviderEntry): string[] {
  return manifest['name'] === packageName ? [] : [`${folder}: its name must be ${packageName}`]
}

/** The modules of every adapter; one more is allowed if it is a part of the emulator, or if `index.ts` makes its exports public. */
function checkFiles({ folder, id, files }: Package): string[] {
  const wanted = ['index', id, ...suffixes.map((suffix) => `${id}-${suffix}`)]
  const nameOfFile = (path: string) => path.slice(`${folder}/src/`.length).replace(/\.tsx?$/, '')
  const found = files.map(({ path }) => nameOfFile(path))
  const isImportedBy = (module: string, name: string) =>
    files
      .find(({ path }) => nameOfFile(path) === module)
      ?.imports.some(({ specifier }) => specifier === `./${name}.ts`) === true
  const isAllowed = (name: string) =>
    (name.startsWith(`${id}-`) && isImportedBy('index', name)) ||
    (name.startsWith(`${id}-emulator-`) && isImportedBy(`${id}-emulator`, name))
  return [
    ...wanted.filter((name) => !found.includes(name)).map((name) => `${folder}/src/${name}.ts is missing`),
    ...found
      .filter((name) => !wanted.includes(name) && name !== `${id}-${optionalSuffix}` && !isAllowed(name))
      .map(
        (name) =>
          `${folder}/src/${name}.ts: other adapters do not have this file, and index.ts exports none of it`,
      ),
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
    ...(differs(manifest['exports'], exports) ? [`${folder}: exports differs from the other adapters`] : []),
    ...(differs(publishConfig['exports'], published)
      ? [`${folder}: publishConfig.exports differs from the other adapters`]
      : []),
  ]
}

/** Exported names follow the factory's: `createUtgl` gives `Utgl`, `UtglOptions`, `createUtglEmulator`. */
function checkNames({ folder, id, files }: Package, { factory }: ProviderEntry): string[] {
  const named = (name: string) => files.find(({ path }) => path === `${folder}/src/${name}.ts`)?.exports ?? []
  const title = factory.slice('create'.length)
  const exactly = (name: string) => (other: string) => other === name
  // `cdataRules`, `paymentsGateRules`: how a constant begins depends on the brand.
  const constant = (suffix: string) => (other: string) =>
    other.toLowerCase() === `${id.replaceAll('-', '')}${suffix}`
  const wanted = [
    { file: 'index', name: factory, is: exactly(factory), typeOnly: false },
    { file: 'index', name: title, is: exactly(title), typeOnly: true },
    { file: 'index', name: `${title}Options`, is: exactly(`${title}Options`), typeOnly: true },
    ...['Emulator', 'EmulatorCredentials'].map((suffix) => ({
      file: `${id}-emulator`,
      name: `${title}${suffix}`,
      is: exactly(`${title}${suffix}`),
      typeOnly: true,
    })),
    {
      file: `${id}-emulator`,
      name: `create${title}Emulator`,
      is: exactly(`create${title}Emulator`),
      typeOnly: false,
    },
    { file: `${id}-provider`, name: `${id}Provider`, is: constant('provider'), typeOnly: false },
    { file: `${id}-options`, name: `${id}Fields`, is: constant('fields'), typeOnly: false },
    { file: `${id}-rules`, name: `${id}Rules`, is: constant('rules'), typeOnly: false },
    { file: `${id}-mistakes`, name: `${id}Mistakes`, is: constant('mistakes'), typeOnly: false },
  ]
  return wanted
    .filter(({ file, is, typeOnly }) => !named(file).some((it) => is(it.name) && it.typeOnly === typeOnly))
    .map(({ file, name }) => `${folder}/src/${file}.ts does not export ${name}`)
}

function checkOptions({ folder, id, files }: Package): string[] {
  const path = `${folder}/src/${id}-options.ts`
  const file = files.find((it) => it.path === path)
  if (file === undefined) return []
  const members = fieldsOf(file)
  if (members === undefined) return [`${path} does not declare ${id}Fields as an object`]
  const spread = members.some(
    ({ type, argument }) => type === 'SpreadElement' && nameOf(argument) === 'commonFields',
  )
  const names = members.flatMap(({ key }) => nameOf(key) ?? [])
  return [
    ...(spread ? [] : [`${path}: the fields must include ...commonFields`]),
    ...(/ extends CommonOptions\b/.test(file.text) ? [] : [`${path}: the options must extend CommonOptions`]),
    ...names
      .filter((name) => Object.hasOwn(synonyms, name))
      .map((name) => `${path}: other adapters call ${name} ${synonyms[name]}`),
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
