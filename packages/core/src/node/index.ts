export { type EncryptedKey, importEncryptedKey } from './import-encrypted-key.ts'
export { createKeyFileSigner, type KeyFileSigner, type KeyFileSignerOptions } from './key-file-signer.ts'
export { type ReadKeyFileOptions, readKeyFile } from './read-key-file.ts'
