import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Tarball } from './tarball.ts'

/** Installs tarballs into an empty folder, as someone outside of this workspace would. */
export function installAlone(
  folder: string,
  tarballs: readonly Tarball[],
  others: Readonly<Record<string, string>> = {},
): void {
  mkdirSync(folder, { recursive: true })
  const local = Object.fromEntries(tarballs.map(({ name, file }) => [name, `file:${file}`]))
  const manifest = { name: 'consumer', private: true, type: 'module', dependencies: { ...local, ...others } }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  // What is not published yet is looked for among the tarballs, never in the registry.
  const overrides = Object.entries(local).map(([name, place]) => `  '${name}': ${place}\n`)
  writeFileSync(
    join(folder, 'pnpm-workspace.yaml'),
    `packages: []\nnodeLinker: hoisted\npmOnFail: ignore\nnodeVersion: 24.21.0\noverrides:\n${overrides.join('')}`,
  )
  execFileSync('pnpm', ['install', '--prefer-offline', '--no-frozen-lockfile'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** The packages in `node_modules`, and the bytes of all files. */
export function measureInstalled(folder: string): { names: string[]; bytes: number } {
  const modules = join(folder, 'node_modules')
  const visible = (path: string) => readdirSync(path).filter((name) => !name.startsWith('.'))
  const names = visible(modules).flatMap((name) =>
    name.startsWith('@') ? visible(join(modules, name)).map((scoped) => `${name}/${scoped}`) : [name],
  )
  const sizeOf = (path: string): number =>
    (readdirSync(path, { recursive: true, encoding: 'utf8' }) as string[])
      .map((name) => statSync(join(path, name)))
      .reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0)
  return { names, bytes: names.reduce((sum, name) => sum + sizeOf(join(modules, name)), 0) }
}

/** What a program wrote, and how it ended. */
export interface Outcome {
  status: number | null
  output: string
}

/** Runs Node in a consumer's folder. */
export function runNode(
  folder: string,
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...environment }
    const child = spawn(process.execPath, parameters, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env })
    let output = ''
    const hear = (data: unknown) => {
      output += String(data)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, output }))
  })
}
