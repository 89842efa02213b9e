import { defineConfig } from 'tsdown'
import { lazyBuiltins } from './build/lazy-builtins.ts'
import { licences } from './build/licences.ts'

/** One file that needs no other package; what a command does not use is not run. */
export default defineConfig({
  entry: { countersign: 'src/bin.ts' },
  format: 'esm',
  platform: 'node',
  target: 'node22',
  fixedExtension: false,
  dts: false,
  minify: true,
  publint: { strict: true },
  deps: { alwaysBundle: [/.*/], onlyBundle: false },
  // Their schemas only declare: those that nothing uses are left out, which is most of them.
  treeshake: { moduleSideEffects: [{ test: /@peculiar\/asn1-/, sideEffects: false }] },
  plugins: [lazyBuiltins(), licences()],
  inputOptions: {
    // The wrapper of a module is no hint that it runs at once: most never run.
    optimization: { pifeForModuleWrappers: false },
    resolve: {
      conditionNames: ['@countersign/source', 'node', 'import', 'default'],
      mainFields: ['module', 'main'],
    },
  },
  outputOptions: { codeSplitting: false },
})
