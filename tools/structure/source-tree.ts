import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { parseSync } from 'oxc-parser'

/** A syntax node, with the members that the checks read. */
export interface Node {
  type: string
  [member: string]: unknown
}

/** One import or re-export. */
export interface Import {
  specifier: string
  /** It is erased at run time. */
  typeOnly: boolean
}

/** One source file, parsed. */
export interface SourceFile {
  /** From the root of the tree, with slashes. */
  path: string
  text: string
  lines: number
  imports: Import[]
  /** Names that the file exports. */
  exports: { name: string; typeOnly: boolean }[]
  exportsAll: boolean
  /** The statements of the module. */
  body: Node[]
}

/** One package of the workspace. */
export interface Package {
  /** `packages/core`, `apps/cli`. */
  folder: string
  /** The last part of the folder. */
  id: string
  manifest: Record<string, unknown>
  files: SourceFile[]
}

/** Reads every package below `packages` and `apps`. */
export function readSourceTree(root: string): Package[] {
  return ['packages', 'apps'].flatMap((parent) =>
    list(join(root, parent))
      .filter((name) => existsSync(join(root, parent, name, 'package.json')))
      .map((name) => readPackage(root, `${parent}/${name}`)),
  )
}

/** Reads one package, such as `packages/core`. */
export function readPackage(root: string, folder: string): Package {
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
  const source = join(root, folder, 'src')
  const files = existsSync(source)
    ? (readdirSync(source, { recursive: true, encoding: 'utf8' }) as string[])
        .filter((name) => /\.tsx?$/.test(name))
        .sort()
        .map((name) => readSource(root, join(source, name)))
    : []
  return { folder, id: folder.slice(folder.indexOf('/') + 1), manifest, files }
}

function readSource(root: string, file: string): SourceFile {
  const text = readFileSync(file, 'utf8')
  const { program, module, errors } = parseSync(file, text)
  const path = relative(root, file).split(sep).join('/')
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`)
  const entries = module.staticExports.flatMap(({ entries }) => entries)
  const fromOthers = new Map<string, boolean>()
  const add = (specifier: string, typeOnly: boolean) =>
    fromOthers.set(specifier, (fromOthers.get(specifier) ?? true) && typeOnly)
  for (const { moduleRequest, entries } of module.staticImports)
    add(moduleRequest.value, entries.length > 0 && entries.every(({ isType }) => isType))
  for (const { moduleRequest, isType } of entries) if (moduleRequest) add(moduleRequest.value, isType)
  for (const { moduleRequest } of module.dynamicImports)
    add(text.slice(moduleRequest.start, moduleRequest.end).replace(/^['"`]|['"`]$/g, ''), false)
  return {
    path,
    text,
    lines: text.replace(/\n$/, '').split('\n').length,
    imports: [...fromOthers].map(([specifier, typeOnly]) => ({ specifier, typeOnly })),
    exports: entries.flatMap(({ exportName, isType }) =>
      exportName.name === null ? [] : [{ name: exportName.name, typeOnly: isType }],
    ),
    exportsAll: entries.some(
      ({ importName }) => importName.kind === 'AllButDefault' || importName.kind === 'All',
    ),
    body: program.body as unknown as Node[],
  }
}

function list(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : []
}

/** Visits every node of a tree, with its parent. */
export function walk(value: unknown, visit: (node: Node, parent?: Node) => void, parent?: Node): void {
  if (Array.isArray(value)) for (const item of value) walk(item, visit, parent)
  else if (typeof value === 'object' && value !== null) {
    const isNode = typeof (value as Node).type === 'string'
    if (isNode) visit(value as Node, parent)
    for (const member of Object.values(value)) walk(member, visit, isNode ? (value as Node) : parent)
  }
}
