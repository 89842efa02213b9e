export { type CData, type CDataSubAccount, createCData } from './cdata.ts'
export { type CDataQueryError, cdataQueryError } from './cdata-error.ts'
export type { CDataOptions, CDataSubAccountOptions } from './cdata-options.ts'
