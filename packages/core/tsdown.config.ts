import { libraryConfig } from '../../tools/tsdown.base.ts'

export default libraryConfig(
  {
    index: 'src/index.ts',
    'provider/index': 'src/provider/index.ts',
    'emulator/index': 'src/emulator/index.ts',
    'explain/index': 'src/explain/index.ts',
    'crypto/sha256': 'src/crypto/sha256.ts',
    'node/index': 'src/node/index.ts',
    'node/sha256': 'src/node/sha256.ts',
  },
  { deps: { neverBundle: [/^#/] } },
)
