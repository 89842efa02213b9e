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
    attw: { profile: 'esm-only', level: 'error' },
    tsconfig: 'tsconfig.json',
    ...extra,
    // The declarations carry the documentation.
    outputOptions: { comments: { legal: true, annotation: true, jsdoc: false }, ...extra.outputOptions },
  }) as UserConfig
}
