import { fixedKeys } from '@countersign/fixtures'
import { createSpeedaEmulator } from '@countersign/speeda/emulator'
import { serveEmulator } from '@countersign/testing'
import { createScratch } from './run-command.ts'

/** Seals what is stored. */
export const encryptionKey: string = Buffer.alloc(32, 7).toString('base64')

/** A provider that exchanges tokens, and what a command needs to use it with a token store. */
export async function createFixture() {
  const emulator = createSpeedaEmulator()
  const { clientId, keyId } = await emulator.register(fixedKeys.rsa2048.publicKey)
  const server = await serveEmulator(emulator)
  const scratch = await createScratch()
  const key = await scratch.file('key.pem', fixedKeys.rsa2048.privateKey)
  const flags = ['--client-id', clientId, '--key-id', keyId, '--private-key', key, '--base-url', server.url]
  const env = {
    COUNTERSIGN_TOKEN_STORE_KEYS: encryptionKey,
    XDG_CONFIG_HOME: scratch.path,
    XDG_CACHE_HOME: '/dev/null/none',
  }
  return {
    flags,
    env,
    scratch,
    exchanges: () => emulator.journal.filter(({ endpoint }) => endpoint === 'token').length,
    async [Symbol.asyncDispose]() {
      await server.close()
      await scratch[Symbol.asyncDispose]()
    },
  }
}
