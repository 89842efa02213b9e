import { libraryConfig } from '../../tools/tsdown.base.ts'

export default libraryConfig({
  index: 'src/index.ts',
  'cdata-provider': 'src/cdata-provider.ts',
  'cdata-emulator': 'src/cdata-emulator.ts',
})
