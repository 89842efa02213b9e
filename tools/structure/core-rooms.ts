import { posix } from 'node:path'
import type { Package, SourceFile } from './source-tree.ts'

/**
 * The rooms of core from the roof down; rooms of one floor do not use each other. `docs/architecture.md`
 * shows the same list.
 */
export const coreFloors: readonly (readonly string[])[] = [
  ['index'],
  ['emulator', 'explain'],
  ['provider'],
  ['jwt', 'oauth', 'node'],
  ['auth', 'keyed-options'],
  ['http', 'keys'],
  ['options'],
  ['fields'],
  ['token'],
  ['errors'],
  ['base'],
]

/** Whether core's arrows run down, types included, and no file of any package is in a circle. */
export function checkRooms(packages: readonly Package[]): string[] {
  const core = packages.find(({ folder }) => folder === 'packages/core')
  return [
    ...(core === undefined ? [] : checkFloors(core)),
    ...packages.flatMap(({ files }) => findCircles(files)),
  ]
}

function checkFloors({ folder, files }: Package): string[] {
  const roomOf = (path: string) => path.slice(`${folder}/src/`.length).replace(/\/.*|\.tsx?$/, '')
  const floorOf = (room: string) => coreFloors.findIndex((rooms) => rooms.includes(room))
  return files.flatMap((file) => {
    const room = roomOf(file.path)
    if (floorOf(room) < 0)
      return [`${file.path}: the room ${room} has no floor in tools/structure/core-rooms.ts`]
    return neighbours(file).flatMap(({ target }) => {
      const other = roomOf(target)
      return other === room || floorOf(other) > floorOf(room)
        ? []
        : [`${file.path} imports ${target}: ${room} does not stand above ${other}`]
    })
  })
}

function neighbours({ path, imports }: SourceFile): { target: string; typeOnly: boolean }[] {
  return imports
    .filter(({ specifier }) => specifier.startsWith('.'))
    .map(({ specifier, typeOnly }) => ({ target: posix.join(posix.dirname(path), specifier), typeOnly }))
}

/** Circles of imports that exist at run time; types may look at each other. */
function findCircles(files: readonly SourceFile[]): string[] {
  const edges = new Map(
    files.map((file) => [
      file.path,
      neighbours(file)
        .filter(({ typeOnly }) => !typeOnly)
        .map(({ target }) => target),
    ]),
  )
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    const from = trail.indexOf(path)
    if (from >= 0) {
      circles.push(`${[...trail.slice(from), path].join(' → ')}: imports in a circle`)
      return
    }
    if (done.has(path)) return
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path])
    done.add(path)
  }
  for (const path of edges.keys()) visit(path, [])
  return circles
}
