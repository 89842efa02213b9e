import { mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { providers } from '@countersign/providers'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Makes a `node_modules` with core, every adapter, and what the examples of the documentation use besides. */
export function linkPackages(modules: string): void {
  mkdirSync(join(modules, '@countersign'), { recursive: true })
  for (const id of ['core', 'testing', ...providers.map((entry) => entry.id)])
    symlinkSync(join(root, 'packages', id), join(modules, '@countersign', id))
  const others = readdirSync(join(root, 'e2e/node_modules')).filter(
    (name) => !/^(\.|@countersign$)/.test(name),
  )
  for (const name of others) symlinkSync(join(root, 'e2e/node_modules', name), join(modules, name))
}
