import { libraryConfig } from '../../tools/tsdown.base.ts'

export default libraryConfig({
  index: 'src/index.ts',
  'utgl-provider': 'src/utgl-provider.ts',
  'utgl-emulator': 'src/utgl-emulator.ts',
})
