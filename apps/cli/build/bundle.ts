import type { UserConfig } from 'tsdown'
import { lazyBuiltins } from './lazy-builtins.ts'
import { licences } from './licences.ts'
import { tunnelsApart } from './tunnels-apart.ts'

/** What all files of the command have in common: each needs no package, and runs only what is used. */
const common: UserConfig = {
  format: 'esm',
  platform: 'node',
  target: 'node22',
  fixedExtension: false,
  dts: false,
  minify: true,
  deps: { alwaysBundle: [/.*/], onlyBundle: false },
  // Their schemas only declare: those that nothing uses are left out, which is most of them.
  treeshake: { moduleSideEffects: [{ test: /@peculiar\/asn1-/, sideEffects: false }] },
  inputOptions: {
    // The wrapper of a module is no hint that it runs at once: most never run.
    optimization: { pifeForModuleWrappers: false },
    resolve: {
      conditionNames: ['@countersign/source', 'node', 'import', 'default'],
      mainFields: ['module', 'main'],
    },
  },
  outputOptions: { codeSplitting: false },
}

/** The command, without what speaks with proxies: Node reads the whole file at every start. */
export const command: UserConfig = {
  ...common,
  entry: { countersign: 'src/bin.ts' },
  publint: { strict: true },
  plugins: [tunnelsApart(), lazyBuiltins(), licences('THIRD-PARTY-LICENSES.txt')],
}

/** What speaks with proxies: a file that is read when a proxy is set. */
export const tunnels: UserConfig = {
  ...common,
  entry: { tunnels: 'src/network/tunnels.ts' },
  plugins: [licences('THIRD-PARTY-LICENSES-tunnels.txt')],
}

/** Everything in one file, for the executable, in which the code is compiled already. */
export const whole: UserConfig = {
  ...common,
  entry: { countersign: 'src/bin.ts' },
  plugins: [lazyBuiltins(), licences('THIRD-PARTY-LICENSES.txt')],
}
