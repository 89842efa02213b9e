export { createSpeeda, type Speeda } from './speeda.ts'
export type { SpeedaOptions } from './speeda-options.ts'
