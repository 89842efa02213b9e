import { cp, mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Scratch } from './run-command.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** The example package, and what it is called. */
export const billing = '@acme/countersign-billing'

/** A configuration folder of the user's own, in which packages are installed. */
export interface PackageHome {
  /** For `env`. */
  env: Readonly<Record<string, string>>
  /** The folder of the configuration. */
  folder: string
  /** Writes `countersign.toml`. */
  configure(text: string): Promise<void>
  /** Installs a package of these files, or without files the example. Resolves with its folder. */
  install(name: string, files?: Readonly<Record<string, string>>): Promise<string>
}

/** Packages in `scratch`, with the core of this repository. */
export async function createPackageHome({ path }: Pick<Scratch, 'path'>): Promise<PackageHome> {
  const folder = join(path, 'config', 'countersign')
  const modules = join(folder, 'node_modules')
  await mkdir(join(modules, '@countersign'), { recursive: true })
  await symlink(join(root, 'packages/core'), join(modules, '@countersign/core'))
  return {
    env: { XDG_CONFIG_HOME: join(path, 'config'), HOME: path },
    folder,
    configure: (text) => writeFile(join(folder, 'countersign.toml'), text),
    async install(name, files) {
      const place = join(modules, name)
      if (files === undefined) await cp(join(root, 'e2e/provider-package'), place, { recursive: true })
      for (const [file, text] of Object.entries(files ?? {})) {
        await mkdir(dirname(join(place, file)), { recursive: true })
        await writeFile(join(place, file), text)
      }
      return place
    },
  }
}

/** The manifest of a package whose entries are these files. */
export function manifestOf(name: string, exports: unknown): string {
  return JSON.stringify({ name, version: '2.3.4', type: 'module', exports })
}
