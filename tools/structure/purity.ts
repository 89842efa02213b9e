import type { Node, Package, SourceFile } from './source-tree.ts'
import { walk } from './source-tree.ts'

const nodeGlobals = ['process', 'Buffer', '__dirname', '__filename', 'require', 'global', 'setImmediate']
const collections = ['Map', 'Set', 'WeakMap', 'WeakSet']
const mutators = [
  'add',
  'set',
  'delete',
  'clear',
  'push',
  'pop',
  'shift',
  'unshift',
  'splice',
  'sort',
  'reverse',
  'fill',
]

/** The library and the command each read the system clock in one place. */
const clocks = ['packages/core/src/base/clock.ts', 'apps/cli/src/io.ts']

/** Reports `export *`, state that outlives a call, reads of the system clock, and Node globals in core. */
export function checkPurity(packages: readonly Package[]): string[] {
  return packages.flatMap(({ folder, files }) =>
    files.flatMap((file) => [
      ...(file.exportsAll ? [`${file.path}: export *; name what is exported`] : []),
      ...(/^packages\/(testing|fixtures)$/.test(folder) ? [] : [...findState(file), ...findTime(file)]),
      ...(folder === 'packages/core' && !file.path.startsWith(`${folder}/src/node/`)
        ? findNodeGlobals(file)
        : []),
    ]),
  )
}

/** Finds module variables that are reassigned or mutated. */
function findState({ path, body }: SourceFile): string[] {
  const problems: string[] = []
  const constants = new Set<string>()
  for (const statement of body) {
    const declaration = (statement['declaration'] ?? statement) as Node
    if (declaration.type !== 'VariableDeclaration' || declaration['declare'] === true) continue
    for (const { id, init } of declaration['declarations'] as Node[]) {
      const name = String((id as Node)['name'])
      if (declaration['kind'] !== 'const') problems.push(`${path}: ${name} is a mutable module variable`)
      else if (isEmptyCollection(init))
        problems.push(`${path}: ${name} is an empty module collection, which can only be state`)
      else constants.add(name)
    }
  }
  walk(body, (node) => {
    const changed = changedName(node)
    if (changed !== undefined && constants.has(changed))
      problems.push(`${path}: ${changed} is a module constant that is mutated`)
  })
  return problems
}

function isEmptyCollection(init: unknown): boolean {
  const { type, callee, arguments: given, elements } = (init ?? {}) as Record<string, unknown>
  if (type === 'ArrayExpression') return (elements as unknown[]).length === 0
  if (type !== 'NewExpression') return false
  const name = String((callee as Node)['name'])
  return name.startsWith('Weak') || (collections.includes(name) && (given as unknown[]).length === 0)
}

/** Name of the variable that a node mutates. */
function changedName(node: Node): string | undefined {
  if (node.type === 'AssignmentExpression') return ownerOf(node['left'])
  if (node.type === 'UpdateExpression') return ownerOf(node['argument'])
  if (node.type === 'UnaryExpression' && node['operator'] === 'delete') return ownerOf(node['argument'])
  if (node.type !== 'CallExpression') return undefined
  const callee = node['callee'] as Node
  const method = String((callee['property'] as Node | undefined)?.['name'])
  const [first] = node['arguments'] as Node[]
  if (nameOf(callee['object']) === 'Object' && method === 'assign') return nameOf(first)
  return mutators.includes(method) ? nameOf(callee['object']) : undefined
}

function ownerOf(target: unknown): string | undefined {
  const { type, object } = target as Node
  return type === 'MemberExpression' ? (ownerOf(object) ?? nameOf(object)) : undefined
}

function nameOf(node: unknown): string | undefined {
  const { type, name } = (node ?? {}) as Record<string, unknown>
  return type === 'Identifier' ? String(name) : undefined
}

function findTime({ path, body }: SourceFile): string[] {
  if (clocks.includes(path)) return []
  const problems: string[] = []
  walk(body, (node) => {
    if (
      node.type === 'MemberExpression' &&
      nameOf(node['object']) === 'Date' &&
      nameOf(node['property']) === 'now'
    )
      problems.push(`${path}: Date.now; take the time from a clock`)
    if (
      node.type === 'NewExpression' &&
      nameOf(node['callee']) === 'Date' &&
      (node['arguments'] as []).length === 0
    )
      problems.push(`${path}: new Date(); take the time from a clock`)
  })
  return problems
}

function findNodeGlobals({ path, body }: SourceFile): string[] {
  const found = new Set<string>()
  walk(body, (node, parent) => {
    if (node.type === 'MemberExpression' && nameOf(node['object']) === 'globalThis') {
      const name = nameOf(node['property'])
      if (name !== undefined && nodeGlobals.includes(name)) found.add(name)
    }
    const name = nameOf(node)
    if (name === undefined || !nodeGlobals.includes(name)) return
    const isMember =
      parent?.type === 'MemberExpression' && parent['property'] === node && parent['computed'] !== true
    const isKey = parent?.['key'] === node && parent['shorthand'] !== true
    if (!isMember && !isKey) found.add(name)
  })
  return [...found].map((name) => `${path}: ${name} is a Node global`)
}
