import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { must, type Place } from './shell.ts'

const here = import.meta.dirname

/** A program that installs packages. */
export interface Manager {
  name: string
  /** Installs packages into a folder that has a `package.json`. */
  add(packages: readonly string[], place: Place): Promise<void>
}

const local = (path: string) => join(here, 'node_modules', path)
const node = process.execPath

/** Each package manager that is here, by the command its users type. */
export const managers: readonly Manager[] = [
  { name: 'npm', add: adding('npm', 'install') },
  { name: 'pnpm', add: adding('pnpm', 'add') },
  { name: 'Yarn 1', add: adding(node, local('yarn/bin/yarn.js'), 'add', '--no-progress') },
  { name: 'Yarn 4', add: adding(node, local('@yarnpkg/cli-dist/bin/yarn.js'), 'add') },
  { name: 'Bun', add: adding(local('bun/bin/bun.exe'), 'add') },
]

function adding(program: string, ...parameters: string[]): Manager['add'] {
  return async (packages, place) => {
    await must(program, [...parameters, ...packages], place)
  }
}

/** An empty folder, as a stranger has one. */
export function emptyProject(folder: string): string {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "name": "stranger", "private": true, "type": "module" }\n')
  // Marks the folder as a project of its own for Yarn 4, and is empty for the others.
  writeFileSync(join(folder, 'yarn.lock'), '')
  return folder
}

/** The version of a package that is installed in a folder. */
export function installedVersion(folder: string, name: string): string {
  return JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')).version
}
