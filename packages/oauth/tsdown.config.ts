import { adapterConfig } from '../../tools/tsdown.base.ts'

export default adapterConfig('oauth')
