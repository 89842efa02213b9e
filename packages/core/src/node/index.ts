export { createAssertionFile } from './assertion-file.ts'
export {
  type EncryptedKey,
  type ExportEncryptedKeyOptions,
  exportEncryptedKey,
  importEncryptedKey,
} from './encrypted-key.ts'
export {
  createKeyFileSigner,
  type KeyFileSigner,
  type KeyFileSignerOptions,
  type ReadKeyFileOptions,
  readKeyFile,
} from './key-file.ts'
export { type EncryptedKeyInspection, inspectEncryptedKey, type OpenKeyOptions, openKey } from './open-key.ts'
