import { libraryConfig } from '../../tools/tsdown.base.ts'

export default libraryConfig({
  index: 'src/index.ts',
  'paymentsgate-provider': 'src/paymentsgate-provider.ts',
  'paymentsgate-emulator': 'src/paymentsgate-emulator.ts',
})
