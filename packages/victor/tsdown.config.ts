import { libraryConfig } from '../../tools/tsdown.base.ts'

export default libraryConfig({
  index: 'src/index.ts',
  'victor-provider': 'src/victor-provider.ts',
  'victor-emulator': 'src/victor-emulator.ts',
})
