export {
  ConfigError,
  CountersignError,
  generateKeyPair,
  KeyError,
  RequestError,
  SigningError,
  TokenError,
  VerificationError,
} from '@countersign/core/provider'
export { type CData, type CDataSubAccount, createCData } from './cdata.ts'
export { type CDataQueryError, cdataQueryError } from './cdata-error.ts'
export type {
  CDataKeyOptions,
  CDataKeyRingOptions,
  CDataOptions,
  CDataSubAccountOptions,
} from './cdata-options.ts'
