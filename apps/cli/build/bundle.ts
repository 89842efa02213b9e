import type { UserConfig } from 'tsdown'
import { licences } from '../../../tools/licences.ts'
import { lazyBuiltins } from './lazy-builtins.ts'

/** A command that needs no package, and runs only what is used. */
const common: UserConfig = {
  entry: { countersign: 'src/bin.ts' },
  format: 'esm',
  platform: 'node',
  target: 'node22',
  fixedExtension: false,
  dts: false,
  minify: true,
  deps: { alwaysBundle: [/.*/], onlyBundle: false },
  // Their schemas only declare: those that nothing uses are left out, which is most of them.
  treeshake: { moduleSideEffects: [{ test: /@peculiar\/asn1-/, sideEffects: false }] },
  plugins: [lazyBuiltins(), licences()],
  inputOptions: {
    // Rolldown wraps a module so that it runs when first needed; the wrapper does not mean that it runs at once.
    optimization: { pifeForModuleWrappers: false },
    resolve: {
      conditionNames: ['@countersign/source', 'node', 'import', 'default'],
      mainFields: ['module', 'main'],
    },
  },
}

/**
 * The command as it is published: Node reads the whole of a file, and so each part is read when it is used. What
 * every start reads is one file: opening a small one takes as long as reading 50 kB more. The entry stays on its own, since it
 * awaits the command: a part that imported it would wait for its end.
 */
export const command: UserConfig = {
  ...common,
  publint: { strict: true },
  outputOptions: {
    codeSplitting: { groups: [{ name: 'start', tags: ['$initial'], test: /^(?!.*[\\/]bin\.ts$)/ }] },
    charset: 'ascii',
  },
  copy: { from: '../playground/dist', to: 'dist', rename: 'playground' },
}

/** Everything in one file, for the executable, in which the code is compiled already. */
export const whole: UserConfig = {
  ...common,
  outputOptions: { codeSplitting: false, charset: 'ascii' },
}
