import { libraryConfig } from '../../tools/tsdown.base.ts'

export default libraryConfig({
  index: 'src/index.ts',
  'speeda-provider': 'src/speeda-provider.ts',
  'speeda-emulator': 'src/speeda-emulator.ts',
})
