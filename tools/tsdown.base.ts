import { defineConfig, type UserConfig } from 'tsdown'

/** How every library of this workspace is built: one module graph, for every runtime. */
export function libraryConfig(entry: Record<string, string>, extra: UserConfig = {}): UserConfig {
  return defineConfig({
    entry,
    format: 'esm',
    platform: 'neutral',
    target: 'node22',
    fixedExtension: false,
    dts: true,
    // docs/decisions/no-source-maps.md
    sourcemap: false,
    publint: { strict: true },
    // `require` loads ES modules on every supported version of Node.
    attw: { profile: 'strict', ignoreRules: ['cjs-resolves-to-esm'], level: 'error' },
    tsconfig: 'tsconfig.json',
    ...extra,
    outputOptions: {
      // The declarations carry the documentation.
      comments: { legal: true, annotation: true, jsdoc: false },
      // One character beyond Latin-1 and V8 keeps, and reads, the whole file in two bytes per character.
      charset: 'ascii',
      ...extra.outputOptions,
    },
  }) as UserConfig
}

/**
 * How an adapter is built: `index` on its own, so that an import of the package opens one file. `./provider` and
 * `./emulator`, which tools and tests load, share theirs.
 */
export function adapterConfig(id: string): UserConfig[] {
  return [
    libraryConfig({ index: 'src/index.ts' }),
    libraryConfig(
      { [`${id}-provider`]: `src/${id}-provider.ts`, [`${id}-emulator`]: `src/${id}-emulator.ts` },
      // The first build checks the package when both are done.
      { publint: false, attw: false },
    ),
  ]
}
