import { libraryConfig } from '../../tools/tsdown.base.ts'

/** What every adapter needs is one file: opening many costs more than compiling one. What `import()` loads is not in it. */
const shared =
  /packages[\\/]core[\\/]src[\\/](?:auth|base|crypto|errors|http|jwt|keys|oauth|provider|token)[\\/](?!.*\.d\.ts$)/

export default libraryConfig(
  {
    index: 'src/index.ts',
    'provider/index': 'src/provider/index.ts',
    'emulator/index': 'src/emulator/index.ts',
    'explain/index': 'src/explain/index.ts',
    'crypto/sha256': 'src/crypto/sha256.ts',
    'node/index': 'src/node/index.ts',
    'node/sha256': 'src/node/sha256.ts',
    'redis/index': 'src/redis/index.ts',
    'opentelemetry/index': 'src/opentelemetry/index.ts',
  },
  {
    deps: { neverBundle: [/^#/] },
    outputOptions: { codeSplitting: { groups: [{ name: 'core', test: shared, tags: ['$initial'] }] } },
  },
)
