import { libraryConfig } from '../../tools/tsdown.base.ts'

export default libraryConfig({ index: 'src/index.ts' }, { platform: 'node' })
